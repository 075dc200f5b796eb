package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/10ex/assets/internal/testing/azuretest"
	"github.com/10ex/assets/internal/testing/s3test"
)

// TestMain makes the test binary the program, if it runs under the name cloud. The
// tests themselves need the credentials of the buckets too.
func TestMain(m *testing.M) {
	for _, credential := range append(s3test.Env(), azuretest.Env()...) {
		name, value, _ := strings.Cut(credential, "=")
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	testscript.Main(m, map[string]func(){"cloud": main})
}

const origin = "https://assets.example.com"

// deployment is the database and the bucket that the servers of a test share.
type deployment struct {
	db, bucket string
	flags      []string // of serve, besides
}

// node is a server of a deployment.
type node struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	stdout *bufio.Reader
	stderr bytes.Buffer
	ended  bool
}

// command returns a command of the program, with signing keys in its environment.
func command(ctx context.Context, signing string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "cloud", args...)
	cmd.Env = append(os.Environ(), signingKeysVariable+"="+signing)
	return cmd
}

// launch starts a server with signing keys, without waiting until it serves.
func (d deployment) launch(t *testing.T, signing ...string) *node {
	t.Helper()
	args := append([]string{"-addr", "127.0.0.1:0", "-db", d.db, "-bucket", d.bucket, "-public-url", origin}, d.flags...)
	n := &node{t: t, cmd: command(context.WithoutCancel(t.Context()), strings.Join(signing, ","), args...)}
	n.cmd.Stderr = &n.stderr
	stdout, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	n.stdout = bufio.NewReader(stdout)
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !n.ended {
			n.kill()
		}
		if t.Failed() {
			t.Logf("log of a server:\n%s", &n.stderr)
		}
	})
	return n
}

// ready waits until the server serves.
func (n *node) ready() *node {
	n.t.Helper()
	line, err := n.stdout.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		n.t.Fatalf("standard output has %q, %v", line, err)
	}
	n.url = url
	return n
}

// stop stops the server by a signal.
func (n *node) stop() {
	n.t.Helper()
	n.ended = true
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		n.t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = n.cmd.Process.Kill() })
	defer late.Stop()
	rest, err := io.ReadAll(n.stdout)
	if err != nil || len(rest) > 0 {
		n.t.Errorf("more on standard output: %q, %v", rest, err)
	}
	if err := n.cmd.Wait(); err != nil {
		n.t.Errorf("after a signal: %v", err)
	}
}

// kill kills the server.
func (n *node) kill() {
	n.ended = true
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait() // killed
}

// invoke runs another command and returns its standard output.
func (d deployment) invoke(t *testing.T, args ...string) string {
	t.Helper()
	cmd := command(t.Context(), "", append(args, "-db", d.db)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cloud %q: %v\n%s", args, err, &stderr)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// mint creates a key of workspace default.
func (d deployment) mint(t *testing.T, owner, kind, scopes string) string {
	t.Helper()
	return d.mintIn(t, "default", owner, kind, scopes)
}

func (d deployment) mintIn(t *testing.T, workspace, owner, kind, scopes string) string {
	t.Helper()
	return d.invoke(t, "keys", "mint", "-workspace", workspace, "-owner", owner, "-name", owner, "-kind", kind, "-scopes", scopes)
}

// asset has the fields of responses that the tests use.
type asset struct {
	ID         string
	Status     string
	Version    int
	Items      []asset
	NextCursor *string `json:"next_cursor"`
	URL        string
	Code       string
}

// call sends a request to this server, requires a status, and returns the body.
func (n *node) call(key string, want int, method, path, body string) []byte {
	n.t.Helper()
	header := http.Header{}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return n.send(key, want, method, path, strings.NewReader(body), header)
}

// send is call with any body and header.
func (n *node) send(key string, want int, method, path string, body io.Reader, header http.Header) []byte {
	n.t.Helper()
	status, _, answer := n.exchange(key, method, path, body, header)
	if status != want {
		n.t.Fatalf("%s %s: status %d, want %d: %.500s", method, path, status, want, answer)
	}
	return answer
}

// exchange sends a request to this server, and returns what it responds with.
func (n *node) exchange(key, method, path string, body io.Reader, header http.Header) (status int, got http.Header, answer []byte) {
	n.t.Helper()
	if rest, public := strings.CutPrefix(path, origin); public {
		path = rest
	} else {
		path = "/api/v1/assets" + path
	}
	req, err := http.NewRequestWithContext(n.t.Context(), method, n.url+path, body)
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header = header
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		n.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, answer
}

func (n *node) get(key, path string) asset {
	n.t.Helper()
	return n.decode(n.call(key, http.StatusOK, http.MethodGet, path, ""))
}

func (n *node) post(key string, want int, path, body string) asset {
	n.t.Helper()
	return n.decode(n.call(key, want, http.MethodPost, path, body))
}

func (n *node) decode(answer []byte) asset {
	n.t.Helper()
	var a asset
	if err := json.Unmarshal(answer, &a); err != nil {
		n.t.Fatalf("%v in %s", err, answer)
	}
	return a
}
