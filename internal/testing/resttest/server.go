package httpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

const base = "/api/v1/assets"

// keys is a ring of bearers that say who they are.
type keys map[string]assets.Actor

func (k keys) Authenticate(_ context.Context, bearer string) (assets.Actor, error) {
	switch bearer {
	case "down":
		return assets.Actor{}, fmt.Errorf("dial db.internal: %w", assets.ErrUnavailable)
	case "bomb":
		panic("secret\nbomb")
	}
	a, ok := k[bearer]
	if !ok {
		return assets.Actor{}, fmt.Errorf("key %q: %w", bearer, assets.ErrUnauthorized)
	}
	return a, nil
}

func ring() keys {
	actor := func(ws, who string, kind assets.Kind, scopes ...assets.Scope) assets.Actor {
		return assets.Actor{Workspace: ws, Subject: who, Kind: kind, Scopes: scopes}
	}
	return keys{
		"ann":    actor("w1", "ann", assets.KindUser, assets.ScopeAll),
		"reader": actor("w1", "rita", assets.KindUser, assets.ScopeRead),
		"writer": actor("w1", "will", assets.KindService, assets.ScopeRead, assets.ScopeWrite),
		"agent":  actor("w1", "copy-bot", assets.KindAgent, assets.ScopeAll),
		"other":  actor("w2", "ann", assets.KindUser, assets.ScopeAll),
		"nobody": actor("", "ann", assets.KindUser, assets.ScopeAll),
	}
}

// faultyBlobs are Blobs whose stored bytes a test may spoil.
type faultyBlobs struct {
	assets.Blobs
	mu    sync.Mutex
	spoil func(io.ReadCloser, error) (io.ReadCloser, error)
	opens int
}

func (b *faultyBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opens++
	r, err := b.Blobs.Open(ctx, key, offset, length)
	if b.spoil != nil {
		return b.spoil(r, err)
	}
	return r, err
}

// spoiled spoils what is opened from now on.
func (b *faultyBlobs) spoiled(by func(io.ReadCloser, error) (io.ReadCloser, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spoil = by
}

func (b *faultyBlobs) opened() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opens
}

// world is a mounted library in memory.
type world struct {
	t     testing.TB
	lib   *assets.Library
	store *memory.Store
	blobs *faultyBlobs
	mux   *http.ServeMux
	log   *bytes.Buffer
	vars  map[string]string // what a scenario may write as {name}
}

func newWorld(t testing.TB, change ...func(*assets.Config, *httpx.Options)) *world {
	t.Helper()
	w := &world{
		t: t, store: memory.New(), blobs: &faultyBlobs{Blobs: blob.NewMemory()},
		mux: http.NewServeMux(), log: new(bytes.Buffer), vars: map[string]string{},
	}
	logger := slog.New(slog.NewJSONHandler(w.log, nil))
	cfg := assets.Config{
		Store: w.store, Blobs: w.blobs, Versioner: versioning.Linear{}, Approver: approval.Policy{},
		PublicURL: "https://assets.example", ReviewURL: func(id assets.ID) string { return "https://app.example/review/" + string(id) },
		SigningKeys: [][]byte{bytes.Repeat([]byte{7}, 32)}, Logger: logger,
	}
	opts := httpx.Options{Authenticate: httpx.Bearer(ring()), Logger: logger, StallTimeout: time.Minute}
	for _, c := range change {
		c(&cfg, &opts)
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.lib = lib
	httpx.Mount(w.mux, lib, opts)
	return w
}

// call is one request; {name} stands for a variable of the world.
type call struct {
	method, path string
	as           string // bearer; empty: none
	header       map[string]string
	body         string
	form         *form // instead of body
}

func (c call) request(w *world) *http.Request {
	w.t.Helper()
	body, header := w.fill(c.body), map[string]string{}
	if body != "" {
		header["Content-Type"] = "application/json"
	}
	if c.form != nil {
		var media string
		body, media = c.form.encode(w.t)
		header["Content-Type"] = media
	}
	if c.as != "" {
		header["Authorization"] = "Bearer " + c.as
	}
	maps.Copy(header, c.header)
	r := httptest.NewRequestWithContext(w.t.Context(), c.method, w.fill(c.path), strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, w.fill(value))
	}
	return r
}

func (w *world) fill(s string) string {
	for name, value := range w.vars {
		s = strings.ReplaceAll(s, "{"+name+"}", value)
	}
	return s
}

// send sends a call to the routes and returns the response. It records both; see
// [world.record].
func (w *world) send(c call) *httptest.ResponseRecorder {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, c.request(w))
	w.record(c, rec)
	return rec
}

// must sends a call that is part of a test's setting and answers its JSON.
func (w *world) must(status int, c call) map[string]any {
	w.t.Helper()
	rec := w.send(c)
	if rec.Code != status {
		w.t.Fatalf("%s %s: %d %s", c.method, w.fill(c.path), rec.Code, rec.Body)
	}
	var out map[string]any
	if rec.Body.Len() > 0 && strings.HasPrefix(rec.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
			w.t.Fatal(err)
		}
	}
	return out
}

// create makes an asset of inline text and answers its id, also as {id}.
func (w *world) create(title, text string) string {
	w.t.Helper()
	body, _ := json.Marshal(map[string]any{"type": "copy", "title": title, "text": text})
	id, _ := w.must(201, call{method: "POST", path: base, as: "writer", body: string(body)})["id"].(string)
	w.vars["id"] = id
	return id
}

// upload makes an asset of a file and answers its id, also as {id}.
func (w *world) upload(typ, media, filename string, content []byte) string {
	w.t.Helper()
	metadata, _ := json.Marshal(map[string]any{"type": typ, "title": "A file", "filename": filename})
	f := form{{name: "metadata", body: string(metadata)}, {name: "content", media: media, body: string(content)}}
	id, _ := w.must(201, call{method: "POST", path: base, as: "writer", form: &f})["id"].(string)
	w.vars["id"] = id
	return id
}

// count is how many assets a workspace has.
func (w *world) count() int {
	w.t.Helper()
	items, _ := w.must(200, call{method: "GET", path: base, as: "ann"})["items"].([]any)
	return len(items)
}

// form is a multipart body, its parts in order.
type form []part

type part struct {
	name, media, filename, body string
	header                      map[string]string
}

const boundary = "xxBOUNDARYxx"

func (f form) encode(t testing.TB) (body, media string) {
	t.Helper()
	var b strings.Builder
	mw := multipart.NewWriter(&b)
	if err := mw.SetBoundary(boundary); err != nil {
		t.Fatal(err)
	}
	for _, p := range f {
		h := textproto.MIMEHeader{}
		d := fmt.Sprintf(`form-data; name=%q`, p.name)
		if p.filename != "" {
			d += fmt.Sprintf(`; filename=%q`, p.filename)
		}
		h.Set("Content-Disposition", d)
		if p.media != "" {
			h.Set("Content-Type", p.media)
		}
		for k, v := range p.header {
			h.Set(k, v)
		}
		pw, err := mw.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(pw, p.body)
	}
	if err := mw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), mw.FormDataContentType()
}

// broken is a reader that fails after n bytes.
func broken(r io.ReadCloser, n int64) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, n), iotest.ErrReader(io.ErrUnexpectedEOF)), r}
}

// failing is a back end that answers an error instead of an object.
func failing(err error) func(io.ReadCloser, error) (io.ReadCloser, error) {
	return func(r io.ReadCloser, opened error) (io.ReadCloser, error) {
		if opened == nil {
			_ = r.Close()
		}
		return nil, err
	}
}
