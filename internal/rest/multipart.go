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
	"github.com/10ex/assets/internal/sniff"
)

const (
	maxBoundary = 70       // characters, RFC 2046 §5.1.1
	maxHeaders  = 64 << 10 // bytes of part headers, boundaries and preamble in total
	octetStream = "application/octet-stream"
)

// Upload is the content of a multipart body (RFC 7578). The operation reads it
// while it arrives. Read returns io.EOF only if the whole body is well-formed and
// ends after the content; otherwise it returns an error that wraps ErrBadRequest.
type Upload struct {
	io.Reader
	MediaType string // declared by the part, without parameters; empty for application/octet-stream
	Filename  string // declared by the part, without folders
}

// readMultipart reads the part "metadata" and the header of the part "content"
// after it. It returns an error that wraps ErrTooLarge if the announced length of
// the body leaves more than maxContent bytes for the content.
func readMultipart(r *http.Request, boundary string, maxContent int64) ([]byte, *Upload, error) {
	if r.ContentLength > maxContent+maxMetadata+maxHeaders {
		return nil, nil, assets.Errorf(assets.ErrTooLarge, "the content is larger than %d bytes", maxContent)
	}
	if boundary == "" || len(boundary) > maxBoundary {
		return nil, nil, assets.Errorf(assets.ErrBadRequest, "the boundary of a multipart body must have 1 to 70 characters")
	}
	b := &budget{r: r.Body, left: maxMetadata + maxHeaders}
	parts := multipart.NewReader(b, boundary)
	metadata, err := readMetadata(r, parts)
	if err != nil {
		return nil, nil, err
	}
	content, err := nextPart(parts, "content")
	if err != nil {
		return nil, nil, err
	}
	b.unlimited = true
	return metadata, &Upload{
		Reader:    &contentPart{part: content, parts: parts, budget: b},
		MediaType: declaredType(content.Header),
		Filename:  lastElement(content.FileName()),
	}, nil
}

// readMetadata reads the part "metadata", at most maxMetadata bytes.
func readMetadata(r *http.Request, parts *multipart.Reader) ([]byte, error) {
	part, err := nextPart(parts, "metadata")
	if err != nil {
		return nil, err
	}
	switch declaredType(part.Header) {
	case "", mediaJSON, "text/json", "text/plain": // text/plain is the default of a part, RFC 7578 §4.4
	default:
		return nil, assets.Errorf(assets.ErrUnsupportedMediaType, "the media type of the part metadata must be application/json")
	}
	text, err := readReserved(r, part, maxMetadata, maxMetadata, jsonCopies)
	if err != nil {
		return nil, malformed(err)
	}
	if len(text) > maxMetadata {
		return nil, errTooMuchMetadata
	}
	return text, nil
}

var errTooMuchMetadata = assets.Errorf(assets.ErrTooLarge, "the metadata or the headers of the parts are too large; metadata may have at most %d bytes", maxMetadata)

// nextPart returns the next part. It returns an error if it has another name or
// is encoded.
func nextPart(parts *multipart.Reader, name string) (*multipart.Part, error) {
	part, err := parts.NextRawPart()
	if err != nil {
		return nil, malformed(err)
	}
	if part.FormName() != name {
		return nil, assets.Errorf(assets.ErrBadRequest, "a multipart body must have the part metadata, then the part content, and no other part")
	}
	switch strings.ToLower(part.Header.Get("Content-Transfer-Encoding")) {
	case "", "binary", "8bit", "7bit":
	default:
		return nil, assets.Errorf(assets.ErrUnsupportedMediaType, "a part with Content-Transfer-Encoding is not accepted")
	}
	if part.Header.Get("Content-Encoding") != "" {
		return nil, assets.Errorf(assets.ErrUnsupportedMediaType, "a part with Content-Encoding is not accepted")
	}
	return part, checkWhole(part.Header)
}

// checkWhole returns an error that wraps ErrBadRequest if the headers say that the
// bytes are only a part of a content: a range (RFC 9110 §14.5), or a piece of a
// resumable upload.
func checkWhole(h textproto.MIMEHeader) error {
	partial := len(h.Values("Content-Range")) > 0 || len(h.Values("Upload-Offset")) > 0
	for _, v := range h.Values("Upload-Complete") {
		partial = partial || !strings.HasPrefix(strings.TrimSpace(v), "?1")
	}
	for _, v := range h.Values("Upload-Incomplete") {
		partial = partial || !strings.HasPrefix(strings.TrimSpace(v), "?0")
	}
	if !partial {
		return nil
	}
	return assets.Errorf(assets.ErrBadRequest, "a content must be sent whole in one request: "+
		"Content-Range, Upload-Offset, Upload-Complete: ?0 and Upload-Incomplete: ?1 are not accepted")
}

// declaredType is [DeclaredType] of a Content-Type.
func declaredType(h textproto.MIMEHeader) string { return DeclaredType(h.Get("Content-Type")) }

// DeclaredType returns the media type that text declares of a content, without
// parameters: an empty string for application/octet-stream by whatever name. A malformed
// media type is returned unchanged; the Library refuses it.
func DeclaredType(text string) string {
	media, _, err := mime.ParseMediaType(text)
	if err != nil {
		return text
	}
	if named, _ := sniff.ParseType(media); named == octetStream {
		return ""
	}
	return media
}

// lastElement removes the folders, separated by slashes or backslashes, that some
// clients send.
func lastElement(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if name == "." || name == ".." {
		return ""
	}
	return name
}

// contentPart reads the content. Before it returns io.EOF, it checks that the body
// ends with the closing boundary, so that an incomplete upload is an error.
type contentPart struct {
	part   *multipart.Part
	parts  *multipart.Reader
	budget *budget
	err    error // of the last Read
}

func (c *contentPart) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.part.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		c.err = c.expectEnd()
	case err != nil:
		c.err = malformed(err)
	}
	return n, c.err
}

// expectEnd reads the closing boundary. It returns io.EOF if the body ends there.
func (c *contentPart) expectEnd() error {
	c.budget.left, c.budget.unlimited = maxHeaders, false
	switch _, err := c.parts.NextRawPart(); err {
	case io.EOF: // a wrapped io.EOF means that the body is incomplete
		return io.EOF
	case nil:
		return assets.Errorf(assets.ErrBadRequest, "the part content must be the last one")
	default:
		return malformed(err)
	}
}

// malformed returns err unchanged if it has a code of its own, and otherwise wraps
// it in ErrBadRequest: package multipart reports the syntax of the body.
func malformed(err error) error {
	if assets.Code(err) != "internal_error" {
		return err
	}
	return fmt.Errorf("%w: %w", assets.Errorf(assets.ErrBadRequest, "the multipart body is malformed or incomplete"), err)
}

// budget limits how many bytes may be read before and after the content, so that
// a preamble or header cannot be endless.
type budget struct {
	r         io.Reader
	left      int
	unlimited bool // while the content is read
}

func (b *budget) Read(p []byte) (int, error) {
	if b.unlimited {
		return b.r.Read(p)
	}
	if b.left <= 0 {
		return 0, errTooMuchMetadata
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
