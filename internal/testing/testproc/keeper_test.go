package testproc_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

// childFolder is an environment variable: with it this test binary starts a server
// in a folder and dies.
const childFolder = "TESTPROC_CHILD"

const runSleeper = `sleep 1000 & pid=$!
echo $pid >"$DIR/pid"; echo ready; read -r _
kill $pid; wait $pid 2>/dev/null; rm -rf "$DIR"`

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		keepAndDie(dir)
	}
	if addr := os.Getenv(served); addr != "" {
		serve(addr)
	}
	os.Exit(m.Run())
}

func keepAndDie(dir string) {
	if _, err := testproc.Keep(runSleeper, dir, nil); err != nil {
		os.Exit(1)
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {}
}

func sh(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		testproc.Found(t, err)
	}
}

func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "server")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEndWaitsForTheServer(t *testing.T) {
	t.Parallel()
	sh(t)
	dir := folder(t)
	k, err := testproc.Keep(runSleeper, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "pid")); err != nil {
		t.Error(err)
	}
	k.End()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestServerThatDoesNotStart(t *testing.T) {
	t.Parallel()
	sh(t)
	for script, want := range map[string]string{
		`echo no room; echo failed; read -r _`: "no room",
		`echo gone; exit 1`:                    "gone",
	} {
		if _, err := testproc.Keep(script, t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// TestServerOfAKilledProcess: the server ends although its process was killed.
func TestServerOfAKilledProcess(t *testing.T) {
	t.Parallel()
	sh(t)
	dir := folder(t)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childFolder+"="+dir)
	if err := child.Run(); err == nil || child.ProcessState.ExitCode() == 1 {
		t.Fatalf("the child ended with %v, not by a kill", child.ProcessState)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the server's folder is still there")
		}
	}
}
