package restparity_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// request is a recorded request. In path, body and header, {name} is replaced by a value
// that Save took from an earlier response.
type request struct {
	As     string
	Method string
	Path   string // below the mount point, or a saved link
	Header map[string]string
	Body   json.RawMessage
	Form   []struct{ Name, Media, Filename, Body string }
	Save   map[string]string // the member of the response by the name of the variable
}

// TestSameResponsesOnEveryDatabase sends 316 recorded requests. The responses and the
// journal are the same in memory, SQLite and PostgreSQL, byte for byte, except for ids,
// times and tokens.
func TestSameResponsesOnEveryDatabase(t *testing.T) {
	requests := readRequests(t)
	if len(requests) != 316 {
		t.Fatalf("testdata has %d requests", len(requests))
	}
	transcripts := map[string][]string{}
	for _, b := range backends.All() {
		t.Run(b.Name, func(t *testing.T) {
			transcripts[b.Name] = transcriptOf(t, b.Database(t), requests)
		})
	}
	want := transcripts["memory"]
	if len(want) < len(requests)+50 {
		t.Fatalf("the transcript ends with %d journal rows", len(want)-len(requests))
	}
	for name, got := range transcripts {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("memory (-) and %s (+) differ:\n%s", name, diff)
		}
	}
	statuses := map[string]int{}
	for _, response := range want[:len(requests)] {
		statuses[strings.Fields(response)[0]]++
	}
	t.Logf("responses by status: %v", statuses)
	for _, status := range []string{"200", "201", "204", "206", "304", "400", "401", "403", "404", "405", "409", "412", "415", "416", "422", "503"} {
		if statuses[status] == 0 {
			t.Errorf("no response has the status %s", status)
		}
	}
}

func readRequests(t *testing.T) (requests []request) {
	t.Helper()
	text, err := os.ReadFile("testdata/story.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(bytes.NewReader(text))
	lines.DisallowUnknownFields()
	for lines.More() {
		var r request
		if err := lines.Decode(&r); err != nil {
			t.Fatal(err)
		}
		requests = append(requests, r)
	}
	return requests
}

// transcriptOf sends the requests and returns the responses, then the events of the journal.
func transcriptOf(t *testing.T, db backends.Database, requests []request) []string {
	t.Helper()
	srv := resttest.New(t, resttest.WithDatabase(db))
	same := newReplacer()
	var transcript []string
	for i, r := range requests {
		rec := srv.Send(r.call())
		text := same.replace(fmt.Sprintf("%d for request %d: %s %s\n%s", rec.Code, i+1, r.Method, srv.Fill(r.Path), responseText(rec)))
		transcript = append(transcript, text)
		var response map[string]any
		if len(r.Save) > 0 && rec.Code < 300 && json.Unmarshal(rec.Body.Bytes(), &response) == nil {
			for name, member := range r.Save {
				srv.Vars[name], _ = response[member].(string)
			}
		}
	}
	events, err := db.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		if e.Position != int64(i+1) {
			t.Errorf("position %d follows %d", e.Position, i)
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		transcript = append(transcript, same.replace(string(text)))
	}
	return transcript
}

func (r request) call() resttest.Call {
	c := resttest.Call{Method: r.Method, Path: r.Path, As: r.As, Header: r.Header, Body: string(r.Body)}
	if !strings.HasPrefix(r.Path, "{link}") {
		c.Path = resttest.Base + r.Path
	}
	if r.Form != nil {
		c.Form = &resttest.Form{}
		for _, p := range r.Form {
			*c.Form = append(*c.Form, resttest.Part{Name: p.Name, Media: p.Media, Filename: p.Filename, Body: p.Body})
		}
	}
	return c
}

// responseText returns headers and body of a response.
func responseText(rec *httptest.ResponseRecorder) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(rec.Header())) {
		fmt.Fprintf(&text, "\n%s: %q", name, rec.Header()[name])
	}
	return text.String() + "\n\n" + rec.Body.String()
}

// replacer replaces what differs between runs: ids by the order of their occurrence, and
// times and tokens by constants.
type replacer struct{ seen map[string]string }

func newReplacer() *replacer { return &replacer{map[string]string{}} }

var varying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}` +
	`|20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z` +
	`|"next_cursor":"[^"]+"|cursor=[\w.~-]{20,}|public/assets/preview/[\w.~-]+`)

func (r *replacer) replace(text string) string {
	return varying.ReplaceAllStringFunc(text, func(found string) string {
		switch {
		case strings.HasPrefix(found, "20") && strings.HasSuffix(found, "Z"):
			return "<time>"
		case strings.Contains(found, "cursor"):
			return "<cursor>"
		case strings.HasPrefix(found, "public"):
			return "<preview>"
		}
		if _, ok := r.seen[found]; !ok {
			r.seen[found] = fmt.Sprintf("<id %d>", len(r.seen)+1)
		}
		return r.seen[found]
	})
}
