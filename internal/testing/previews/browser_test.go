package previews_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
)

// playwright is the folder in which scripts/test-servers installs playwright-core.
const playwright = "../../../.tools/playwright-core-1.65.1"

// browser is Chromium with a server of its own.
type browser struct {
	*resttest.Server
	server *httptest.Server
	evil   *recorder // another origin
	own    *recorder // of requests to /stolen/ on the server's own origin, which no page makes

	pictures []string // the paths of those on the page /pictures/
}

// recorder is a server that records requests.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string // method, path and Referer
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, fmt.Sprintf("%s %s from %q", req.Method, req.URL, req.Referer()))
	w.Header().Set("Content-Type", "text/html")
	_, _ = fmt.Fprint(w, `<title>evil</title><link rel="icon" href="data:,">`)
}

func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}

// session is the value of the cookie that authenticates a user to the host, as in a web
// application. Hostile content must neither read nor use it.
const session = "a-secret-session"

func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{Server: resttest.New(t), evil: &recorder{}, own: &recorder{}}
	b.evil.Server = httptest.NewServer(b.evil)
	t.Cleanup(b.evil.Close)
	host := http.NewServeMux()
	host.Handle("/api/", b.Mux)
	host.Handle("/stolen/", b.own)
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("session"); err == nil && cookie.Value == session {
			r.Header.Set("Authorization", "Bearer ann")
		}
		host.ServeHTTP(w, r)
	}))
	t.Cleanup(b.server.Close)
	host.HandleFunc("/pictures/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for _, path := range b.pictures {
			_, _ = fmt.Fprintf(w, "<img src=%q>", html.EscapeString(path))
		}
	})
	host.HandleFunc("/bare/", func(w http.ResponseWriter, _ *http.Request) { // serves the hostile page without protection
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, b.arm(hostileHTML))
	})
	return b
}

// arm replaces the placeholders of both origins in a hostile text.
func (b *browser) arm(text string) string {
	return strings.NewReplacer("EVIL", b.evil.URL, "OWN", b.server.URL+"/stolen").Replace(text)
}

// visit is a page to open.
type visit struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Click  string `json:"click,omitempty"`
	Leaves bool   `json:"leaves,omitempty"` // the click leads to another origin
	Shot   string `json:"shot,omitempty"`   // file for a screenshot
	Dark   bool   `json:"dark,omitempty"`
	Plays  bool   `json:"plays,omitempty"` // the page is a video to play
	Phone  bool   `json:"phone,omitempty"`
	Whole  bool   `json:"whole,omitempty"`  // the screenshot has the whole page
	Images bool   `json:"images,omitempty"` // observe the pictures on the page
}

// observation is what happened on a page.
type observation struct {
	Name     string   `json:"name"`
	Status   int      `json:"status"`
	Type     string   `json:"type"`
	Dialogs  int      `json:"dialogs"`
	Popups   int      `json:"popups"`
	Download bool     `json:"download"`
	Requests []string `json:"requests"`
	URL      string   `json:"url"`
	Error    string   `json:"error"`
	Video    *played  `json:"video"`
	Images   []seen   `json:"images"`
	Overflow int      `json:"overflow"` // pixels by which the page is wider than the window

	Directions []string `json:"directions"` // of the blocks of a text that follow their text

	evil, own []string // requests that the recorders received
}

// seen is a picture on a page, with the colors in the middle of its quarters. It has
// no size if the browser does not show it.
type seen struct {
	Width  int      `json:"width"`
	Height int      `json:"height"`
	Colors [][4]int `json:"colors"`
}

// played is a video that was played to its end.
type played struct {
	Width   int     `json:"width"`
	Height  int     `json:"height"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error"`
}

// visit opens pages one after the other and calls check for each.
func (b *browser) visit(t *testing.T, visits []visit, check func(visit, observation)) {
	t.Helper()
	executable, err := exec.LookPath("chromium")
	requireTool(t, err)
	node, err := exec.LookPath("node")
	requireTool(t, err)
	modules, err := findPlaywright(t)
	requireTool(t, err)
	setting, err := json.Marshal(map[string]any{
		"modules": modules, "executable": executable, "origin": b.server.URL, "cookie": session, "pages": visits,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "testdata/browser/look.mjs")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(append(setting, '\n')); err != nil { // stdin stays open, see look.mjs
		t.Error(err)
	}
	lines := bufio.NewScanner(out)
	for _, v := range visits {
		var s observation
		if !lines.Scan() {
			t.Error("the browser ended early")
			break
		}
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil || s.Name != v.Name {
			t.Errorf("%s: %v", lines.Text(), err)
			continue
		}
		s.evil, s.own = b.evil.take(), b.own.take()
		check(v, s)
	}
	if err := errors.Join(cmd.Wait(), lines.Err()); err != nil {
		t.Errorf("%v: %s", err, &stderr)
	}
}

// findPlaywright returns the folder with node_modules: in .tools, or npm's global one.
func findPlaywright(t *testing.T) (folder string, err error) {
	t.Helper()
	if folder, err = filepath.Abs(playwright); err != nil {
		return "", err
	}
	_, err = os.Stat(filepath.Join(folder, "node_modules", "playwright-core"))
	if err == nil {
		return folder, nil
	}
	global, npmErr := exec.CommandContext(t.Context(), "npm", "root", "-g").Output()
	if npmErr != nil {
		return "", err
	}
	root := strings.TrimSpace(string(global))
	_, err = os.Stat(filepath.Join(root, "playwright-core"))
	return filepath.Dir(root), err
}

// requireTool skips the test if a program is missing, or fails it with ASSETS_TEST_TOOLS.
func requireTool(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("ASSETS_TEST_TOOLS") != "" && os.Getenv("SKIP_SERVERS") == "":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// routes returns the paths to the asset that was uploaded last.
func (b *browser) routes(query string) map[string]string {
	link := b.Must(200, resttest.Call{Method: "GET", Path: resttest.Base + "/{id}/preview-url" + query, As: "reader"})["url"].(string)
	public, err := url.Parse(link)
	if err != nil {
		b.TB.Fatal(err)
	}
	return map[string]string{
		"preview": resttest.Base + "/" + b.Vars["id"] + "/preview" + query,
		"public":  public.Path,
		"content": resttest.Base + "/" + b.Vars["id"] + "/versions/1/content",
	}
}
