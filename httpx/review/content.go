package review

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

// The kinds of content by how they are shown.
const (
	kindText    = "text"
	kindPicture = "picture"
	kindVideo   = "video"
	kindPDF     = "pdf"
	kindFiles   = "files" // a zip archive
	kindOther   = "other" // can only be downloaded
	kindErased  = "erased"
)

// content is what the page shows of a version.
type content struct {
	Kind    string
	View    string // one of Views
	Views   []view
	Heading template.HTML
	Shown   bool   // the page shows the whole content
	Source  string // the address of the stored bytes, below the queue
	Preview string // the address of a page with the content

	Base       *assets.Version // what it is compared with; nil: nothing
	BaseSource string
	BaseOut    bool // that is what publishers get

	Text    *text          // of a text
	Files   []entry        // of an archive
	File    *archiveFile   // one of them
	Changes map[string]int // how many became what since the other version
	Facts   []pair         // of both versions
	Against assets.Number  // the other version of the facts, which may be without a comparison of contents
	Differs []pair         // the facts that differ, in a comparison
	Same    bool           // both versions have the same bytes, in a comparison
	Note    template.HTML
}

// view is a way to look at a content, with its address.
type view struct {
	Name, Link string
	Current    bool
	NeedsJS    bool
	IsKey      bool // the key c leads there
}

// looks are the parameters of how a content is looked at.
type looks struct{ view, compare string }

func viewOf(query url.Values) looks { return looks{query.Get("view"), query.Get("compare")} }

// contentKind returns the kind of a content.
func contentKind(c assets.Content) string {
	switch media := c.MediaType; {
	case strings.HasPrefix(media, "text/"), media == "application/json":
		return kindText
	case strings.HasPrefix(media, "image/"):
		return kindPicture
	case strings.HasPrefix(media, "video/"):
		return kindVideo
	case media == "application/pdf":
		return kindPDF
	case media == "application/zip":
		return kindFiles
	}
	return kindOther
}

// surelyShown reports whether every browser shows a content of this type whole. Others,
// such as PDF, HEIC and QuickTime, depend on the browser: there somebody has to say that
// they have looked at it.
func surelyShown(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml", "video/mp4", "video/webm", "application/json":
		return true
	}
	return strings.HasPrefix(mediaType, "text/")
}

// maxMarkdown is the size of a Markdown text in bytes that a preview shows whole.
const maxMarkdown = 128 << 10

// viewNames returns the views of a content, the default one first.
func viewNames(t assets.Type, c assets.Content, compared bool) []string {
	names := map[string][]string{
		kindText: {"text"}, kindPicture: {"picture"}, kindVideo: {"video"}, kindPDF: {"pdf"}, kindFiles: {"files"}, kindOther: {"file"},
	}[contentKind(c)]
	laidOut := c.MediaType == "text/markdown" || c.MediaType == "text/html"
	switch {
	case laidOut && t == assets.TypeBlog:
		names = []string{"page", "text"}
	case laidOut:
		names = []string{"text", "page"}
	}
	if !compared {
		return names
	}
	more := map[string][]string{
		kindText: {"changes", "split", "facts"}, kindPicture: {"side", "swipe", "difference", "flip", "facts"},
		kindVideo: {"side", "facts"}, kindPDF: {"side", "facts"}, kindFiles: {"facts"}, kindOther: {"facts"},
	}[contentKind(c)]
	return append(names, more...)
}

// views returns the links to the views of a content, of which one is shown now.
func (v *visit) views(names []string, shown string) (views []view) {
	isFirst := func(name string) bool { return name == "changes" || name == "side" } // of those that compare
	for i, name := range names {
		views = append(views, view{
			Name: name, Link: v.viewLink(name, i == 0), Current: name == shown, NeedsJS: name == "swipe",
			IsKey: isFirst(shown) && i == 0 || !isFirst(shown) && isFirst(name),
		})
	}
	return views
}

// contentOf reads what the page shows of a version.
func (v *visit) contentOf(s subject, l looks) (content, error) {
	if s.Version.ErasedAt != 0 {
		return content{
			Kind: kindErased, View: kindErased, Shown: true,
			Heading: v.lang.text("content.erased", "version", s.Version.Number),
			Note:    v.lang.text("paper.erased", "time", v.lang.moment(s.Version.ErasedAt)),
		}, nil
	}
	c := content{
		Kind: contentKind(s.Version.Content), Source: sourceOf(s.Asset.ID, s.Version.Number),
		Preview: versionPath(s.Asset.ID, s.Version.Number) + "/preview",
	}
	if base := baseOf(s, l.compare); base != nil {
		c.Base, c.BaseSource, c.BaseOut = base, sourceOf(s.Asset.ID, base.Number), base.Number == s.Out
	}
	names := viewNames(s.Asset.Type, s.Version.Content, c.Base != nil && contentKind(c.Base.Content) == c.Kind)
	c.View = names[0]
	if slices.Contains(names, l.view) {
		c.View = l.view
	}
	c.Views = v.views(names, c.View)
	c.Shown = surelyShown(s.Version.Content.MediaType)
	c.Heading = v.lang.text("content."+c.View, "version", s.Version.Number, "base", baseNumber(c.Base))
	var err error
	if c.Base != nil && (l.compare != "" || compares(c.View)) {
		if c.Facts, err = v.compareFacts(s, c.Base.Number); err != nil {
			return c, err
		}
		c.Against, c.Differs, c.Same = c.Base.Number, differences(c.Facts), c.Base.Content.SHA256 == s.Version.Content.SHA256
	}
	switch c.Kind {
	case kindText:
		err = v.readText(s, &c)
	case kindFiles:
		err = v.readFiles(s, &c, v.r.URL.Query().Get("file"))
	}
	c.Shown = c.Shown && c.viewShows(s.Version.Content)
	return c, err
}

