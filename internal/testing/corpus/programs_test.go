package corpus_test

import (
	"bytes"
	"crypto/sha256"
	stdjson "encoding/json"
	"fmt"
	stdhtml "html"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/chromium"
	"github.com/10ex/assets/internal/testing/resttest"
)

// stored is a file that is the content of an asset.
type stored struct {
	file
	content []byte
	path    string // of its preview
}

// minFiles is how many files the corpus must have, without those of ASSETS_TEST_ALL=1.
const minFiles = 200

// TestVolumeFilesOfProgramsFIL01: files of real programs, undeclared, declared and
// named, are what the program made, and Chromium shows them as the document says.
func TestVolumeFilesOfProgramsFIL01(t *testing.T) {
	t.Parallel()
	folder, built := build(t)
	srv := resttest.New(t)
	var all []stored
	for _, tool := range built {
		for _, f := range tool.files {
			all = append(all, f.upload(t, srv, f.content(t, folder)))
		}
	}
	if len(all) < minFiles {
		t.Errorf("only %d files", len(all))
	}
	t.Run("in Chromium FIL06 FIL08", func(t *testing.T) { compareAll(t, srv, all) })
	t.Run("damaged FIL02 FIL05", func(t *testing.T) { compareDamaged(t, srv, all) })
}

// send is how a file is declared and named.
type send struct{ media, name string }

// sends returns the ways in which a file is sent. A text has to be declared or named.
func (f file) sends() []send {
	all := []send{{"", f.name}, {"application/octet-stream", "x" + filepath.Ext(f.name)}}
	if f.shown != notAccepted {
		all = append(all, send{f.media, f.name})
	}
	if !strings.HasPrefix(f.media, "text/") && f.media != json {
		all = append(all, send{"", ""})
	}
	return all
}

// upload uploads the file in each of the ways and compares what is stored.
func (f file) upload(t *testing.T, srv *resttest.Server, content []byte) stored {
	t.Helper()
	s := stored{file: f, content: content}
	for _, way := range f.sends() {
		form := resttest.Form{
			{Name: "metadata", Body: fmt.Sprintf(`{"type":%q,"title":"A file"}`, f.typ)},
			{Name: "content", Media: way.media, Filename: way.name, Body: string(content)},
		}
		rec := srv.Send(resttest.Call{Method: "POST", Path: resttest.Base, As: "writer", Form: &form})
		var made struct {
			ID      string `json:"id"`
			Content struct {
				MediaType string `json:"media_type"`
			} `json:"content"`
		}
		_ = stdjson.Unmarshal(rec.Body.Bytes(), &made) // of an error it has no members
		media := made.Content.MediaType
		switch {
		case f.shown == notAccepted && (rec.Code != 415 || !strings.Contains(rec.Body.String(), "the content is "+f.media)):
			t.Errorf("%s, %+v: %d %s, want an error that says it is %s", f.name, way, rec.Code, rec.Body, f.media)
		case f.shown == notAccepted:
		case rec.Code != 201 || media != f.media:
			t.Errorf("%s, %+v: %d, stored as %q, want %q: %.300s", f.name, way, rec.Code, media, f.media, rec.Body)
		default:
			s.path = resttest.Base + "/" + made.ID + "/preview"
		}
	}
	if s.path != "" {
		s.checkPreview(t, srv)
	}
	return s
}

// checkPreview compares how the file is sent to a browser.
func (s stored) checkPreview(t *testing.T, srv *resttest.Server) {
	t.Helper()
	get := func(query string) *httptest.ResponseRecorder {
		return srv.Send(resttest.Call{Method: "GET", Path: s.path + query, As: "reader"})
	}
	if rec := get("?download=1"); rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), s.content) {
		t.Errorf("%s: the download is %d, %d bytes of %d", s.name, rec.Code, rec.Body.Len(), len(s.content))
	}
	rec := get("")
	if s.shown != inline {
		s.checkLink(t, srv, rec.Body.String())
	}
	sent := rec.Header().Get("Content-Type") == s.media && strings.HasPrefix(rec.Header().Get("Content-Disposition"), "inline")
	if rec.Code != 200 || sent != (s.shown == inline) {
		t.Errorf("%s: %d %v, want it %s", s.name, rec.Code, rec.Header(), s.shown)
	}
}

var downloadLink = regexp.MustCompile(`<a href="([^"]+)">Download</a>`)

