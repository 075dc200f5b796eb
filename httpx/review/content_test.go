package review_test

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i+1 < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const tinyPDF = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"

// TestContentOfEachType: each type is shown in its way, and can be compared.
func TestContentOfEachType(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind     assets.Type
		one, two []byte
		media    string
		shows    map[string]string // part of the markup, by view
	}{
		"copy": {assets.TypeCopy, []byte("ten years"), []byte("two years"), "text/plain", map[string]string{
			"": "two years", "changes": "<del>ten</del>", "split": "<ins>two</ins>",
		}},
		"blog": {assets.TypeBlog, []byte("# A"), []byte("# B"), "text/markdown", map[string]string{
			"": `<iframe class="sheet-of" src="./ID/versions/2/preview"`, "text": "# B", "changes": "<ins>B</ins>",
		}},
		"image": {assets.TypeImage, pngOf(t, 3, 3), pngOf(t, 4, 4), "image/png", map[string]string{
			"": `<img src="./ID/versions/2/content"`, "side": `<img src="./ID/versions/1/content"`, "swipe": `class="over swipe"`, "difference": `class="over difference"`, "flip": `class="over flip"`, "facts": "image/png",
		}},
		"slide":  {assets.TypeSlide, []byte(tinyPDF), []byte(tinyPDF + "%"), "application/pdf", map[string]string{"": `src="./ID/versions/2/content#toolbar=0`, "side": `src="./ID/versions/1/content"`}},
		"bundle": {assets.TypeBundle, zipOf(t, "a.txt", "1", "b.txt", "2", "d.txt", "4"), zipOf(t, "a.txt", "x", "b.txt", "2", "c<i>.txt", "3"), "application/zip", map[string]string{"": "c&lt;i&gt;.txt"}},
		"other":  {assets.TypeBundle, []byte("one"), []byte("two"), "application/octet-stream", map[string]string{"": "cannot be shown here"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			a := s.create(tt.kind, "T", assets.NewVersion{Content: bytes.NewReader(tt.one), MediaType: tt.media, Filename: "f.x"})
			if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, assets.NewVersion{Content: bytes.NewReader(tt.two), MediaType: tt.media, Filename: "f.x", Submit: true}); err != nil {
				t.Fatal(err)
			}
			for view, want := range tt.shows {
				path := string(a.ID)
				if view != "" {
					path += "?view=" + view
				}
				p := s.get(200, "ana", path)
				if want = strings.ReplaceAll(want, "ID", string(a.ID)); !strings.Contains(p.body, want) {
					t.Errorf("the view %q lacks %s: %s", view, want, p.text())
				}
			}
			p := s.get(200, "ana", string(a.ID))
			if look := mustLook.MatchString(p.body); look != (tt.kind == assets.TypeBundle || tt.kind == assets.TypeSlide) {
				t.Errorf("that somebody must look at the file: %v", look)
			}
		})
	}
}

// TestServedContent: contents and previews have the headers of the REST routes, and may
// be framed by the page alone.
func TestServedContent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	text := s.copyAsset("<script>alert(1)</script>")
	picture := s.create(assets.TypeImage, "P", assets.NewVersion{Content: bytes.NewReader(pngOf(t, 700, 500)), Filename: "p.png"})
	for path, mediaType := range map[string]string{
		string(text.ID) + "/versions/1/content":              "text/plain",
		string(text.ID) + "/versions/1/preview":              "text/html; charset=utf-8",
		string(text.ID) + "/versions/1/preview?download=1":   "text/plain",
		string(picture.ID) + "/versions/1/content":           "image/png",
		string(picture.ID) + "/versions/1/preview?width=320": "image/jpeg",
		string(picture.ID) + "/versions/current/preview":     "image/png",
	} {
		p := s.get(200, "ana", path)
		h := p.Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(h.Get("Content-Type"), mediaType) || !strings.Contains(csp, "sandbox") || !strings.HasSuffix(csp, "; frame-ancestors 'self'") ||
			strings.Contains(csp, "script-src") || h.Get("X-Frame-Options") != "SAMEORIGIN" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Cache-Control"), "private") {
			t.Errorf("%s: %v", path, h)
		}
	}
	// A thumbnail is kept for a while, by this browser alone; what is decided about is not.
	for path, rule := range map[string]string{"/versions/1/preview?width=320": "private, max-age=600, no-transform", "/versions/1/content": "private, no-cache, no-transform", "/versions/1/preview": "private, no-cache, no-transform"} {
		if h := s.get(200, "ana", string(picture.ID)+path).Header(); h.Get("Cache-Control") != rule || !strings.Contains(h.Get("Vary"), "Cookie") {
			t.Errorf("%s: %v", path, h)
		}
	}
	if p := s.send("ana", string(text.ID)+"/versions/1/content", nil, "Range", "bytes=1-6"); p.Code != 206 || p.body != "script" {
		t.Errorf("a range: %d %s", p.Code, p.body)
	}
	for path, status := range map[string]int{string(text.ID) + "/versions/2/content": 404, string(text.ID) + "/versions/1/preview?width=3": 422} {
		if p := s.send("ana", path, nil); p.Code != status {
			t.Errorf("%s: %d", path, p.Code)
		}
	}
	if p := s.send("other", string(text.ID)+"/versions/1/content", nil); p.Code != 404 {
		t.Errorf("another workspace: %d", p.Code)
	}
}

