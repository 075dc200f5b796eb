package assets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/10ex/assets/internal/sniff"
)

const (
	mediaPlain    = "text/plain"
	mediaMarkdown = "text/markdown"
	mediaHTML     = "text/html"
	mediaJSON     = "application/json"
	mediaSVG      = "image/svg+xml"
	mediaUnknown  = "application/octet-stream"
)

// MediaTypes returns the media types that a content of an asset of type t may have,
// the default for inline text first. It returns none if any is allowed, as for a
// bundle.
func (t Type) MediaTypes() []string {
	switch t {
	case TypeCopy:
		return []string{mediaPlain, mediaMarkdown, mediaHTML, mediaJSON}
	case TypeBlog:
		return []string{mediaMarkdown, mediaHTML, mediaPlain}
	case TypeImage:
		return []string{mediaSVG, "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"}
	case TypeSlide:
		return []string{
			mediaHTML, "application/pdf",
			"application/vnd.openxmlformats-officedocument.presentationml.presentation",
			"application/vnd.oasis.opendocument.presentation",
		}
	case TypeVideo:
		return []string{"video/mp4", "video/webm", "video/quicktime"}
	}
	return nil
}

func (t Type) allows(mediaType string) bool {
	all := t.MediaTypes()
	return len(all) == 0 || slices.Contains(all, mediaType)
}

// mayBeEmpty reports whether an empty file is accepted: only where the content can be
// text or anything, or where the type of the asset is not known yet.
func (t Type) mayBeEmpty() bool {
	return t == TypeCopy || t == TypeBlog || t == TypeBundle || t == ""
}

// onlyText reports whether all contents are texts.
func (t Type) onlyText() bool { return t == TypeCopy || t == TypeBlog }

// searchable reports whether the words of a content are kept for search.
func (t Type) searchable() bool { return t == TypeCopy || t == TypeBlog }

// examined is what was found out about a content, beside its digest.
type examined struct {
	format     sniff.Format
	empty      bool
	text, json bool // of the whole content: UTF-8 without NUL, one JSON text
}

// is reports whether the content can be stored as media.
func (e examined) is(media string) bool {
	switch {
	case media == mediaJSON:
		return e.json
	case isText(media):
		return e.text
	}
	return !e.format.Contradicts(media)
}

// isTextFile reports whether the media type of an undeclared content is chosen by
// its name, because its bytes can only tell that it is a text.
func (e examined) isTextFile() bool { return e.text && e.format.Text() }

// declaredMediaType returns the media type that is known before the first byte: the
// declared one, or the default for inline text. It is empty for a file that has to
// be sniffed.
func declaredMediaType(t Type, in NewVersion) (string, error) {
	switch {
	case in.MediaType != "":
		media, ok := sniff.ParseType(in.MediaType)
		switch {
		case !ok:
			return "", errNotMediaType
		case media == mediaUnknown && !t.allows(media):
			return "", nil // it declares nothing
		}
		return media, t.checkAllowed(media)
	case in.Text != "":
		return t.defaultForText(), t.checkAllowed(t.defaultForText())
	}
	return "", nil
}

// defaultForText returns the media type of a text that has none. A video has no
// text: then it is a type that checkAllowed refuses.
func (t Type) defaultForText() string {
	all := t.MediaTypes()
	if len(all) == 0 || t == TypeVideo {
		return mediaPlain
	}
	return all[0]
}

// mediaTypeOf returns the media type that a content is stored as: the declared one,
// unless the bytes contradict it. Without a declared type, it is for a text the one
// that the file name's extension names, or else the default for text; for any other
// content the one of the bytes.
func (t Type) mediaTypeOf(declared, filename string, e examined) (string, error) {
	switch {
	case e.empty && !t.mayBeEmpty():
		return "", t.unsupported("empty", declared)
	case e.empty && t == "":
		return cmp.Or(declared, mediaPlain), nil // of an upload; checked when it is used
	case declared != "" && e.is(declared):
		return declared, nil
	case declared != "":
		return "", t.contradicted(declared, e)
	}
	for _, media := range t.candidates(filename, e) {
		if media != "" && t.allows(media) && e.is(media) {
			return media, nil
		}
	}
	return "", t.contradicted("", e)
}

