package reviewpage_test

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

//go:embed browser.mjs
var script string

// programs is the folder in which scripts/test-servers installs axe and playwright-core.
const programs = "../../../.tools/axe-4.14.0-1.65.1"

// browser is a running Chromium, which does two tasks at once.
type browser struct {
	mu      sync.Mutex
	in      io.Writer
	number  int
	waiting map[int]chan json.RawMessage
}

// shared starts the browser of all tests of the process, which ends with it.
var shared = sync.OnceValues(func() (*browser, error) {
	executable, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	modules, err := filepath.Abs(programs)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "@axe-core", "playwright")); err != nil {
		return nil, err
	}
	return start(node, executable, modules)
})

func start(node, executable, modules string) (*browser, error) {
	cmd := exec.CommandContext(context.Background(), node, "--input-type=module", "--eval", script)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	setting, err := json.Marshal(map[string]string{"modules": modules, "executable": executable})
	if err == nil {
		_, err = in.Write(append(setting, '\n'))
	}
	b := &browser{in: in, waiting: map[int]chan json.RawMessage{}}
	go b.receive(out)
	return b, err
}

// receive passes on what the browser reports, until it ends.
func (b *browser) receive(out io.Reader) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		var head struct{ Number int }
		if err == nil {
			err = json.Unmarshal(line, &head)
		}
		b.mu.Lock()
		if err != nil {
			for _, reply := range b.waiting {
				reply <- json.RawMessage(fmt.Sprintf(`{"error":%q}`, err))
			}
			b.mu.Unlock()
			return
		}
		b.waiting[head.Number] <- line
		delete(b.waiting, head.Number)
		b.mu.Unlock()
	}
}

// getBrowser returns the browser. Without one the test is skipped or fails, as
// [testproc.Require] says. It is also skipped by -short.
func getBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b, err := shared()
	testproc.Require(t, "Chromium with axe", err)
	return b
}

// seen is what every task reports.
type seen struct {
	Error      string
	Dialogs    int
	Elsewhere  []string
	Complaints []string
}

// check checks that nothing happened that must not.
func (s seen) check(t *testing.T, where string) {
	t.Helper()
	if s.Error != "" {
		t.Fatalf("%s: %s", where, s.Error)
	}
	if s.Dialogs > 0 || len(s.Elsewhere) > 0 || len(s.Complaints) > 0 {
		t.Errorf("%s: %d dialogs, requests to %v, complaints %v", where, s.Dialogs, s.Elsewhere, s.Complaints)
	}
}

// do does a task and reads what it reports into result.
func (b *browser) do(t *testing.T, task string, arguments map[string]any, result any) {
	t.Helper()
	arguments["task"] = task
	reply := make(chan json.RawMessage, 1)
	b.mu.Lock()
	b.number++
	arguments["number"] = b.number
	b.waiting[b.number] = reply
	line, err := json.Marshal(arguments)
	if err == nil {
		_, err = b.in.Write(append(line, '\n'))
	}
	b.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case line := <-reply:
		if err := json.Unmarshal(line, result); err != nil {
			t.Fatal(errors.Join(err, errors.New(strings.ToValidUTF8(string(line[:min(len(line), 300)]), "?"))))
		}
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}
