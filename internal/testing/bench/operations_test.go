package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
)

const base = "/api/v1/assets"

// operation is a request that both servers know.
type operation struct {
	name     string
	kind     kind
	consumes bool // each draft once
	request  func(s *subject, id string) request
}

// kind is how the floor of an operation is made.
type kind int

const (
	creation kind = iota
	approving
	reading
	listing
	downloading
)

// request is a request without its server.
type request struct {
	method, path, contentType string
	body                      []byte
}

func operations() []operation {
	get := func(path string) func(*subject, string) request {
		return func(s *subject, _ string) request { return request{method: http.MethodGet, path: base + s.fill(path)} }
	}
	create := func(name string, typ assets.Type, size int) operation {
		return operation{name: "create, " + name, kind: creation, request: func(*subject, string) request { return creationOf(typ, size) }}
	}
	return []operation{
		create("500 B copy", assets.TypeCopy, 500),
		create("8 KB copy", assets.TypeCopy, 8_000),
		create("60 KB blog", assets.TypeBlog, 60_000),
		create("64 KB deck", assets.TypeSlide, 64_000),
		{name: "approve", kind: approving, consumes: true, request: func(_ *subject, id string) request {
			return request{http.MethodPost, base + "/" + id + "/approval", "application/json", []byte(`{"action":"approve","version":1}`)}
		}},
		{name: "get one", kind: reading, request: get("/{id}")},
		{name: "list, first page of 50", kind: listing, request: get("?limit=50")},
		{name: "list, status and type", kind: listing, request: get("?limit=50&status=draft&type=image")},
		{name: "download, 500 B", kind: downloading, request: get("/{small}/versions/current/content")},
		{name: "download, 64 KB", kind: downloading, request: get("/{id}/versions/current/content")},
	}
}

// serial numbers contents, so that no two are equal.
var serial atomic.Int64

// creationOf returns a request that creates an asset with a content of a size.
func creationOf(typ assets.Type, size int) request {
	n := serial.Add(1)
	meta, _ := json.Marshal(map[string]any{ // strings only
		"type": typ, "title": fmt.Sprintf("Spring launch %d", n), "campaign_id": fmt.Sprintf("c%d", n%50),
		"tags":       map[string][]string{"channel": {"email"}, "audience": {fmt.Sprintf("a%d", n%9)}},
		"provenance": map[string]string{"agent_slug": fmt.Sprintf("a%d", n%17), "run_id": fmt.Sprintf("r%d", n/20), "brand_id": "b1", "brief_id": "b2"},
	})
	name, media, content := "copy.txt", "text/plain", prose(n, size)
	if typ == assets.TypeSlide {
		name, media = "deck.pdf", "application/pdf"
		content = append([]byte(fmt.Sprintf("%%PDF-1.7\n%%%d\n", n)), noise[:size-40]...)
		content = append(content, "\n%%EOF\n"...)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part := func(field, file, media string, content []byte) {
		h := textproto.MIMEHeader{"Content-Type": {media}}
		h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q", field))
		if file != "" {
			h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=%q", field, file))
		}
		p, _ := w.CreatePart(h) // writing to memory does not fail
		_, _ = p.Write(content)
	}
	part("metadata", "", "application/json", meta)
	part("content", name, media, content)
	_ = w.Close()
	return request{http.MethodPost, base, w.FormDataContentType(), body.Bytes()}
}

// vocabulary has words as frequent as in prose when they are chosen by a Zipf distribution.
var vocabulary = func() (words []string) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var word strings.Builder
		for range 2 + random.IntN(8) {
			word.WriteByte(byte('a' + random.IntN(26)))
		}
		words = append(words, word.String())
	}
	return words
}()

// noise is what is in a file that is no text.
var noise = func() []byte {
	random, b := rand.New(rand.NewPCG(3, 4)), make([]byte, 1<<17)
	for i := range b {
		b[i] = byte(random.IntN(256))
	}
	return b
}()

// paragraphs are texts that prose begins at different places of.
var paragraphs = func() []byte {
	zipf := rand.NewZipf(rand.New(rand.NewPCG(5, 6)), 1.07, 3, uint64(len(vocabulary)-1))
	var b []byte
	for len(b) < 4<<20 {
		b = append(append(b, vocabulary[zipf.Uint64()]...), ' ')
	}
	return b
}()

// prose returns the n-th text of a size.
func prose(n int64, size int) []byte {
	at := int(n*7919) % (len(paragraphs) - size)
	return append([]byte(fmt.Sprintf("n%d ", n)), paragraphs[at:at+size-20]...)
}

// drafts returns assets to approve.
func (s *subject) drafts(b testing.TB, n int) (ids []string) {
	b.Helper()
	for range n {
		ids = append(ids, s.create(b, assets.TypeCopy, 500))
	}
	return ids
}
