package resttest

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// Dump returns status, headers and body of a response as text.
func Dump(rec *httptest.ResponseRecorder) string {
	return fmt.Sprint(rec.Code, rec.Header(), rec.Body)
}

// Want is the expected response. Empty fields are not checked, except Status.
type Want struct {
	Status int
	Code   string            // of an error response
	Locs   []string          // of field errors, sorted, joined by dots
	Header map[string]string // "-" if it must be absent
	Body   []string          // substrings of the body
}

// Check reports how a response differs. A different status ends the test.
func (x Want) Check(tb testing.TB, srv *Server, rec *httptest.ResponseRecorder) {
	tb.Helper()
	if rec.Code != x.Status {
		tb.Fatalf("status %d, want %d: %.600s", rec.Code, x.Status, rec.Body)
	}
	if x.Code != "" {
		var got struct {
			Code   string `json:"code"`
			Detail string `json:"detail"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || got.Code != x.Code || got.Detail == "" {
			tb.Errorf("error response %s (%v), want code %s", rec.Body, err, x.Code)
		}
	}
	if x.Locs != nil {
		if got := ProblemLocs(tb, rec.Body.Bytes()); !slices.Equal(got, x.Locs) {
			tb.Errorf("locs %q, want %q: %s", got, x.Locs, rec.Body)
		}
	}
	for name, value := range x.Header {
		if got := rec.Header().Get(name); value == "-" && got != "" || value != "-" && got != srv.Fill(value) {
			tb.Errorf("%s: %q, want %q", name, got, srv.Fill(value))
		}
	}
	for _, piece := range x.Body {
		if !strings.Contains(rec.Body.String(), srv.Fill(piece)) {
			tb.Errorf("body %s\nlacks %s", rec.Body, srv.Fill(piece))
		}
	}
}

// ProblemLocs returns the places of the field errors in a response, sorted, each
// joined by dots.
func ProblemLocs(tb testing.TB, body []byte) []string {
	tb.Helper()
	var got struct {
		Detail []struct {
			Loc  []any  `json:"loc"`
			Msg  string `json:"msg"`
			Type string `json:"type"`
		} `json:"detail"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		tb.Errorf("%s: %v", body, err)
	}
	all := []string{}
	for _, d := range got.Detail {
		if d.Msg == "" || d.Type == "" {
			tb.Errorf("incomplete problem %v", d)
		}
		parts := make([]string, len(d.Loc))
		for i, p := range d.Loc {
			parts[i] = fmt.Sprint(p)
		}
		all = append(all, strings.Join(parts, "."))
	}
	slices.Sort(all)
	return all
}