// candidates returns the media types that an undeclared content may have, the best
// first.
func (t Type) candidates(filename string, e examined) []string {
	media := e.format.As(t.allows)
	switch {
	case !e.isTextFile() && isText(media):
		return []string{media, mediaUnknown} // if it only begins as a text
	case !e.isTextFile():
		return []string{media}
	case !sniff.IsTextKind(media): // it has a signature, or characters that texts seldom have
		return []string{sniff.TypeOfName(filename), media, t.defaultForText()}
	}
	return []string{sniff.TypeOfName(filename), t.defaultForText(), media}
}

// contradicted returns the error for a content that is not of the declared type or,
// if none was declared, of none that t has.
func (t Type) contradicted(declared string, e examined) error {
	found := e.format.Name()
	switch {
	case declared == mediaJSON && e.format.Text(), found == mediaJSON && !e.json && e.text:
		found = "text, but not one JSON text"
	case isText(found) && !e.format.Text(), !e.text && (isText(found) || isText(declared) && found == mediaUnknown):
		found = "not UTF-8 text without NUL"
	}
	return t.unsupported(found, declared)
}

// unsupported returns the error for a content that was found to be something else
// than what was declared, or than what t accepts.
func (t Type) unsupported(found, declared string) error {
	text := "the content is " + found
	if declared != "" {
		text += ", so it cannot be stored as " + declared
	}
	return Errorf(ErrUnsupportedMediaType, "%s%s", text, t.accepted())
}

var errNotMediaType = Errorf(ErrUnsupportedMediaType, "media_type is not a media type in UTF-8")

func (t Type) checkAllowed(media string) error {
	if t.allows(media) {
		return nil
	}
	return Errorf(ErrUnsupportedMediaType, "%s is not a media type of %s assets%s", media, t, t.accepted())
}

// accepted ends an error with the media types that t has.
func (t Type) accepted() string {
	all := t.MediaTypes()
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s assets accept %s", t, strings.Join(all, ", "))
}

// isText reports whether media is a text type. Text has no signature, so the whole
// content is checked instead.
func isText(media string) bool {
	return media == mediaPlain || media == mediaMarkdown || media == mediaHTML || media == mediaJSON
}

// extension returns the extension of the default file name.
func extension(media string) string {
	switch media {
	case mediaPlain:
		return ".txt"
	case mediaMarkdown:
		return ".md"
	case mediaHTML:
		return ".html"
	case mediaJSON:
		return ".json"
	case mediaSVG:
		return ".svg"
	case "image/png", "image/gif", "image/webp", "image/avif", "video/mp4", "video/webm":
		return "." + media[len("image/"):]
	case "image/jpeg":
		return ".jpg"
	case "video/quicktime":
		return ".mov"
	case "application/pdf":
		return ".pdf"
	case "application/vnd.openxmlformats-officedocument.presentationml.presentation":
		return ".pptx"
	case "application/vnd.oasis.opendocument.presentation":
		return ".odp"
	case "application/zip":
		return ".zip"
	}
	return ".bin"
}

// textProbe finds out whether a content is text and whether it is JSON. It refuses a
// content that is not the text that it must be.
type textProbe struct {
	must       string         // media type; empty, or not of a text: anything is accepted
	text, json contentChecker // nil: the content is not, or it does not matter
}

// contentChecker checks a content while it is read.
type contentChecker interface {
	Write(p []byte) (int, error)
	Finish() error
}

// newTextProbe returns the probe of a content of an asset of type t.
func newTextProbe(t Type, declared string) *textProbe {
	p := &textProbe{must: declared, text: new(sniff.Text), json: new(sniff.JSON)}
	switch {
	case t == "": // it may be declared anew when it is used
	case declared == mediaJSON:
		p.text = nil
	case isText(declared):
		p.json = nil
	case declared != "":
		p.text, p.json = nil, nil
	case t.onlyText():
		p.must = mediaPlain
	}
	return p
}

func (p *textProbe) Write(b []byte) (int, error) {
	return len(b), p.check(func(c contentChecker) error {
		_, err := c.Write(b)
		return err
	})
}

func (p *textProbe) isText() bool { return p.text != nil || p.json != nil }
func (p *textProbe) isJSON() bool { return p.json != nil }

func (p *textProbe) Finish() error { return p.check(contentChecker.Finish) }

func (p *textProbe) check(step func(contentChecker) error) error {
	var notText, notJSON error
	if p.text != nil {
		if notText = step(p.text); notText != nil {
			p.text = nil
		}
	}
	if p.json != nil {
		if notJSON = step(p.json); notJSON != nil {
			p.json = nil
		}
	}
	switch {
	case p.must == mediaJSON:
		return notJSON
	case isText(p.must):
		return notText
	}
	return nil
}
