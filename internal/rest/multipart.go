package rest

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/10ex/assets"
)

const (
	maxBoundary = 70       // characters, RFC 2046 §5.1.1
	maxHeaders  = 64 << 10 // bytes of part headers, boundaries and preamble together
	octetStream = "application/octet-stream"
)

// Upload is the content of a multipart body (RFC 7578), to be read while it
// arrives. Read answers io.EOF only when the whole body was well-formed and
// has ended there; else an error that wraps ErrBadRequest.
type Upload struct {
	io.Reader
	MediaType string // as the part declares it; empty for application/octet-stream
	Filename  string // the last element of the path that the part gives
}

// readMultipart reads the part "metadata" and the header of the part "content"
// behind it. At most most bytes of content may be announced.
func readMultipart(r *http.Request, boundary string, most int64) ([]byte, *Upload, error) {
	if r.ContentLength > most+maxMetadata+maxHeaders {
		return nil, nil, assets.Errorf(assets.ErrTooLarge, "the content is larger than %d bytes", most)
	}
	if boundary == "" || len(boundary) > maxBoundary {
		return nil, nil, assets.Errorf(assets.ErrBadRequest, "a multipart body needs a boundary of 1 to 70 characters")
	}
	b := &budget{r: r.Body, left: maxMetadata + maxHeaders}
	parts := multipart.NewReader(b, boundary)
	metadata, err := readMetadata(parts)
	if err != nil {
		return nil, nil, err
	}
	content, err := nextPart(parts, "content")
	if err != nil {
		return nil, nil, err
	}
	b.lifted = true
	return metadata, &Upload{
		Reader:    &contentPart{part: content, parts: parts, budget: b},
		MediaType: declaredType(content.Header),
		Filename:  lastElement(content.FileName()),
	}, nil
}

func readMetadata(parts *multipart.Reader) ([]byte, error) {
	part, err := nextPart(parts, "metadata")
	if err != nil {
		return nil, err
	}
	if media := declaredType(part.Header); media != "" && media != mediaJSON {
		return nil, assets.Errorf(assets.ErrUnsupportedMediaType, "the part metadata must be application/json")
	}
	text, err := io.ReadAll(io.LimitReader(part, maxMetadata+1))
	if err != nil {
		return nil, malformed(err)
	}
	if len(text) > maxMetadata {
		return nil, errMetadata
	}
	return text, nil
}

var errMetadata = assets.Errorf(assets.ErrTooLarge, "what surrounds the content in a multipart body is too large; metadata may have %d bytes", maxMetadata)

func nextPart(parts *multipart.Reader, name string) (*multipart.Part, error) {
	part, err := parts.NextRawPart()
	if err != nil {
		return nil, malformed(err)
	}
	if part.FormName() != name {
		return nil, assets.Errorf(assets.ErrBadRequest, "a multipart body has the part metadata, then the part content, and no other")
	}
	switch strings.ToLower(part.Header.Get("Content-Transfer-Encoding")) {
	case "", "binary", "8bit", "7bit":
	default:
		return nil, assets.Errorf(assets.ErrUnsupportedMediaType, "a part with Content-Transfer-Encoding is not accepted")
	}
	if part.Header.Get("Content-Encoding") != "" {
		return nil, assets.Errorf(assets.ErrUnsupportedMediaType, "a part with Content-Encoding is not accepted")
	}
	return part, nil
}

// declaredType answers the media type of a part without parameters; a
// malformed one as it stands, for the reader of the content to refuse.
func declaredType(h textproto.MIMEHeader) string {
	text := h.Get("Content-Type")
	media, _, err := mime.ParseMediaType(text)
	switch {
	case err != nil:
		return text
	case media == octetStream:
		return ""
	}
	return media
}

// lastElement drops the folders that some clients send, of either system.
func lastElement(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if name == "." || name == ".." {
		return ""
	}
	return name
}

// contentPart reads the content and, before it answers io.EOF, makes sure that
// the body ends as it should: a cut upload never looks complete.
type contentPart struct {
	part   *multipart.Part
	parts  *multipart.Reader
	budget *budget
	err    error // how it ended
}

func (c *contentPart) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.part.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		c.err = c.end()
	case err != nil:
		c.err = malformed(err)
	}
	return n, c.err
}

// end looks for the closing boundary.
func (c *contentPart) end() error {
	c.budget.left, c.budget.lifted = maxHeaders, false
	switch _, err := c.parts.NextRawPart(); err {
	case io.EOF: // not one that is wrapped: that is a cut body
		return io.EOF
	case nil:
		return assets.Errorf(assets.ErrBadRequest, "a part follows the part content")
	default:
		return malformed(err)
	}
}

// malformed keeps errors of ours; any other is about the form of the body.
func malformed(err error) error {
	if assets.Code(err) != "internal_error" {
		return err
	}
	return fmt.Errorf("%w: %w", assets.Errorf(assets.ErrBadRequest, "the multipart body is malformed or was cut"), err)
}

// budget limits what may be read before the content begins and behind it, so
// that an endless preamble or header ends.
type budget struct {
	r      io.Reader
	left   int
	lifted bool
}

func (b *budget) Read(p []byte) (int, error) {
	if b.lifted {
		return b.r.Read(p)
	}
	if b.left <= 0 {
		return 0, errMetadata
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
