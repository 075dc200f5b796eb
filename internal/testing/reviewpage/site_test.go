package reviewpage_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx/review"
)

// prefix is where the page is mounted.
const prefix = "/x/y/z/review"

// site is a server with the page. The cookie "who" says who is signed in.
type site struct {
	*testing.T
	lib    *assets.Library
	url    string // of the queue, with the final slash
	origin string
	added  atomic.Int64
}

func actor(name string) assets.Actor {
	switch name {
	case "agent":
		return assetstest.Agent("acme", "writer")
	case "reader":
		by := assetstest.User("acme", "rea")
		by.Scopes = []assets.Scope{assets.ScopeRead}
		return by
	}
	return assetstest.User("acme", name)
}

func newSite(t *testing.T, policy approval.Policy) *site {
	t.Helper()
	cfg := assetstest.Config()
	cfg.Approver = policy
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{T: t, lib: lib}
	page := review.New(lib, review.Options{
		Base: prefix, SignInURL: "sign-in",
		Actor: func(r *http.Request) (assets.Actor, error) {
			cookie, err := r.Cookie("who")
			if err != nil {
				return assets.Actor{}, assets.ErrUnauthorized
			}
			return actor(cookie.Value), nil
		},
	})
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", page)
	mux.HandleFunc("GET /regenerate/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.regenerate(assets.ID(r.PathValue("id")))
		w.WriteHeader(http.StatusNoContent)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.origin, s.url = server.URL, server.URL+prefix+"/"
	return s
}

// kinds are contents of all types by their number.
func (s *site) content(kind assets.Type, n int) assets.NewVersion {
	v := assets.NewVersion{Submit: true, Provenance: assets.Provenance{AgentSlug: "writer", RunID: "run-1"}}
	var body []byte
	switch kind {
	case assets.TypeCopy:
		v.Text = fmt.Sprintf("Spring is here.\n\nOffer number %d ends on Friday.\n", n)
		return v
	case assets.TypeBlog:
		v.Text = fmt.Sprintf("# Why ash %d\n\nIt **bends**.\n", n)
		return v
	case assets.TypeImage:
		body, v.Filename = picture(n), "p.png"
	case assets.TypeVideo:
		film, err := os.ReadFile(fmt.Sprintf("../../examples/demo/moving-day-%d.webm", 1+n%2))
		if err != nil {
			s.Fatal(err)
		}
		body, v.Filename = film, "f.webm"
	case assets.TypeSlide:
		body, v.Filename = fmt.Appendf(nil, "%%PDF-1.4\n%% %d\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%%%EOF\n", n), "d.pdf"
	case assets.TypeBundle:
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, err := w.Create("index.html")
		if err == nil {
			_, err = fmt.Fprint(f, n)
		}
		if err != nil || w.Close() != nil {
			s.Fatal(err)
		}
		body, v.Filename = b.Bytes(), "b.zip"
	}
	v.Content = bytes.NewReader(body)
	return v
}

func picture(n int) []byte {
	im := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		im.SetRGBA(i%64, i/64, color.RGBA{uint8(n * 7), uint8(i % 64 * 3), uint8(n), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (s *site) create(kind assets.Type, title string, v assets.NewVersion) *assets.Asset {
	s.Helper()
	made, err := s.lib.Create(s.Context(), actor("agent"), assets.NewAsset{Type: kind, Title: title, CampaignID: "spring", NewVersion: v})
	if err != nil {
		s.Fatal(err)
	}
	return made.Asset
}

// fill creates n assets of all types that wait for review.
func (s *site) fill(n int) {
	s.Helper()
	for i := range n {
		kind := assets.Types()[i%len(assets.Types())]
		if kind == assets.TypeSlide && i > len(assets.Types()) && !everything() {
			kind = assets.TypeCopy // the viewer of a PDF is slow to start
		}
		s.create(kind, fmt.Sprintf("Asset %d", i), s.content(kind, i))
	}
}

// regenerate adds a version to an asset, as an agent does.
func (s *site) regenerate(id assets.ID) {
	a, err := s.lib.Get(s.Context(), actor("agent"), id, assets.SelectCurrent)
	for unchanged := true; err == nil && unchanged; { // there are two films
		var w assets.Written
		w, err = s.lib.AddVersion(s.Context(), actor("agent"), id, s.content(a.Type, 1000+int(s.added.Add(1))))
		unchanged = w.Unchanged
	}
	if err != nil {
		s.Errorf("regenerating %s: %v", id, err)
	}
}

func (s *site) decide(who string, a *assets.Asset, action assets.Action, comment string) {
	s.Helper()
	if _, err := s.lib.Review(s.Context(), actor(who), a.ID, assets.Decision{Action: action, Version: a.Version, SHA256: a.Content.SHA256, Comment: comment}); err != nil {
		s.Fatal(err)
	}
}
