// Package chromium opens pages in Chromium for tests. One browser serves all tests of a
// process. It starts when a test first needs it, and ends with the process, however that
// ends.
package chromium

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// Browser is a running Chromium. It opens a few pages at once.
type Browser struct {
	mu      sync.Mutex
	in      io.Writer
	waiting map[int]chan<- Page // by the number of the visit
	visits  int
	err     error // why the browser has ended
}

// shared starts the browser that all tests of the process share.
var shared = sync.OnceValues(func() (*Browser, error) {
	c, err := find()
	if err != nil {
		return nil, err
	}
	return start(c)
})

// Get returns the browser. Without Chromium the test is skipped or fails, as
// [testproc.Require] says. It is also skipped by -short.
func Get(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b, err := shared()
	testproc.Require(t, "Chromium", err)
	return b
}

// Open opens pages and returns what was seen of each.
func (b *Browser) Open(visits ...Visit) []Page {
	replies := make([]chan Page, len(visits))
	for i, v := range visits {
		replies[i] = make(chan Page, 1)
		b.send(v, replies[i])
	}
	pages := make([]Page, len(visits))
	for i, reply := range replies {
		pages[i] = <-reply
	}
	return pages
}

func (b *Browser) send(v Visit, reply chan<- Page) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.visits++
	line, err := json.Marshal(struct {
		ID int `json:"id"`
		Visit
	}{b.visits, v})
	if err == nil && b.err != nil {
		err = b.err
	}
	if err == nil {
		b.waiting[b.visits] = reply
		_, err = b.in.Write(append(line, '\n'))
	}
	if err != nil {
		delete(b.waiting, b.visits)
		reply <- Page{Error: err.Error()}
	}
}

// receive passes on what the browser reports, until it ends.
func (b *Browser) receive(out io.Reader, end func() error) {
	lines := bufio.NewReader(out)
	var reported struct {
		ID int `json:"id"`
		Page
	}
	var err error
	for {
		var line []byte
		if line, err = lines.ReadBytes('\n'); err != nil {
			break
		}
		reported.ID, reported.Page = 0, Page{}
		if err = json.Unmarshal(line, &reported); err != nil {
			err = fmt.Errorf("%w: %.200s", err, line)
			break
		}
		b.mu.Lock()
		if reply := b.waiting[reported.ID]; reply != nil {
			reply <- reported.Page
			delete(b.waiting, reported.ID)
		}
		b.mu.Unlock()
	}
	ended := end()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = fmt.Errorf("chromium: the browser has ended: %w, %w", err, ended)
	for id, reply := range b.waiting {
		reply <- Page{Error: b.err.Error()}
		delete(b.waiting, id)
	}
}

//go:embed open.mjs
var script string

// programs are the paths of what is needed.
type programs struct {
	node, chromium string
	modules        string // the folder of node_modules with playwright-core
}

func find() (p programs, err error) {
	if p.chromium, err = exec.LookPath("chromium"); err != nil {
		return p, err
	}
	if p.node, err = exec.LookPath("node"); err != nil {
		return p, err
	}
	p.modules, err = findPlaywright()
	return p, err
}

// playwright is the folder in which scripts/test-servers installs playwright-core.
const playwright = ".tools/playwright-core-1.65.1"

// findPlaywright returns the folder with node_modules: in .tools, or npm's global one.
func findPlaywright() (folder string, err error) {
	_, file, _, _ := runtime.Caller(0)
	folder = filepath.Join(filepath.Dir(file), "..", "..", "..", playwright)
	_, err = os.Stat(filepath.Join(folder, "node_modules", "playwright-core"))
	if err == nil {
		return folder, nil
	}
	global, npmErr := exec.CommandContext(context.Background(), "npm", "root", "-g").Output()
	if npmErr != nil {
		return "", err
	}
	root := strings.TrimSpace(string(global))
	_, err = os.Stat(filepath.Join(root, "playwright-core"))
	return filepath.Dir(root), err
}

// start starts the browser. It ends when its standard input does.
func start(p programs) (*Browser, error) {
	cmd := exec.CommandContext(context.Background(), p.node, "--input-type=module", "--eval", script)
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
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
	setting, err := json.Marshal(map[string]string{"modules": p.modules, "executable": p.chromium})
	if err != nil {
		return nil, err
	}
	if _, err := in.Write(append(setting, '\n')); err != nil {
		return nil, err
	}
	b := &Browser{in: in, waiting: map[int]chan<- Page{}}
	go b.receive(out, func() error { return fmt.Errorf("%w: %s", cmd.Wait(), stderr) })
	return b, nil
}
