package reviewpage_test

import (
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/chromium"
	"github.com/10ex/assets/internal/testing/testproc"
)

// The browsers of all tests of the process.
var (
	whole = starter(chromium.Whole)
	shell = starter(chromium.Shell)
)

// starter returns a function that returns a browser, which it starts first.
func starter(program chromium.Program) func() (*chromium.Process, error) {
	return sync.OnceValues(func() (*chromium.Process, error) {
		script, err := filepath.Abs("page.mjs")
		if err != nil {
			return nil, err
		}
		return chromium.Start(program, script, "axe-core")
	})
}

// getBrowser returns the browser. Without one the test is skipped or fails, as
// [testproc.Require] says. It is also skipped by -short.
func getBrowser(t *testing.T) *chromium.Process {
	t.Helper()
	return get(t, shell)
}

func get(t *testing.T, start func() (*chromium.Process, error)) *chromium.Process {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b, err := start()
	testproc.Require(t, "Chromium with axe", err)
	return b
}

// setting is how a page is looked at. The zero value is a wide window, light, in English,
// with scripts.
type setting struct {
	who       string // "": nobody is signed in
	language  string
	width     int
	dark      bool
	touch     bool
	reduced   bool // motion
	forced    bool // colours, by the system
	news      bool // an open page is told what is new
	noScripts bool
}

// numbers are the last number of a tab.
var numbers atomic.Int64

// tab is a tab of the browser.
type tab struct {
	*testing.T
	site    *site
	browser *chromium.Process
	number  int64
	attacks bool // requests to another origin are expected
}

// seen is what happened in a tab.
type seen struct {
	Dialogs, Popups       int
	Elsewhere, Complaints []string
	Posts                 []int    // the status of each form that was sent
	Referers              []string // of all requests
	Asked                 int      // how often it was asked for news
}

// open opens a tab. When the test ends, nothing may have happened that must not: dialogs,
// requests to another origin, what the policy of a page forbids, errors of scripts.
func (s *site) open(t *testing.T, how setting) *tab {
	t.Helper()
	start := shell
	decided := everything() && !how.reduced              // with reduced motion, pages are looked at a thousand times, and nothing is decided
	if decided || os.Getenv("ASSETS_TEST_SHOTS") != "" { // the shell shows no PDF
		start = whole
	}
	p := &tab{T: t, site: s, browser: get(t, start), number: numbers.Add(1)}
	if how.language == "" {
		how.language = "en"
	}
	if how.width == 0 {
		how.width = wide
	}
	p.do("open", map[string]any{
		"url": s.url, "who": how.who, "language": how.language, "width": how.width, "dark": how.dark,
		"touch": how.touch, "reduced": how.reduced, "forced": how.forced, "news": how.news, "script": !how.noScripts,
	}, nil)
	t.Cleanup(func() { p.close() })
	return p
}

// close closes the tab, and checks what happened in it.
func (p *tab) close() (got seen) {
	p.Helper()
	if p.number == 0 {
		return got
	}
	p.do("close", nil, &got)
	p.number = 0
	if got.Dialogs+got.Popups > 0 || !p.attacks && len(got.Elsewhere)+len(got.Complaints) > 0 {
		p.Errorf("%d dialogs, %d windows, requests to %q, complaints %q", got.Dialogs, got.Popups, got.Elsewhere, got.Complaints)
	}
	return got
}

// do does something in the tab.
func (p *tab) do(what string, arguments map[string]any, result any) {
	p.Helper()
	task := map[string]any{"task": what, "tab": p.number}
	maps.Copy(task, arguments)
	if result == nil {
		result = &struct{}{}
	}
	if err := p.browser.Do(task, result); err != nil {
		p.Fatalf("%s %v: %v", what, arguments, err)
	}
}

// visit opens an address below the queue, and returns the status.
func (p *tab) visit(path string) int {
	p.Helper()
	return p.visitURL(p.site.url + path)
}

func (p *tab) visitURL(url string) int {
	p.Helper()
	var got struct{ Status int }
	p.do("visit", map[string]any{"url": url}, &got)
	return got.Status
}

