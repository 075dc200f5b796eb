package rest

import (
	"bytes"
	"cmp"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"reflect"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

const (
	mediaJSON  = "application/json"
	mediaForm  = "multipart/form-data"
	anyMedia   = "*/*"  // in the document
	sourceBody = "body" // the first element of the location of its problems
)

// readBody reads a JSON body, or the metadata part of a multipart body. The
// operation streams the content part itself.
func (b *binding) readBody(op *Operation, r *http.Request, in reflect.Value, p *problems) error {
	if len(r.Header.Values("Content-Encoding")) > 0 {
		return errContentEncoding
	}
	if b.upload != nil {
		if err := checkWhole(textproto.MIMEHeader(r.Header)); err != nil {
			return err
		}
	}
	media, params, err := contentType(r.Header)
	if err != nil {
		return err
	}
	into := in.FieldByIndex(b.body).Addr().Interface()
	if b.upload != nil && media == mediaForm {
		metadata, upload, err := readMultipart(r, params["boundary"], op.MaxUpload)
		if err != nil {
			return err
		}
		in.FieldByIndex(b.upload).Set(reflect.ValueOf(upload))
		defer release(r) // the content may take hours
		return decode(metadata, into, sourceBody, p)
	}
	if !slices.Contains(op.MediaTypes, media) && (media != mediaJSON || len(op.MediaTypes) > 0) {
		return assets.Errorf(assets.ErrUnsupportedMediaType, "this route does not accept the Content-Type of the body")
	}
	text, err := ReadBody(r, cmp.Or(op.MaxBody, DefaultBody), jsonCopies)
	if err != nil {
		return err
	}
	return decode(text, into, sourceBody, p)
}

var errContentEncoding = assets.Errorf(assets.ErrUnsupportedMediaType, "a body with Content-Encoding is not accepted")

// Content is a body of any media type. The operation reads it while it arrives.
type Content struct {
	io.Reader

	// MediaType is the declared media type without parameters. It is empty if
	// there is none, and for application/octet-stream and
	// application/x-www-form-urlencoded, which clients send by default.
	MediaType string

	// Length is the announced Content-Length, or -1 if it is unknown.
	Length int64
}

// readContent returns the body of r. It returns an error that wraps
// ErrUnsupportedMediaType if r has a Content-Encoding, or ErrBadRequest if the body is
// only a part of a content.
func readContent(r *http.Request) (*Content, error) {
	if len(r.Header.Values("Content-Encoding")) > 0 {
		return nil, errContentEncoding
	}
	if err := checkWhole(textproto.MIMEHeader(r.Header)); err != nil {
		return nil, err
	}
	media := declaredType(textproto.MIMEHeader(r.Header))
	if media == "application/x-www-form-urlencoded" { // the default of curl --data-binary
		media = ""
	}
	return &Content{r.Body, media, r.ContentLength}, nil
}

// contentType parses the Content-Type header. It returns an error unless there is
// exactly one and its charset, if any, is UTF-8, as RFC 8259 §8.1 requires of
// JSON.
func contentType(h http.Header) (media string, params map[string]string, err error) {
	lines := h.Values("Content-Type")
	if len(lines) == 1 {
		media, params, err = mime.ParseMediaType(lines[0])
	}
	charset, ok := params["charset"]
	if media == "" || err != nil || ok && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return "", nil, assets.Errorf(assets.ErrUnsupportedMediaType, "the request must have exactly one Content-Type, and its charset must be UTF-8")
	}
	return media, params, nil
}

// jsonCopies is how many copies of a JSON body are in memory while it is decoded.
const jsonCopies = 3

// smallBody is the size in bytes up to which a body is read without a reservation.
const smallBody = 64 << 10

// ReadBody reads the whole body of a request that a handler of this package has got.
// Before it reads more than 64 KiB, it reserves memory for the given number of copies,
// until the response is complete. It returns an error that wraps ErrTooLarge if the body
// has more than maxBytes bytes, or ErrUnavailable if there was no memory in time.
func ReadBody(r *http.Request, maxBytes, copies int64) ([]byte, error) {
	tooLarge := assets.Errorf(assets.ErrTooLarge, "the body is larger than %d bytes", maxBytes)
	if r.ContentLength > maxBytes {
		return nil, tooLarge
	}
	size := maxBytes
	if r.ContentLength > 0 {
		size = r.ContentLength
	}
	text, err := readReserved(r, r.Body, maxBytes, size, copies)
	if err == nil && int64(len(text)) > maxBytes {
		err = tooLarge
	}
	return text, err
}

// readReserved reads src, a body or a part of one, of which at most size bytes are
// expected, up to one byte more than maxBytes. Before it reads more than 64 KiB, it
// reserves memory as ReadBody does.
func readReserved(r *http.Request, src io.Reader, maxBytes, size, copies int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(src, min(smallBody, maxBytes)+1))
	if err != nil || len(text) <= smallBody {
		return text, err
	}
	if err := reserve(r, size*copies); err != nil {
		return nil, err
	}
	whole := bytes.NewBuffer(slices.Grow(text, int(size)+bytes.MinRead-len(text))) // what follows fits
	_, err = whole.ReadFrom(io.LimitReader(src, maxBytes+1-int64(len(text))))
	return whole.Bytes(), err
}
