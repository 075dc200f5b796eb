package rest_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// note returns a route with a JSON body whose response is the text of the note.
func note(op rest.Operation) rest.Route {
	type input struct {
		Body struct {
			Text string `json:"text"`
		}
	}
	op.Name, op.Method, op.Path = "note", http.MethodPost, "/note"
	return rest.Typed(op, func(_ context.Context, _ assets.Actor, in *input) (rest.Reply[string], error) {
		return rest.Reply[string]{Body: in.Body.Text}, nil
	})
}

func TestJSONBody(t *testing.T) {
	t.Parallel()
	patch := []string{"application/merge-patch+json"}
	for name, tt := range map[string]struct {
		op     rest.Operation
		body   string
		header []string
		want   int
	}{
		"JSON":                  {rest.Operation{}, `{"text":"a"}`, nil, 200},
		"charset":               {rest.Operation{}, `{"text":"a"}`, []string{"Content-Type", "application/json; charset=UTF-8"}, 200},
		"another charset":       {rest.Operation{}, `{"text":"a"}`, []string{"Content-Type", "application/json; charset=utf-16"}, 415},
		"another type":          {rest.Operation{}, `{"text":"a"}`, []string{"Content-Type", "text/plain"}, 415},
		"no type":               {rest.Operation{}, `{"text":"a"}`, []string{"Content-Type", ""}, 415},
		"UTF-8 by another name": {rest.Operation{}, `{"text":"a"}`, []string{"Content-Type", "application/json; charset=utf8"}, 200},
		"two types":             {rest.Operation{}, `{"text":"a"}`, []string{"Content-Type", "application/json", "content-type", "application/json"}, 415},
		"compressed":            {rest.Operation{}, `{"text":"a"}`, []string{"Content-Encoding", "gzip"}, 415},
		"type of the operation": {rest.Operation{MediaTypes: patch}, `{"text":"a"}`, []string{"Content-Type", patch[0]}, 200},
		"type of another one":   {rest.Operation{MediaTypes: patch}, `{"text":"a"}`, nil, 415},
		"at the limit":          {rest.Operation{MaxBody: 12}, `{"text":"a"}`, nil, 200},
		"over the limit":        {rest.Operation{MaxBody: 11}, `{"text":"a"}`, nil, 413},
		"over the default":      {rest.Operation{}, `{"text":"` + strings.Repeat("a", rest.DefaultBody) + `"}`, nil, 413},
		"not JSON":              {rest.Operation{}, `{"text":`, nil, 400},
		"not an object":         {rest.Operation{}, `[]`, nil, 422},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if rec := serve(t, note(tt.op), tt.body, tt.header...); rec.Code != tt.want {
				t.Errorf("%d %s, want %d", rec.Code, rec.Body, tt.want)
			}
		})
	}
}

// memory records what bodies reserve.
type memory struct {
	reserved, released int64
	cut                func()
	err                error
}

func (m *memory) receive(_ context.Context, bytes int64, cut func()) (func(), error) {
	if m.err != nil {
		return nil, m.err
	}
	m.reserved, m.cut = m.reserved+bytes, cut
	return func() { m.released += bytes }, nil
}

// sendNote posts a body whose memory is reserved in m.
func sendNote(t *testing.T, m *memory, body io.Reader, length int64) *deadlineRecorder {
	t.Helper()
	h := rest.New(rest.Config{
		Prefix: "/x", IdleTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler), Receive: m.receive,
	}, note(rest.Operation{MaxBody: 1 << 20}))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x/note", body)
	r.ContentLength = length
	r.Header.Set("Content-Type", "application/json")
	rec := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(rec, r)
	return rec
}

// TestLargeBodyReservesMemoryHOS05: a body of more than 64 KiB reserves memory for its
// copies until the response is complete; without memory it is not read on.
func TestLargeBodyReservesMemoryHOS05(t *testing.T) {
	t.Parallel()
	text := func(n int) string { return `{"text":"` + strings.Repeat("a", n-11) + `"}` }
	for name, tt := range map[string]struct {
		size, length, reserved int64
		err                    error
		want                   int
	}{
		"small":                    {64 << 10, 64 << 10, 0, nil, 200},
		"large":                    {100_000, 100_000, 300_000, nil, 200},
		"large, of unknown length": {100_000, -1, 3 << 20, nil, 200},
		"as large as allowed":      {1 << 20, 1 << 20, 3 << 20, nil, 200},
		"too large":                {1<<20 + 1, -1, 3 << 20, nil, 413},
		"no memory":                {100_000, 100_000, 0, assets.ErrUnavailable, 503},
	} {
		m := &memory{err: tt.err}
		rec := sendNote(t, m, strings.NewReader(text(int(tt.size))), tt.length)
		if rec.Code != tt.want || m.reserved != tt.reserved || m.released != m.reserved {
			t.Errorf("%s: %d %.100s; %d reserved, %d released", name, rec.Code, rec.Body, m.reserved, m.released)
		}
		if rec.Code == 200 && rec.Body.Len() != int(tt.size)-9 {
			t.Errorf("%s: %d bytes", name, rec.Body.Len())
		}
	}
}

