package deploy

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/internal/testing/testproc"
)

// images is a store of images and containers of its own.
type images struct{ folder string }

func newImages(t *testing.T) images {
	t.Helper()
	_, err := exec.LookPath("buildah")
	testproc.Require(t, "buildah", err)
	if os.Getuid() != 0 {
		t.Skip("a container's root is mounted: needs root")
	}
	return images{t.TempDir()}
}

// do runs a command of buildah and returns what it prints, without the end of line.
func (i images) do(t *testing.T, args ...string) string {
	t.Helper()
	args = append([]string{"--storage-driver=vfs", "--root=" + i.folder + "/root", "--runroot=" + i.folder + "/run"}, args...)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "buildah", args...) // also after the test
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &stderr)
	}
	return strings.TrimSpace(string(out))
}

// image is what an image says of its containers.
type image struct {
	User       string
	WorkingDir string
	Entrypoint []string
	Cmd        []string
}

// build makes an image as deploy/Containerfile says, from a folder as scripts/dist makes it.
func (i images) build(t *testing.T, folder, program string) (name string, config image) {
	t.Helper()
	id := i.do(t, "build", "--quiet", "--isolation=chroot", "--build-arg=PROGRAM="+program, "--file=../../../deploy/Containerfile", folder)
	var inspected struct {
		OCIv1 struct{ Config image } //nolint:tagliatelle // buildah's names
	}
	if err := json.Unmarshal([]byte(i.do(t, "inspect", "--type=image", id)), &inspected); err != nil {
		t.Fatal(err)
	}
	return id, inspected.OCIv1.Config
}

// run starts a container of an image as a cluster would that makes the root file system
// read-only and mounts a volume at /var/lib/assets: by its user, in its folder, with its
// arguments. The container ends with the test.
func (i images) run(t *testing.T, name string, config image) (stdout io.Reader) {
	t.Helper()
	container := i.do(t, "from", name)
	root := i.do(t, "mount", container)
	t.Cleanup(func() { i.do(t, "umount", container) })
	user, group, _ := strings.Cut(config.User, ":")
	const script = `set -e
mount --bind "$ROOT" "$ROOT"
mount -o remount,bind,ro "$ROOT"
mount -t tmpfs -o "uid=$USER_ID,gid=$GROUP_ID,mode=0700" volume "$ROOT$FOLDER"
exec nsenter --root="$ROOT" --wd="$ROOT$FOLDER" --setuid "$USER_ID" --setgid "$GROUP_ID" -- "$@"`
	args := append([]string{"--mount", "--propagation=private", "sh", "-c", script, "sh"}, config.Entrypoint...)
	cmd := exec.CommandContext(t.Context(), "unshare", append(args, config.Cmd...)...)
	cmd.Env = append(os.Environ(), "ROOT="+root, "USER_ID="+user, "GROUP_ID="+group, "FOLDER="+config.WorkingDir)
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return stdout
}

// TestImage: a container has the program and certificates, and may write nothing but its
// volume. The program is a small one, which reports what it finds.
func TestImage(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(folder, "cloud"), "./testdata/probe")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Mkdir(filepath.Join(folder, "data"), 0o755); err != nil { //nolint:gosec // as scripts/dist makes it
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "ca-certificates.crt"), []byte("certificates"), 0o644); err != nil { //nolint:gosec // public
		t.Fatal(err)
	}
	name, config := i.build(t, folder, "cloud")
	out, err := io.ReadAll(i.run(t, name, config))
	if err != nil {
		t.Fatal(err)
	}
	want := `arguments: serve -addr 0.0.0.0:8080
user: 65532 65532
folder: /var/lib/assets
certificates: certificates
writing in the folder: <nil>
writing beside the program: open /written: read-only file system
`
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("in a container (-want +got):\n%s", diff)
	}
}

// TestDist: what make dist builds is static, serves from a container, knows the arguments
// of the manifests, and comes with its SBOMs, digests and the licenses of all its modules.
func TestDist(t *testing.T) {
	t.Parallel()
	if os.Getenv("ASSETS_TEST_ALL") == "" {
		t.Skip("compiles everything once more: set ASSETS_TEST_ALL=1")
	}
	i := newImages(t)
	dist := copyOfRepository(t)
	cmd := exec.CommandContext(t.Context(), dist+"/scripts/dist", "linux/amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	folder := dist + "/dist/linux-amd64"
	files := []string{"LICENSES.txt"}
	for _, program := range []string{"server", "cloud"} {
		checkStatic(t, filepath.Join(folder, program))
		checkSBOM(t, filepath.Join(folder, program))
		files = append(files, "linux-amd64/"+program, "linux-amd64/"+program+".cdx.json")
	}
	checkSums(t, dist+"/dist", files...)

	name, config := i.build(t, folder, "server")
	config.Cmd = []string{"serve", "-addr", "127.0.0.1:0"}
	lines := bufio.NewScanner(i.run(t, name, config))
	if !lines.Scan() {
		t.Fatal("the server printed nothing")
	}
	address, ok := strings.CutPrefix(lines.Text(), "listening on ")
	if !ok {
		t.Fatalf("the server printed %q", lines.Text())
	}
	response, err := http.Get(address + "/readyz") //nolint:noctx // ends with the server
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("/readyz: %s", response.Status)
	}

	m := read(t)
	for _, c := range []struct{ args []string }{{m.deployment.Spec.Template.Spec.Containers[0].Args}, {m.sweep.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args}} {
		knownFlags(t, folder+"/cloud", c.args)
	}
	licenses, err := os.ReadFile(dist + "/dist/LICENSES.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"github.com/uptrace/bun ", "modernc.org/sqlite ", "gocloud.dev "} {
		if !strings.Contains(string(licenses), "\n"+line) || !strings.Contains(string(licenses), "\n== "+line) {
			t.Errorf("the licenses lack %s", line)
		}
	}
}

// knownFlags runs a program without any of its variables: it fails, but not because it
// does not know an argument.
func knownFlags(t *testing.T, program string, args []string) {
	t.Helper()
	expanded := make([]string, len(args))
	for i, arg := range args {
		switch arg {
		case "$(DB)":
			arg = "postgres:///none?host=/nowhere"
		case "$(BUCKET)":
			arg = "s3://none?region=none"
		case "$(PUBLIC_URL)":
			arg = "https://assets.example.com"
		case "0.0.0.0:8080":
			arg = "127.0.0.1:0"
		}
		expanded[i] = arg
	}
	cmd := exec.CommandContext(t.Context(), program, expanded...)
	cmd.Env = []string{"ASSETS_SIGNING_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); err == nil || code != 1 {
		t.Errorf("%v: exit code %d, %v\n%s", args, code, err, out)
	}
}

// copyOfRepository returns a folder with what is committed.
func copyOfRepository(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	const script = `git clone -q . "$1" && ln -s "$PWD/.tools" "$1/.tools"`
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script, "sh", folder)
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}
