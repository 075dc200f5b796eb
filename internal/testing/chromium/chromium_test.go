package chromium_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/chromium"
)

// newServer serves each path with an HTML text, and /picture with a picture.
func newServer(t *testing.T, texts map[string]string) string {
	t.Helper()
	im := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	im.SetNRGBA(10, 5, color.NRGBA{R: 255, A: 255})
	var picture bytes.Buffer
	if err := png.Encode(&picture, im); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := texts[r.URL.Path]
		switch cookie, _ := r.Cookie("session"); {
		case r.URL.Path == "/picture":
			_, _ = w.Write(picture.Bytes())
		case !ok:
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if cookie != nil {
				text += cookie.Value
			}
			_, _ = fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,">`+text)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestOpen(t *testing.T) {
	t.Parallel()
	b := chromium.Get(t)
	url := newServer(t, map[string]string{
		"/text":  `<style>:root{color-scheme:light dark}</style><main><p dir=auto>Hello</p><p dir=auto>שלום</p></main>`,
		"/pale":  `<p style="color:#eee">Hello</p>`,
		"/wide":  `<div style="width:500px">Hello</div>`,
		"/loud":  `<script>alert(1); open('/text'); fetch('/fetched')</script>`,
		"/click": fmt.Sprintf(`<a href="%s/text">go</a>`, newServer(t, map[string]string{"/text": ""})),
	})
	pages := b.Open(
		chromium.Visit{URL: url + "/text", Cookie: "secret"},
		chromium.Visit{URL: url + "/text", Dark: true},
		chromium.Visit{URL: url + "/pale"},
		chromium.Visit{URL: url + "/wide", Phone: true},
		chromium.Visit{URL: url + "/loud", Settle: true},
		chromium.Visit{URL: url + "/click", Click: "a", Leaves: true},
		chromium.Visit{URL: url + "/none"},
		chromium.Visit{URL: url + "/text", Cookie: "secret", Pictures: []string{"/picture", "/none"}, Films: []string{"/none"}, Frames: []string{"/pale", "/click"}},
		chromium.Visit{URL: "http://127.0.0.1:1/"},
	)
	text, dark, pale, wide, loud, click, none, media, gone := pages[0], pages[1], pages[2], pages[3], pages[4], pages[5], pages[6], pages[7], pages[8]
	if text.Text != "Hello\n\nשלום\n\nsecret" || text.Status != 200 || text.Type != "text/html; charset=utf-8" || text.Contrast != 21 || !slices.Equal(text.Directions, []string{"ltr", "rtl"}) {
		t.Errorf("a text is %+v", text)
	}
	if dark.Contrast < 15 || dark.Contrast == 21 || pale.Contrast > 1.3 {
		t.Errorf("the contrasts are %v and %v", dark.Contrast, pale.Contrast)
	}
	if wide.Overflow <= 0 || text.Overflow != 0 {
		t.Errorf("%d and %d pixels are beyond the window", wide.Overflow, text.Overflow)
	}
	if loud.Dialogs != 1 || loud.Popups != 1 || !slices.Equal(loud.Requests, []string{url + "/fetched"}) {
		t.Errorf("a loud page is %+v", loud)
	}
	if strings.HasPrefix(click.URL, url) || click.Status != 200 || none.Status != 404 || gone.Error == "" {
		t.Errorf("a click led to %s; an unknown page is %d; a server that is gone is %q", click.URL, none.Status, gone.Error)
	}
	if len(media.Pictures) != 2 || len(media.Films) != 1 {
		t.Fatalf("%+v", media)
	}
	if is := media.Pictures[0]; is.Width != 40 || is.Height != 20 || !slices.Equal(is.Colors, [][4]int{{255, 0, 0, 255}, {}, {}, {}}) {
		t.Errorf("a picture is %+v", is)
	}
	if !slices.Equal(media.Frames, []string{"Hello\n\nsecret", "gosecret"}) {
		t.Errorf("the texts in frames are %q", media.Frames)
	}
	if media.Pictures[1].Width != 0 || media.Films[0].Error == "" {
		t.Errorf("what is missing is %+v, %+v", media.Pictures[1], media.Films[0])
	}
}