// mustLook finds the box that somebody must tick who approves. A browser does not restore it
// when the page is loaded again, perhaps with another version.
var mustLook = regexp.MustCompile(`name="seen" value="\d+" autocomplete="off" required`)

// TestViewsWithoutContent: in a view that does not show the content somebody has to say
// that they have looked at it.
func TestViewsWithoutContent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.create(assets.TypeImage, "P", assets.NewVersion{Content: bytes.NewReader(pngOf(t, 3, 3)), Filename: "p.png"})
	if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, assets.NewVersion{Content: bytes.NewReader(pngOf(t, 4, 4)), Filename: "p.png", Submit: true}); err != nil {
		t.Fatal(err)
	}
	text := s.copyAsset(strings.Repeat("long ", 60<<10))
	s.add(text.ID, "short")
	for path, want := range map[string]bool{
		string(a.ID): false, string(a.ID) + "?view=side": false, string(a.ID) + "?view=facts": true,
		string(a.ID) + "?view=difference": true, string(a.ID) + "?view=swipe": false, string(a.ID) + "?view=flip": false, "triage?type=image&view=facts": true,
		string(text.ID): false, string(text.ID) + "?view=changes": true, string(text.ID) + "?view=split": true,
	} {
		if p := s.get(200, "ana", path); mustLook.MatchString(p.body) != want {
			t.Errorf("%s: that somebody must look: %v", path, !want)
		}
	}
}

// TestSurelyShown: what some browsers do not show has to be looked at, and so has a page
// with the beginning of a text.
func TestSurelyShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	film := func(brand string) []byte {
		return []byte("\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x00\x00" + brand + "mp42\x00\x00\x00\x08mdat")
	}
	for name, tt := range map[string]struct {
		kind    assets.Type
		content []byte
		media   string
		query   string
		look    bool
	}{
		"mp4":           {assets.TypeVideo, film("isom"), "video/mp4", "", false},
		"quicktime":     {assets.TypeVideo, film("qt  "), "video/quicktime", "", true},
		"tiff":          {assets.TypeBundle, []byte("II*\x00\x08\x00\x00\x00"), "image/tiff", "", true},
		"svg":           {assets.TypeImage, []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "image/svg+xml", "", false},
		"short post":    {assets.TypeBlog, []byte("# x"), "text/markdown", "", false},
		"long post":     {assets.TypeBlog, []byte(strings.Repeat("word ", 30<<10)), "text/markdown", "", true},
		"its long text": {assets.TypeBlog, []byte(strings.Repeat("word ", 30<<10)), "text/markdown", "?view=text", false},
	} {
		a := s.create(tt.kind, "T", assets.NewVersion{Content: bytes.NewReader(tt.content), MediaType: tt.media, Filename: "f"})
		if a.Content.MediaType != tt.media {
			t.Fatalf("%s: stored as %s", name, a.Content.MediaType)
		}
		p := s.get(200, "ana", string(a.ID)+tt.query)
		if mustLook.MatchString(p.body) != tt.look {
			t.Errorf("%s: that somebody must look: %v", name, !tt.look)
		}
		if !tt.look && !strings.Contains(p.body, `<label class="tick" hidden><input type="checkbox" form="approve" name="seen" value="1" autocomplete="off">`) {
			t.Errorf("%s: there is no box for a content that does not load", name)
		}
		if p = s.send("ana", "several", url.Values{"pick": {pickOf(a)}}); tt.kind == assets.TypeBundle && included.MatchString(p.body) {
			t.Errorf("%s is included at once", name)
		}
	}
}

// TestComparedWithWhatIsInForce: compare names a number, or approved.
func TestComparedWithWhatIsInForce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	s.add(a.ID, "two")
	s.add(a.ID, "three")
	for compare, base := range map[string]string{"": "1", "&compare=approved": "1", "&compare=2": "2"} {
		s.shows(s.get(200, "ana", string(a.ID)+"?view=split"+compare), "Version "+base+" and version 3")
	}
}

// TestKeyThatCompares: the key c leads to what has changed, and from there back.
func TestKeyThatCompares(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	s.lacks(s.get(200, "ana", string(a.ID)), `data-key="c"`)
	s.add(a.ID, "two")
	for query, leads := range map[string]string{"": "Changes", "?view=split": "Changes", "?view=changes": "Text"} {
		p := s.get(200, "ana", string(a.ID)+query)
		if strings.Count(p.body, `data-key="c"`) != 1 || !strings.Contains(p.body, ` data-key="c">`+leads+`</a>`) {
			t.Errorf("from %q it does not lead to %s: %s", query, leads, p.body)
		}
	}
}
