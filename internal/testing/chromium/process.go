package chromium

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// Process is a running Chromium with the script that drives it. It ends with the process
// that started it, however that ends.
type Process struct {
	mu      sync.Mutex
	in      io.Writer
	waiting map[int]chan<- reply // by the number of the task
	tasks   int
	err     error // why it has ended
}

// reply is what the script writes about a task.
type reply struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`
}

// Program is the name of a program.
type Program string

// The programs that show pages.
const (
	// Whole is the browser as people have it.
	Whole Program = "chromium"
	// Shell has no window and nothing around it, not even the viewer of PDF. A page takes
	// half of the time.
	Shell Program = "chromium-headless-shell"
)

// Start starts a program with a script, which is the path of a module that uses serve.mjs
// of this package. The script may require the named packages of npm beside
// playwright-core, as far as scripts/test-servers installs them.
func Start(program Program, script string, packages ...string) (*Process, error) {
	executable, err := exec.LookPath(string(program))
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	modules, err := findModules(append(packages, "playwright-core"))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), node, script)
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
	if err := json.NewEncoder(in).Encode(map[string]string{"modules": modules, "executable": executable}); err != nil {
		return nil, err
	}
	p := &Process{in: in, waiting: map[int]chan<- reply{}}
	go p.receive(out, func() error { return fmt.Errorf("%w: %s", cmd.Wait(), stderr) })
	return p, nil
}

// folders are those in which scripts/test-servers installs playwright-core, alone and
// beside axe.
var folders = []string{".tools/playwright-core-1.65.1", ".tools/axe-core-4.14.1-1.65.1"}

// findModules returns a folder with node_modules that has the packages: in .tools, or npm's
// global one.
func findModules(packages []string) (folder string, err error) {
	_, file, _, _ := runtime.Caller(0)
	for _, name := range folders {
		folder = filepath.Join(filepath.Dir(file), "..", "..", "..", name)
		if err = has(filepath.Join(folder, "node_modules"), packages); err == nil {
			return folder, nil
		}
	}
	global, npmErr := exec.CommandContext(context.Background(), "npm", "root", "-g").Output()
	if npmErr != nil {
		return "", err
	}
	root := strings.TrimSpace(string(global))
	return filepath.Dir(root), has(root, packages)
}

// has returns an error unless a folder has the packages.
func has(folder string, packages []string) error {
	var missing []error
	for _, name := range packages {
		_, err := os.Stat(filepath.Join(folder, filepath.FromSlash(name)))
		missing = append(missing, err)
	}
	return errors.Join(missing...)
}

// Do sends a task, which is encoded as JSON, and reads what the script reports of it into
// result.
func (p *Process) Do(task, result any) error {
	replied := make(chan reply, 1)
	if err := p.send(task, replied); err != nil {
		return err
	}
	r := <-replied
	if r.Error != "" {
		return errors.New(r.Error)
	}
	if err := json.Unmarshal(r.Result, result); err != nil {
		return fmt.Errorf("chromium: %w: %.200s", err, r.Result)
	}
	return nil
}

func (p *Process) send(task any, replied chan<- reply) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	p.tasks++
	line, err := json.Marshal(map[string]any{"id": p.tasks, "task": task})
	if err != nil {
		return fmt.Errorf("chromium: %w", err)
	}
	p.waiting[p.tasks] = replied
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		delete(p.waiting, p.tasks)
		return fmt.Errorf("chromium: %w", err)
	}
	return nil
}

// receive passes on what the script reports, until it ends.
func (p *Process) receive(out io.Reader, end func() error) {
	lines := bufio.NewReader(out)
	var err error
	for {
		var line []byte
		if line, err = lines.ReadBytes('\n'); err != nil {
			break
		}
		var r reply
		if err = json.Unmarshal(line, &r); err != nil {
			err = fmt.Errorf("%w: %.200s", err, line)
			break
		}
		p.mu.Lock()
		if replied := p.waiting[r.ID]; replied != nil {
			replied <- r
			delete(p.waiting, r.ID)
		}
		p.mu.Unlock()
	}
	ended := end()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = fmt.Errorf("chromium: the browser has ended: %w, %w", err, ended)
	for id, replied := range p.waiting {
		replied <- reply{Error: p.err.Error()}
		delete(p.waiting, id)
	}
}
