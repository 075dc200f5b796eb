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

// MediaTypes answers the media types a content of type t may have, the default
// for inline text first; none means any (a bundle).
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

// mayBeEmpty: an empty file means something only where text or anything goes.
func (t Type) mayBeEmpty() bool {
	return t == TypeCopy || t == TypeBlog || t == TypeBundle
}

// searchable says whether the words of a content are kept.
func (t Type) searchable() bool { return t == TypeCopy || t == TypeBlog }

// declaredMedia answers the media type that is known before the first byte:
// the declared one, or the default for inline text; none for a file that has
// to be sniffed.
func declaredMedia(t Type, in NewVersion) (string, error) {
	media := in.MediaType
	switch {
	case media != "":
		bare, ok := sniff.ParseType(media)
		if !ok {
			return "", errNotMedia
		}
		media = bare
	case in.Text == "":
		return "", nil
	case len(t.MediaTypes()) > 0:
		media = t.MediaTypes()[0]
	default:
		media = mediaPlain
	}
	return media, t.admits(media)
}

// sniffedMedia judges the bytes that a content begins with: they must bear
// out the declared type; without one they decide.
func sniffedMedia(t Type, declared string, head []byte) (string, error) {
	if declared == "" {
		media := sniff.DetectAs(head, t.allows)
		return media, t.admits(media)
	}
	if !textual(declared) && sniff.Contradicts(declared, head) {
		return "", Errorf(ErrUnsupportedMediaType, "the content is not %s", declared)
	}
	return declared, nil
}

var errNotMedia = Errorf(ErrUnsupportedMediaType, "media_type is not a media type in UTF-8")

func (t Type) admits(media string) error {
	if t.allows(media) {
		return nil
	}
	return Errorf(ErrUnsupportedMediaType, "%s is not a media type of %s assets", media, t)
}

// textual types have no signature: their whole content is checked instead.
func textual(media string) bool {
	return media == mediaPlain || media == mediaMarkdown || media == mediaHTML || media == mediaJSON
}

// checker judges a content while it passes.
type checker interface {
	Write(p []byte) (int, error)
	Finish() error
}

func newChecker(media string) checker {
	switch media {
	case mediaJSON:
		return new(sniff.JSON)
	case mediaPlain, mediaMarkdown, mediaHTML:
		return new(sniff.Text)
	}
	return nil
}

// extension of the default file name.
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

// nature finds out what text a content is, whatever it was declared to be; it
// refuses what is not the text that was declared.
type nature struct {
	declared   string
	text, json checker // nil: it is not
}

func (n *nature) Write(p []byte) (int, error) {
	return len(p), n.judge(func(c checker) error {
		_, err := c.Write(p)
		return err
	})
}

func (n *nature) Finish() error { return n.judge(checker.Finish) }

func (n *nature) judge(by func(checker) error) error {
	var notText, notJSON error
	if n.text != nil {
		if notText = by(n.text); notText != nil {
			n.text = nil
		}
	}
	if n.json != nil {
		if notJSON = by(n.json); notJSON != nil {
			n.json = nil
		}
	}
	switch {
	case n.declared == mediaJSON:
		return notJSON
	case textual(n.declared):
		return notText
	}
	return nil
}