// TestSlowBodyIsCutHOS05: a body whose memory others wait for is not read on, also if a
// read waits for the client.
func TestSlowBodyIsCutHOS05(t *testing.T) {
	t.Parallel()
	m := &memory{}
	sent := 0
	rec := sendNote(t, m, readerFunc(func(p []byte) (int, error) {
		if m.cut != nil {
			m.cut()
		}
		n := copy(p, strings.Repeat(" ", 1000))
		sent += n
		return n, nil
	}), 1<<20)
	if rec.Code != 503 || m.released != m.reserved || sent > 68<<10 {
		t.Errorf("%d %s after %d bytes; %d reserved, %d released", rec.Code, rec.Body, sent, m.reserved, m.released)
	}
	if !slices.ContainsFunc(rec.read, func(d time.Time) bool { return !d.IsZero() && d.Before(time.Now().Add(-time.Hour)) }) {
		t.Error("the read that waited was not ended")
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestContent(t *testing.T) {
	t.Parallel()
	type input struct{ Raw *rest.Content }
	op := rest.Operation{Name: "put", Method: http.MethodPut, Path: "/put"}
	type result struct {
		Text, Type string
		Length     int64
	}
	route := rest.Typed(op, func(_ context.Context, _ assets.Actor, in *input) (rest.Reply[result], error) {
		text, err := io.ReadAll(in.Raw)
		return rest.Reply[result]{Body: result{string(text), in.Raw.MediaType, in.Raw.Length}}, err
	})
	for media, want := range map[string]string{
		"image/png":                         `{"Text":"bytes","Type":"image/png","Length":5}`,
		"text/plain; charset=utf-8":         `{"Text":"bytes","Type":"text/plain","Length":5}`,
		"application/octet-stream":          `{"Text":"bytes","Type":"","Length":5}`,
		"binary/octet-stream":               `{"Text":"bytes","Type":"","Length":5}`,
		"application/x-download; name=x":    `{"Text":"bytes","Type":"","Length":5}`,
		"application/x-www-form-urlencoded": `{"Text":"bytes","Type":"","Length":5}`,
		"":                                  `{"Text":"bytes","Type":"","Length":5}`,
		"malformed/":                        `{"Text":"bytes","Type":"malformed/","Length":5}`,
	} {
		if rec := serve(t, route, "bytes", "Content-Type", media); rec.Body.String() != want {
			t.Errorf("%s: %d %s", media, rec.Code, rec.Body)
		}
	}
	if rec := serve(t, route, "bytes", "Content-Encoding", "br"); rec.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a compressed body: %d", rec.Code)
	}
}

// TestPartOfAContentFIL03: bytes that are declared as a part of a content are refused.
func TestPartOfAContentFIL03(t *testing.T) {
	t.Parallel()
	type input struct{ Raw *rest.Content }
	put := rest.Typed(rest.Operation{Name: "put", Method: http.MethodPut, Path: "/put"},
		func(context.Context, assets.Actor, *input) (rest.Reply[string], error) {
			return rest.Reply[string]{Body: "read"}, nil
		})
	for header, want := range map[string]int{
		"Content-Range: bytes 0-4/10":     400,
		"Content-Range: bytes 0-4/5":      400, // the whole, but no server of parts would know
		"Content-Range: bytes */10":       400,
		"Content-Range: ":                 400,
		"Upload-Offset: 0":                400,
		"Upload-Complete: ?0":             400,
		"Upload-Complete: ?0;final":       400,
		"Upload-Complete: false":          400,
		"Upload-Incomplete: ?1":           400,
		"Upload-Complete: ?1":             200,
		"Upload-Incomplete: ?0":           200,
		"Upload-Complete:  ?1 ":           200,
		"Upload-Draft-Interop-Version: 6": 200,
	} {
		name, value, _ := strings.Cut(header, ": ")
		if rec := serve(t, put, "bytes", name, value); rec.Code != want {
			t.Errorf("PUT with %s: %d %s", header, rec.Code, rec.Body)
		}
		body := metadataPart + strings.Replace(contentPart, "\r\n\r\n", "\r\n"+header+"\r\n\r\n", 1) + lastBoundary
		if rec := serve(t, upload(1<<20), body, "Content-Type", "multipart/form-data; boundary=b"); rec.Code != want {
			t.Errorf("a part with %s: %d %s", header, rec.Code, rec.Body)
		}
		body = metadataPart + contentPart + lastBoundary
		if rec := serve(t, upload(1<<20), body, "Content-Type", "multipart/form-data; boundary=b", name, value); rec.Code != want {
			t.Errorf("a form with %s: %d %s", header, rec.Code, rec.Body)
		}
		if rec := serve(t, upload(1<<20), `{"title":"t"}`, name, value); rec.Code != want {
			t.Errorf("JSON with %s: %d %s", header, rec.Code, rec.Body)
		}
	}
}
