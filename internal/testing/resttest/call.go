package resttest

import (
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
)

// WithKey returns a POST call with an idempotency key.
func WithKey(as, path, key, body string) Call {
	return Call{Method: "POST", Path: path, As: as, Body: body, Header: map[string]string{"Idempotency-Key": key}}
}

// CopyBody is a valid body of a create.
const CopyBody = `{"type":"copy","title":"t","text":"x"}`

// requestID is the id of each request, so that equal requests have equal responses.
const requestID = "resttest"

// Call is a request. In its path, header and body, {name} is replaced by the
// server's variable of that name.
type Call struct {
	Method, Path string
	As           string // bearer token; none if empty
	Header       map[string]string
	Body         string
	Form         *Form // instead of Body
}

// Request returns the request that the call makes. The media type of a Body is JSON
// unless Header has another.
func (c Call) Request(srv *Server) *http.Request {
	srv.TB.Helper()
	body, header := srv.Fill(c.Body), map[string]string{"X-Request-Id": requestID}
	if body != "" {
		header["Content-Type"] = "application/json"
	}
	if c.Form != nil {
		var media string
		body, media = c.Form.Encode(srv.TB)
		header["Content-Type"] = media
	}
	if c.As != "" {
		header["Authorization"] = "Bearer " + c.As
	}
	maps.Copy(header, c.Header)
	r := httptest.NewRequestWithContext(srv.TB.Context(), c.Method, srv.Fill(c.Path), strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, srv.Fill(value))
	}
	return r
}

// Form is a multipart body.
type Form []Part

// Part is one part of a Form.
type Part struct {
	Name, Media, Filename, Body string
	Header                      map[string]string
}

const boundary = "xxBOUNDARYxx"

// Encode returns the body and its media type.
func (f Form) Encode(t testing.TB) (body, media string) {
	t.Helper()
	var b strings.Builder
	mw := multipart.NewWriter(&b)
	if err := mw.SetBoundary(boundary); err != nil {
		t.Fatal(err)
	}
	for _, p := range f {
		h := textproto.MIMEHeader{}
		d := fmt.Sprintf(`form-data; name=%q`, p.Name)
		if p.Filename != "" {
			d += fmt.Sprintf(`; filename=%q`, p.Filename)
		}
		h.Set("Content-Disposition", d)
		if p.Media != "" {
			h.Set("Content-Type", p.Media)
		}
		for k, v := range p.Header {
			h.Set(k, v)
		}
		pw, err := mw.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(pw, p.Body)
	}
	if err := mw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), mw.FormDataContentType()
}
