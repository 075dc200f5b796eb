package release

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

const (
	root    = "github.com/10ex/assets"
	version = "v0.1.0"
)

// TestNestedModuleAlone releases a copy of the repository, has the go command make
// a file proxy of it, and lets a module that has nothing but that proxy fetch
// blob/s3 and load every package of it. With ASSETS_TEST_ALL=1 it also builds a program,
// which compiles all of them once more.
func TestNestedModuleAlone(t *testing.T) {
	t.Parallel()
	repository := copyOfRepository(t)
	repository.run(t, "scripts/release", version)
	proxy := proxyOf(t, repository.dir)

	user := newCommands(t)
	user.env = append(
		user.env,
		"GOMODCACHE="+cacheFolder(t), "GOPROXY="+proxy+",file://"+filepath.ToSlash(thirdParties(t)),
	)
	user.run(t, "go", "mod", "init", "example.com/host")
	user.run(t, "go", "get", root+"/blob/s3@"+version)
	user.write(t, "main.go", `package main

import (
	"fmt"

	"`+root+`/blob/s3"
)

func main() { fmt.Println(s3.ErrNotS3) }
`)
	user.run(t, "go", "list", "-deps", ".")
	if os.Getenv("ASSETS_TEST_ALL") != "" {
		user.run(t, "go", "build", "-trimpath", "-o", "host", ".")
		if out := user.run(t, "./host"); out != "blob/s3: not a bucket of S3\n" {
			t.Errorf("the program prints %q", out)
		}
	}
	for _, path := range []string{root, root + "/blob/s3"} {
		if out := user.run(t, "go", "list", "-m", "-f", "{{.Version}} {{.Replace}}", path); out != version+" <nil>\n" {
			t.Errorf("%s is %s", path, out)
		}
	}
}

// TestReleaseTagsWhatUsersImport also tests that a dry run changes nothing, and
// what a release refuses.
func TestReleaseTagsWhatUsersImport(t *testing.T) {
	t.Parallel()
	repository := copyOfRepository(t)
	before := repository.run(t, "git", "rev-parse", "HEAD")
	unchanged := func(when string) {
		t.Helper()
		now := repository.run(t, "git", "rev-parse", "HEAD") + repository.run(t, "git", "status", "--porcelain") + repository.run(t, "git", "tag")
		if now != before {
			t.Errorf("after %s: %s, it was %s", when, now, before)
		}
	}
	said := repository.run(t, "scripts/release", "-n", version)
	unchanged("a dry run")
	for _, want := range []string{"blob/s3/go.mod: " + root + " " + version, "tag: " + version, "tag: assetsotel/" + version, "tag: blob/s3/" + version, "tag: eventpub/" + version} {
		if !slices.Contains(strings.Split(said, "\n"), want) {
			t.Errorf("a dry run lacks %q:\n%s", want, said)
		}
	}
	for _, bad := range [][]string{{}, {"0.1.0"}, {"v0.1"}, {"v2.0.0"}, {"v0.1.0", "v0.1.1"}} {
		if out, err := repository.command(t, "scripts/release", bad...).CombinedOutput(); err == nil {
			t.Errorf("scripts/release %q succeeds: %s", bad, out)
		}
	}
	unchanged("refusals")
	repository.write(t, "change.txt", "not committed")
	if out, err := repository.command(t, "scripts/release", version).CombinedOutput(); err == nil {
		t.Errorf("a release with changes in the work tree succeeds: %s", out)
	}
	if err := os.Remove(filepath.Join(repository.dir, "change.txt")); err != nil {
		t.Fatal(err)
	}

	repository.run(t, "scripts/release", version)
	if tags := repository.run(t, "git", "tag", "--points-at", "HEAD"); tags != "assetsotel/"+version+"\nblob/s3/"+version+"\neventpub/"+version+"\n"+version+"\n" {
		t.Errorf("tags: %s", tags)
	}
	if out, err := repository.command(t, "scripts/release", version).CombinedOutput(); err == nil {
		t.Errorf("the same release again succeeds: %s", out)
	}
	for line := range strings.Lines(repository.run(t, "git", "grep", "-hE", root+`[a-z0-9/]* v`, "--", "**/go.mod")) {
		if !strings.HasSuffix(line, " "+version+"\n") {
			t.Errorf("a requirement of %s", line)
		}
	}
}

// commands runs commands in a folder.
type commands struct {
	dir string
	env []string
}

// newCommands returns commands for a new folder, without the settings of this
// user and of this process's module.
func newCommands(t *testing.T) commands {
	t.Helper()
	return commands{t.TempDir(), append(
		os.Environ(),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com",
		"GOFLAGS=", "GOWORK=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOPRIVATE=", "GONOPROXY=", "GONOSUMDB=",
	)}
}

func (c commands) command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = c.dir, append(c.env, "PWD="+c.dir)
	return cmd
}

// run runs a command and returns its standard output.
func (c commands) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := c.command(t, name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &stderr)
	}
	return string(out)
}

func (c commands) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// copyOfRepository returns commands for a repository with one commit: the work tree
// of this one. The test is skipped outside of a repository; it fails if
// ASSETS_TEST_TOOLS says that nothing may be missing.
func copyOfRepository(t *testing.T) commands {
	t.Helper()
	here, c := commands{"../../..", os.Environ()}, newCommands(t)
	_, err := exec.LookPath("git")
	if err == nil {
		_, err = here.command(t, "git", "rev-parse").Output()
	}
	testproc.Found(t, err)
	for name := range strings.SplitSeq(here.run(t, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		copyFile(t, filepath.Join(here.dir, name), filepath.Join(c.dir, name))
	}
	c.run(t, "git", "init", "-q")
	c.run(t, "git", "add", "-A")
	c.run(t, "git", "commit", "-q", "-m", "the work tree")
	return c
}

// copyFile copies a regular file with its mode, if there is one.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return
	}
	text, readErr := os.ReadFile(from)
	err = errors.Join(err, readErr, os.MkdirAll(filepath.Dir(to), 0o700))
	if err == nil {
		err = os.WriteFile(to, text, info.Mode().Perm())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// proxyOf returns the URL of a file proxy with the released modules of a
// repository. The go command makes it as a public proxy would, from the tags.
func proxyOf(t *testing.T, repository string) string {
	t.Helper()
	c, cache := newCommands(t), cacheFolder(t)
	c.env = append(
		c.env, "GOMODCACHE="+cache, "GOPROXY=direct",
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.file://"+filepath.ToSlash(repository)+".insteadOf", "GIT_CONFIG_VALUE_0=https://"+root,
	)
	c.run(t, "go", "mod", "download", root+"@"+version, root+"/blob/s3@"+version)
	return "file://" + filepath.ToSlash(filepath.Join(cache, "cache", "download"))
}

// thirdParties returns the folder that serves the modules of others as a file
// proxy: the part of this user's module cache that the go command downloaded.
func thirdParties(t *testing.T) string {
	t.Helper()
	module := commands{filepath.Join("..", "..", "..", "blob", "s3"), os.Environ()}
	module.run(t, "go", "list", "-deps", ".") // downloads the modules that are missing
	module.run(t, "go", "mod", "graph")       // and the go.mod files of all that they require
	return filepath.Join(strings.TrimSpace(module.run(t, "go", "env", "GOMODCACHE")), "cache", "download")
}

// cacheFolder returns a folder for a module cache, whose files are read-only.
func cacheFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Cleanup(func() {
		_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				err = os.Chmod(path, 0o700) //nolint:gosec // a folder is entered
			}
			return err
		})
	})
	return folder
}
