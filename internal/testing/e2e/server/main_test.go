package server_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/internal/examples/datafolder"
	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/internal/testing/pgtest"
)

// TestMain makes the test binary the program of examples/server, if it runs under
// the name server, and the same program with a policy under the name strict and with
// a page for reviews under the name reviewed.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"server": server().Main, "strict": strictServer().Main, "reviewed": reviewedServer().Main})
}

// refusedTitle is a prefix of titles: the strict server's policy refuses to approve
// such assets.
const refusedTitle = "Embargoed"

// server is the program of examples/server.
func server() servercmd.Server { return servercmd.Server{Name: "server", Storage: datafolder.Storage} }

func strictServer() servercmd.Server {
	p := server()
	p.Policy = approval.Policy{
		ForbidSelfApproval: true,
		Rule: func(_ context.Context, _ assets.Actor, a *assets.Asset, _ assets.Review) error {
			if strings.HasPrefix(a.Title, refusedTitle) {
				return fmt.Errorf("%w: not before Monday", assets.ErrRefused)
			}
			return nil
		},
	}
	return p
}

func reviewedServer() servercmd.Server {
	p := server()
	p.ReviewURL = func(id assets.ID) string { return deskPage + string(id) }
	return p
}

// deployment is the data of the servers of a test, and the program that serves it.
type deployment struct {
	program string
	folder  string
	flags   []string // that name the data
}

func newDeployment(folder string, flags ...string) deployment {
	return deployment{"server", folder, append([]string{"-data", folder}, flags...)}
}

// eachDatabase runs a test in parallel with the rows in each kind of database.
func eachDatabase(t *testing.T, test func(t *testing.T, s deployment)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newDeployment(filepath.Join(t.TempDir(), "new", "data")))
	})
	t.Run("postgres", func(t *testing.T) { // skips without a server
		t.Parallel()
		test(t, newDeployment(filepath.Join(t.TempDir(), "new", "data"), "-db", pgtest.Durable(t)))
	})
}

// invoke runs a command on the deployment, with further arguments, and returns its
// standard output.
func (s deployment) invoke(t *testing.T, command string, args ...string) string {
	t.Helper()
	return invoke(t, slices.Concat(strings.Fields(command), s.flags, args)...)
}

// process is a server that runs as a process of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	key    string // printed by a first start
	signIn string // link to the page for reviews, printed by a first start
	stdout *bufio.Reader
	stderr bytes.Buffer
	ended  bool
}

// firstStart starts a server on a folder that no server has used.
func firstStart(t *testing.T, folder string, args ...string) *process {
	t.Helper()
	return newDeployment(folder, args...).firstStart(t)
}

func (s deployment) firstStart(t *testing.T) *process {
	t.Helper()
	p := s.start(t)
	p.key = p.line("api key ")
	p.signIn = p.line("review page ")
	return p
}

// start starts a server and waits until it serves.
func (s deployment) start(t *testing.T) *process {
	t.Helper()
	p := s.launch(t)
	p.url = p.line("listening on ")
	return p
}

// launch starts a server without waiting until it serves.
func (s deployment) launch(t *testing.T) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.CommandContext(context.WithoutCancel(t.Context()), s.program, append([]string{"-addr", "127.0.0.1:0"}, s.flags...)...)}
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.ended {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
		if t.Failed() {
			t.Logf("log of the server:\n%s", &p.stderr)
		}
	})
	return p
}

// line reads one line, which must begin with prefix, and returns the rest of it.
func (p *process) line(prefix string) string {
	p.t.Helper()
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		p.t.Fatalf("standard output ended before %q", prefix)
	}
	rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), prefix)
	if !ok {
		p.t.Fatalf("standard output has %q, want %q…", line, prefix)
	}
	return rest
}

// stop stops the server by a signal and returns what else it printed.
func (p *process) stop(signal os.Signal) string {
	p.t.Helper()
	p.ended = true
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	rest, err := io.ReadAll(p.stdout)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("after %v: %v\n%s", signal, err, &p.stderr)
	}
	return string(rest)
}

// invoke runs another command of the server and returns its standard output.
func invoke(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "server", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("server %q: %v\n%s", args, err, &stderr)
	}
	return string(out)
}