// checkLink follows the link of the page with which a preview shows the file.
func (s stored) checkLink(t *testing.T, srv *resttest.Server, page string) {
	t.Helper()
	found := downloadLink.FindStringSubmatch(page)
	if found == nil {
		t.Errorf("%s: the page has no link: %.300s", s.name, page)
		return
	}
	at := &url.URL{Path: s.path}
	to, err := at.Parse(stdhtml.UnescapeString(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	rec := srv.Send(resttest.Call{Method: "GET", Path: to.String(), As: "reader"})
	attached := strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment")
	if rec.Code != 200 || !attached || !bytes.Equal(rec.Body.Bytes(), s.content) {
		t.Errorf("%s: the link leads to %d %v with %d bytes of %d", s.name, rec.Code, rec.Header(), rec.Body.Len(), len(s.content))
	}
}

// session is the value of the cookie of a user who is signed in.
const session = "signed-in"

// host serves the routes to a browser, and the page /empty. It returns its origin.
func host(t *testing.T, srv *resttest.Server) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("session"); err == nil && cookie.Value == session {
			r.Header.Set("Authorization", "Bearer ann")
		}
		if r.URL.Path == "/empty" {
			w.Header().Set("Content-Type", "text/html")
			return
		}
		srv.Mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// compareAll loads each preview in Chromium and compares it with what the program made.
func compareAll(t *testing.T, srv *resttest.Server, all []stored) {
	b := chromium.Get(t)
	v := chromium.Visit{URL: host(t, srv) + "/empty", Cookie: session}
	var pictures, films, pages, decks []stored
	for _, s := range all {
		switch {
		case s.path == "":
		case s.media == pdf:
			decks = append(decks, s)
		case s.shown != inline:
			pages, v.Frames = append(pages, s), append(v.Frames, s.path)
		case strings.HasPrefix(s.media, "video/"):
			films, v.Films = append(films, s), append(v.Films, s.path)
		default:
			pictures, v.Pictures = append(pictures, s), append(v.Pictures, s.path)
		}
	}
	shown := b.Open(v)[0]
	if shown.Error != "" || len(shown.Pictures) != len(pictures) || len(shown.Films) != len(films) || len(shown.Frames) != len(pages) {
		t.Fatalf("%+v", shown)
	}
	compareDecks(t, b, v, decks)
	for i, s := range pages {
		s.comparePage(t, shown.Frames[i])
	}
	for i, s := range films {
		s.compare(t, shown.Films[i])
	}
	for i, s := range pictures {
		s.compare(t, shown.Pictures[i])
		if s.scales {
			s.compareScaled(t, srv, shown.Pictures[i])
		}
	}
}

// compareDecks opens each PDF, which Chromium must show in its own viewer. That is closed
// to scripts, so that only its requests are seen.
func compareDecks(t *testing.T, b *chromium.Browser, v chromium.Visit, decks []stored) {
	t.Helper()
	var visits []chromium.Visit
	for _, s := range decks {
		visits = append(visits, chromium.Visit{URL: strings.TrimSuffix(v.URL, "/empty") + s.path, Cookie: v.Cookie, Settle: true})
	}
	for i, is := range b.Open(visits...) {
		viewer := slices.ContainsFunc(is.Requests, func(url string) bool { return strings.HasPrefix(url, "chrome-extension://") })
		if is.Error != "" || is.Status != 200 || is.Type != pdf || is.Download || !viewer {
			t.Errorf("%s is shown as %+v", decks[i].name, is)
		}
	}
}

// comparePage compares the text of a page in Chromium: of one that shows no text, with
// what it must say about the file.
func (s stored) comparePage(t *testing.T, text string) {
	t.Helper()
	wants := []string{s.text, s.media, "Download"}
	if s.shown == download {
		wants = []string{s.media, fmt.Sprintf("%d bytes", len(s.content)), fmt.Sprintf("%x", sha256.Sum256(s.content)), "Download"}
	}
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s is shown as %.400q, without %q", s.name, text, want)
		}
	}
}

// compare compares a picture or a film with what Chromium shows.
func (s stored) compare(t *testing.T, is chromium.Image) {
	t.Helper()
	if s.size == "" && s.plain {
		return // the program has its own size
	}
	size := ""
	if is.Width > 0 {
		size = fmt.Sprintf("%d×%d", is.Width, is.Height)
	}
	if size != s.size || is.Seconds < s.seconds-0.25 || is.Seconds > s.seconds+0.25 {
		t.Errorf("%s is shown as %q, %.2f s, want %q, %.2f s: %s", s.name, size, is.Seconds, s.size, s.seconds, is.Error)
	}
	if want := quarters(max(1, s.turn)); is.Width > 0 && !s.plain && order(is.Colors) != want {
		t.Errorf("%s has the quarters %s, want %s: %v", s.name, order(is.Colors), want, is.Colors)
	}
}

// quarters returns the initials of the quarters' colors, row by row, of the source as an
// EXIF orientation turns it.
func quarters(orientation int) string {
	return []string{"rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"}[orientation-1]
}

// order returns the initials of the source's colors in the order of colors, by their
// brightness, which is left when a program makes a picture gray.
func order(colors [][4]int) string {
	bright := func(c [4]int) int { return 2*c[0] + 7*c[1] + c[2] }
	sorted := slices.SortedFunc(slices.Values(colors), func(a, b [4]int) int { return bright(a) - bright(b) })
	var initials strings.Builder
	for _, c := range colors {
		initials.WriteByte("brgw"[slices.Index(sorted, c)])
	}
	return initials.String()
}

// compareScaled compares a rendition with what Chromium shows.
func (s stored) compareScaled(t *testing.T, srv *resttest.Server, is chromium.Image) {
	t.Helper()
	rec := srv.Send(resttest.Call{Method: "GET", Path: s.path + "?width=160", As: "reader"})
	got, _, err := image.Decode(bytes.NewReader(rec.Body.Bytes()))
	if err != nil || got.Bounds().Dx() != 160 {
		t.Errorf("%s is not scaled: %d, %v", s.name, rec.Code, err)
		return
	}
	if err := is.Compare(got); err != nil {
		t.Errorf("%s, scaled: %v", s.name, err)
	}
}
