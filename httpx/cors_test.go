package httpx_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/resttest"
)

// TestCORSListsFollowTheDocument: the lists have all methods and headers of the OpenAPI
// document, and no others but those that it does not list.
func TestCORSListsFollowTheDocument(t *testing.T) {
	t.Parallel()
	type headers map[string]any
	type response struct {
		Ref     string `json:"$ref"`
		Headers headers
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
			Responses  map[string]response
		}
		Components struct{ Responses map[string]response }
	}
	if err := json.Unmarshal(resttest.Document(t, plain(t)), &doc); err != nil {
		t.Fatal(err)
	}
	methods := map[string]bool{"HEAD": true} // beside each GET
	sent := map[string]bool{"Authorization": true, "Content-Type": true, "Traceparent": true, "X-Request-Id": true}
	received := map[string]bool{"Content-Length": true, "X-Request-Id": true}
	for _, operations := range doc.Paths {
		for method, op := range operations {
			methods[strings.ToUpper(method)] = true
			for _, p := range op.Parameters {
				if p.In == "header" {
					sent[http.CanonicalHeaderKey(p.Name)] = true
				}
			}
			for _, r := range op.Responses {
				if r.Ref != "" {
					r = doc.Components.Responses[r.Ref[strings.LastIndexByte(r.Ref, '/')+1:]]
				}
				for name := range r.Headers {
					received[name] = true
				}
			}
		}
	}
	for _, c := range []struct {
		what string
		want map[string]bool
		got  []string
	}{
		{"methods", methods, httpx.AllowedMethods()}, {"request headers", sent, httpx.AllowedHeaders()}, {"response headers", received, httpx.ExposedHeaders()},
	} {
		for i, name := range c.got { // names of headers have no case
			c.got[i] = http.CanonicalHeaderKey(name)
			if c.what == "methods" {
				c.got[i] = name
			}
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(c.want)), slices.Sorted(slices.Values(c.got))); diff != "" {
			t.Errorf("%s (-document +list):\n%s", c.what, diff)
		}
	}
	httpx.AllowedHeaders()[0] = "changed" // each call returns a list of its own
	if httpx.AllowedHeaders()[0] == "changed" {
		t.Error("two calls return the same list")
	}
}