// press presses keys, one after the other.
func (p *tab) press(keys ...string) {
	p.Helper()
	for _, key := range keys {
		p.do("act", map[string]any{"does": "press", "key": key}, nil)
	}
}

// click clicks on the first element that a selector selects.
func (p *tab) click(on string) {
	p.Helper()
	p.do("act", map[string]any{"does": "click", "on": on}, nil)
}

// pressTo, clickTo and backTo wait until another page has come.
func (p *tab) pressTo(key string) {
	p.Helper()
	p.do("act", map[string]any{"does": "press", "key": key, "follows": true}, nil)
}

func (p *tab) clickTo(on string) {
	p.Helper()
	p.do("act", map[string]any{"does": "click", "on": on, "follows": true}, nil)
}

func (p *tab) backTo() {
	p.Helper()
	p.do("act", map[string]any{"does": "back", "follows": true}, nil)
}

// fill fills in a field.
func (p *tab) fill(field, text string) {
	p.Helper()
	p.do("fill", map[string]any{"on": field, "text": text}, nil)
}

// value returns what a field has, or nothing if there is none.
func (p *tab) value(field string) string {
	p.Helper()
	var got struct{ Value string }
	p.do("value", map[string]any{"on": field}, &got)
	return got.Value
}

// wait waits until an element is seen.
func (p *tab) wait(on string) {
	p.Helper()
	p.do("wait", map[string]any{"on": on}, nil)
}

// become changes who is signed in.
func (p *tab) become(who string) {
	p.Helper()
	p.do("become", map[string]any{"who": who, "url": p.site.url}, nil)
}

// block lets no request succeed whose path has a text.
func (p *tab) block(path string) {
	p.Helper()
	p.do("block", map[string]any{"path": path}, nil)
}

// blockWith lets every request get a status whose path has a text.
func (p *tab) blockWith(path string, status int) {
	p.Helper()
	p.do("block", map[string]any{"path": path, "status": status}, nil)
}

// screen is what is on the screen.
type screen struct {
	URL, Title, Text string
	Version          assets.Number // that is decided about, and its digest in the form
	ID               assets.ID
	SHA256           string
	Focus, Focused   string   // the key or id, and the text, of what has the focus
	Described        string   // the last text that describes it
	Said             []string // the texts that are announced
	Disabled         []struct{ Button, Why string }
	Buttons          []string // that can be used
	Inserted         []string
	Deleted          []string
	Sources          []string // the paths of pictures, videos and frames
	Cells            []string // of tables
	Numbers          []int    // of the version, wherever the page has it
}

// look returns what is on the screen.
func (p *tab) look() (got screen) {
	p.Helper()
	p.do("look", nil, &got)
	return got
}

// hears checks that a text is announced: by an element for that, or because what has the
// focus begins with it or is described by it.
func (p *tab) hears(text string) {
	p.Helper()
	p.hear(text, false)
}

// hearsAloud checks that an element announces a text.
func (p *tab) hearsAloud(text string) {
	p.Helper()
	p.hear(text, true)
}

func (p *tab) hear(text string, aloud bool) {
	p.Helper()
	var got struct {
		Heard   bool
		Said    []string
		Focused string
	}
	p.do("hear", map[string]any{"text": text, "aloud": aloud}, &got)
	if !got.Heard {
		p.Errorf("%q is not announced, but %q; the focus is on %q", text, got.Said, got.Focused)
	}
}

// content returns what the page shows of a version: the text, or the SHA-256 of the
// bytes.
func (p *tab) content() string {
	p.Helper()
	var got struct{ Shown string }
	p.do("content", nil, &got)
	return got.Shown
}

// approve approves what is on the screen, by keys, mouse or touch, and returns the
// milliseconds until the next page is drawn. Without scripts these are not known.
func (p *tab) approve(by string, timed bool) float64 {
	p.Helper()
	var got struct{ Milliseconds float64 }
	p.do("approve", map[string]any{"by": by, "timed": timed}, &got)
	return got.Milliseconds
}
