package assets

import (
	"slices"

	"github.com/10ex/assets/internal/sniff"
)

const (
	mediaPlain    = "text/plain"
	mediaMarkdown = "text/markdown"
	mediaHTML     = "text/html"
	mediaJSON     = "application/json"
	mediaSVG      = "image/svg+xml"
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
// text or anything.
func (t Type) mayBeEmpty() bool {
	return t == TypeCopy || t == TypeBlog || t == TypeBundle
}

// searchable reports whether the words of a content are kept for search.
func (t Type) searchable() bool { return t == TypeCopy || t == TypeBlog }

// declaredMediaType returns the media type that is known before the first byte: the
// declared one, or the default for inline text. It is empty for a file that has to
// be sniffed.
func declaredMediaType(t Type, in NewVersion) (string, error) {
	media := in.MediaType
	switch {
	case media != "":
		bare, ok := sniff.ParseType(media)
		if !ok {
			return "", errNotMediaType
		}
		media = bare
	case in.Text == "":
		return "", nil
	case len(t.MediaTypes()) > 0:
		media = t.MediaTypes()[0]
	default:
		media = mediaPlain
	}
	return media, t.checkAllowed(media)
}

// sniffedMediaType returns the declared media type, unless the first bytes of the
// content contradict it. Without a declared type it returns what the bytes are.
func sniffedMediaType(t Type, declared string, head []byte) (string, error) {
	if declared == "" {
		media := sniff.DetectAs(head, t.allows)
		return media, t.checkAllowed(media)
	}
	if !isText(declared) && sniff.Contradicts(declared, head) {
		return "", Errorf(ErrUnsupportedMediaType, "the content is not %s", declared)
	}
	return declared, nil
}

var errNotMediaType = Errorf(ErrUnsupportedMediaType, "media_type is not a media type in UTF-8")

func (t Type) checkAllowed(media string) error {
	if t.allows(media) {
		return nil
	}
	return Errorf(ErrUnsupportedMediaType, "%s is not a media type of %s assets", media, t)
}

// isText reports whether media is a text type. Text has no signature, so the whole
// content is checked instead.
func isText(media string) bool {
	return media == mediaPlain || media == mediaMarkdown || media == mediaHTML || media == mediaJSON
}

// contentChecker checks a content while it is read.
type contentChecker interface {
	Write(p []byte) (int, error)
	Finish() error
}

func newContentChecker(media string) contentChecker {
	switch media {
	case mediaJSON:
		return new(sniff.JSON)
	case mediaPlain, mediaMarkdown, mediaHTML:
		return new(sniff.Text)
	}
	return nil
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

// textProbe finds out whether a content is text and whether it is JSON, whatever its
// declared type. It refuses a content that is not the text that was declared.
type textProbe struct {
	declared   string
	text, json contentChecker // nil: the content is not
}

func (p *textProbe) Write(b []byte) (int, error) {
	return len(b), p.check(func(c contentChecker) error {
		_, err := c.Write(b)
		return err
	})
}

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
	case p.declared == mediaJSON:
		return notJSON
	case isText(p.declared):
		return notText
	}
	return nil
}
