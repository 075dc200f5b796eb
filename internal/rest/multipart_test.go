package rest_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

const (
	metadataPart = "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{\"title\":\"t\"}\r\n"
	contentPart  = "--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nbytes\r\n"
	lastBoundary = "--b--\r\n"
)

// upload returns a route whose response shows the parts of a multipart body.
func upload(maxUpload int64) rest.Route {
	type input struct {
		Body struct {
			Title string `json:"title"`
		}
		File *rest.Upload
	}
	op := rest.Operation{Name: "upload", Method: http.MethodPost, Path: "/upload", MaxUpload: maxUpload}
	return rest.Typed(op, func(_ context.Context, _ assets.Actor, in *input) (rest.Reply[string], error) {
		if in.File == nil {
			return rest.Reply[string]{Body: in.Body.Title + " without file"}, nil
		}
		text, err := io.ReadAll(in.File)
		return rest.Reply[string]{Body: strings.Join([]string{in.Body.Title, in.File.Filename, in.File.MediaType, string(text)}, " ")}, err
	})
}

func TestUpload(t *testing.T) {
	t.Parallel()
	const multipart = "multipart/form-data; boundary=b"
	part := func(header, text string) string {
		return "--b\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + text + "\r\n"
	}
	for name, tt := range map[string]struct {
		media, body string
		want        string // the response, or its code
	}{
		"parts":                        {multipart, metadataPart + contentPart + lastBoundary, `"t a.txt text/plain bytes"`},
		"JSON":                         {"application/json", `{"title":"t"}`, `"t without file"`},
		"octet stream by an alias":     {multipart, metadataPart + part("name=\"content\"; filename=\"b.bin\"\r\nContent-Type: Binary/Octet-Stream; charset=binary", "x") + lastBoundary, `"t b.bin  x"`},
		"octet stream, folders":        {multipart, metadataPart + part("name=\"content\"; filename=\"C:\\\\x\\\\b.bin\"\r\nContent-Type: application/octet-stream", "x") + lastBoundary, `"t b.bin  x"`},
		"no file name":                 {multipart, metadataPart + part(`name="content"; filename=".."`, "x") + lastBoundary, `"t   x"`},
		"empty content":                {multipart, metadataPart + part(`name="content"; filename="e"`, "") + lastBoundary, `"t e  "`},
		"content first":                {multipart, contentPart + metadataPart + lastBoundary, "bad_request"},
		"no content":                   {multipart, metadataPart + lastBoundary, "bad_request"},
		"a third part":                 {multipart, metadataPart + contentPart + part(`name="more"`, "x") + lastBoundary, "bad_request"},
		"no last boundary":             {multipart, metadataPart + contentPart, "bad_request"},
		"cut within the content":       {multipart, strings.TrimSuffix(metadataPart+contentPart, "tes\r\n"), "bad_request"},
		"no boundary":                  {"multipart/form-data", metadataPart + contentPart + lastBoundary, "bad_request"},
		"a long boundary":              {"multipart/form-data; boundary=" + strings.Repeat("b", 71), "", "bad_request"},
		"metadata as text FIL-09":      {multipart, part("name=\"metadata\"\r\nContent-Type: text/plain; charset=utf8", `{"title":"t"}`) + contentPart + lastBoundary, `"t a.txt text/plain bytes"`},
		"metadata that are not JSON":   {multipart, part("name=\"metadata\"\r\nContent-Type: text/html", "{}") + contentPart + lastBoundary, "unsupported_media_type"},
		"encoded for transfer":         {multipart, metadataPart + part("name=\"content\"\r\nContent-Transfer-Encoding: base64", "eA==") + lastBoundary, "unsupported_media_type"},
		"compressed":                   {multipart, metadataPart + part("name=\"content\"\r\nContent-Encoding: gzip", "x") + lastBoundary, "unsupported_media_type"},
		"large metadata":               {multipart, part(`name="metadata"`, `{"title":"`+strings.Repeat("t", 256<<10)+`"}`) + contentPart + lastBoundary, "payload_too_large"},
		"an endless preamble":          {multipart, strings.Repeat("x\r\n", 200<<10) + metadataPart + contentPart + lastBoundary, "payload_too_large"},
		"an endless epilogue header":   {multipart, metadataPart + contentPart + "--b\r\nX: " + strings.Repeat("x", 128<<10), "payload_too_large"},
		"another media type of a form": {"application/x-www-form-urlencoded", "title=t", "unsupported_media_type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := serve(t, upload(1<<20), tt.body, "Content-Type", tt.media)
			if got := rec.Body.String(); got != tt.want && !strings.Contains(got, `"code":"`+tt.want+`"`) {
				t.Errorf("%d %s, want %s", rec.Code, got, tt.want)
			}
		})
	}
}

func TestAnnouncedUploadIsTooLarge(t *testing.T) {
	t.Parallel()
	body := metadataPart + contentPart + strings.Repeat("x", 320<<10) + lastBoundary
	rec := serve(t, upload(10), body, "Content-Type", "multipart/form-data; boundary=b")
	if rec.Code != http.StatusRequestEntityTooLarge || !strings.Contains(rec.Body.String(), "larger than 10 bytes") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
