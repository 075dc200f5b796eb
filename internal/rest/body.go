package rest

import (
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
	mediaJSON = "application/json"
	placeBody = "body" // where problems of a body are
)

// readBody reads a JSON body, or the metadata part of a multipart one, whose
// content is left to be streamed.
func (b *binding) readBody(op *Operation, r *http.Request, in reflect.Value, p *problems) error {
	if len(r.Header.Values("Content-Encoding")) > 0 {
		return errEncoded
	}
	media, params, err := contentType(r.Header)
	if err != nil {
		return err
	}
	into := in.FieldByIndex(b.body).Addr().Interface()
	if b.upload != nil && media == "multipart/form-data" {
		metadata, upload, err := readMultipart(r, params["boundary"], op.MaxUpload)
		if err != nil {
			return err
		}
		in.FieldByIndex(b.upload).Set(reflect.ValueOf(upload))
		return decode(metadata, into, placeBody, p)
	}
	if !slices.Contains(op.MediaTypes, media) && (media != mediaJSON || len(op.MediaTypes) > 0) {
		return assets.Errorf(assets.ErrUnsupportedMediaType, "the Content-Type of the body is not one that this route takes")
	}
	text, err := readJSON(r, cmp.Or(op.MaxBody, DefaultBody))
	if err != nil {
		return err
	}
	return decode(text, into, placeBody, p)
}

var errEncoded = assets.Errorf(assets.ErrUnsupportedMediaType, "a body with Content-Encoding is not accepted")

// Content is a body of any media type, to be read while it arrives.
type Content struct {
	io.Reader
	MediaType string // as the header declares it; empty for none, and for what clients put in when they are told none
	Length    int64  // as the header announces it; -1: unknown
}

func readContent(r *http.Request) (*Content, error) {
	if len(r.Header.Values("Content-Encoding")) > 0 {
		return nil, errEncoded
	}
	media := declaredType(textproto.MIMEHeader(r.Header))
	if media == "application/x-www-form-urlencoded" { // curl --data-binary
		media = ""
	}
	return &Content{r.Body, media, r.ContentLength}, nil
}

// contentType reads the header; JSON has no charset but UTF-8 (RFC 8259 §8.1).
func contentType(h http.Header) (media string, params map[string]string, err error) {
	lines := h.Values("Content-Type")
	if len(lines) == 1 {
		media, params, err = mime.ParseMediaType(lines[0])
	}
	charset, ok := params["charset"]
	if media == "" || err != nil || ok && !strings.EqualFold(charset, "utf-8") {
		return "", nil, assets.Errorf(assets.ErrUnsupportedMediaType, "the body needs one Content-Type, in UTF-8")
	}
	return media, params, nil
}

func readJSON(r *http.Request, most int64) ([]byte, error) {
	tooLarge := assets.Errorf(assets.ErrTooLarge, "the body is larger than %d bytes", most)
	if r.ContentLength > most {
		return nil, tooLarge
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, tooLarge
	}
	return text, nil
}
