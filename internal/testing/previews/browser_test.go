package previews_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/chromium"
	"github.com/10ex/assets/internal/testing/resttest"
)

// browser is Chromium with a server of a test.
type browser struct {
	*resttest.Server
	*chromium.Browser
	server *httptest.Server
	evil   *recorder // another origin
	own    *recorder // of requests to /stolen/ on the server's own origin, which no page makes
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

// take returns the requests since the last call.
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
	b := &browser{Server: resttest.New(t), Browser: chromium.Get(t), evil: &recorder{}, own: &recorder{}}
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
	host.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") })
	host.HandleFunc("/bare", func(w http.ResponseWriter, _ *http.Request) { // serves the hostile page without protection
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, b.arm(hostileHTML, "bare"))
	})
	return b
}

// arm replaces the placeholders of both origins in a hostile text. What it requests of
// them has its name in the path.
func (b *browser) arm(text, name string) string {
	return strings.NewReplacer("EVIL", b.evil.URL+"/"+name, "OWN", b.server.URL+"/stolen/"+name).Replace(text)
}

// visit is a page to open, as a user who is signed in.
func (b *browser) visit(path string) chromium.Visit {
	return chromium.Visit{URL: b.server.URL + path, Cookie: session}
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