// compares reports whether a view compares a version with another one.
func compares(view string) bool {
	return slices.Contains([]string{"changes", "split", "side", "swipe", "difference", "flip", "facts", "files"}, view)
}

// viewShows reports whether the view shows the whole content, if the browser can.
func (c *content) viewShows(stored assets.Content) bool {
	switch c.View {
	case "facts", "difference": // which is of two pictures, and dark where they are the same
		return false
	case "page":
		return stored.MediaType != "text/markdown" || stored.SizeBytes <= maxMarkdown
	case "changes", "split":
		return c.Text != nil && c.Text.Compared
	}
	return true
}

func baseNumber(base *assets.Version) assets.Number {
	if base == nil {
		return 0
	}
	return base.Number
}

func versionPath(id assets.ID, n assets.Number) string {
	return string(id) + "/versions/" + strconv.Itoa(int(n))
}

func sourceOf(id assets.ID, n assets.Number) string { return versionPath(id, n) + "/content" }

// viewLink returns the address of another view of the page.
func (v *visit) viewLink(name string, isDefault bool) string {
	query := v.r.URL.Query()
	query.Del("view")
	if !isDefault {
		query.Set("view", name)
	}
	if len(query) == 0 {
		return v.rel
	}
	return v.rel + "?" + query.Encode()
}

// baseOf returns the version that one is compared with: the given one, else what is in
// force, else the one before, else none.
func baseOf(s subject, compare string) *assets.Version {
	n := s.Version.Number - 1
	if s.Out != 0 && !s.OutNew {
		n = s.Out
	}
	switch given, err := strconv.Atoi(compare); {
	case err == nil && given > 0:
		n = assets.Number(given)
	case compare == "approved":
		n = s.Out
	}
	for i := range s.Asset.Versions {
		if base := &s.Asset.Versions[i]; base.Number == n && n != s.Version.Number && base.ErasedAt == 0 {
			return base
		}
	}
	return nil
}

// serveContent serves the bytes or the preview of a version, as the REST routes do.
func (v *visit) serveContent() error {
	if _, err := v.id(); err != nil {
		return err
	}
	to, query := v.lib.BasePath()+"/"+v.rel, url.Values{}
	if v.segment(3) == "preview" {
		to = v.lib.BasePath() + "/" + v.segment(0) + "/preview"
		query.Set("version", v.segment(2))
		for _, name := range []string{"width", "download"} {
			if value := v.r.URL.Query().Get(name); value != "" {
				query.Set(name, value)
			}
		}
	}
	v.w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	w := &framed{ResponseWriter: v.w, thumbnail: query.Has("width"), secret: v.secret}
	v.forward(w, to, query)
	if !w.wrote { // such as the response to a HEAD
		w.WriteHeader(http.StatusOK)
	}
	return nil
}

// forward has a REST route respond to the request.
func (v *visit) forward(w http.ResponseWriter, to string, query url.Values) {
	r := v.r.Clone(v.withActor(v.r.Context()))
	r.URL = &url.URL{Path: to, RawQuery: query.Encode()}
	r.Header.Del("Authorization")
	w.Header().Del("Content-Security-Policy")
	v.handler.content.ServeHTTP(w, r)
}

// thumbnailLife is how long a browser may keep a thumbnail, so that a second look at the
// queue does not ask for each. What decisions are about is asked for each time. A compressed
// one would have another ETag, and no length.
const thumbnailLife = "private, max-age=600, no-transform"

// framed is a response that the page may show in a frame.
type framed struct {
	http.ResponseWriter
	thumbnail bool
	secret    bool // no cache may keep it
	wrote     bool
}

// WriteHeader completes the policy of the content.
func (w *framed) WriteHeader(status int) {
	if !w.wrote && status >= http.StatusOK {
		w.wrote = true
		h := w.Header()
		if p := h.Get("Content-Security-Policy"); p != "" {
			h.Set("Content-Security-Policy", p+"; frame-ancestors 'self'")
		} else {
			h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'self'")
		}
		switch {
		case w.secret:
			h.Set("Cache-Control", "no-store")
		case w.thumbnail && status == http.StatusOK:
			h.Set("Cache-Control", thumbnailLife)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (w *framed) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *framed) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// open opens the content of a version that has been read.
func (v *visit) open(ctx context.Context, s subject) (*assets.File, error) {
	return v.lib.Open(ctx, v.by, s.Asset.ID, assets.Selector(s.Version.Number))
}
