package mcpx_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestMCP02ForeignPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		header []string
		status int
	}{
		{nil, 200},
		{[]string{"Origin", "https://app.example"}, 200},
		{[]string{"Origin", w.srv.URL}, 200},
		{[]string{"Origin", "https://evil.example"}, 403},
		{[]string{"Origin", "null"}, 403},
		{[]string{"Origin", "https://app.example.evil.example"}, 403},
		{[]string{"Origin", "http://evil.example:80", "Host", "evil.example:80"}, 403},
		{[]string{"Host", "evil.example"}, 403}, // a rebound name, in a browser that sends no Origin
		{[]string{"Host", "localhost:1"}, 200},
		{[]string{"Host", "localhost:1", "Origin", "http://localhost:1"}, 200}, // a page of the server's own
		{[]string{"Host", "localhost:1", "Origin", "http://localhost:2"}, 403},
		{[]string{"Host", "app.example"}, 200},
	} {
		for _, key := range []string{"user", "none"} {
			want := tt.status
			if key == "none" && want == 200 {
				want = 401
			}
			status, _, body := w.raw(key, listTools, tt.header...)
			if status != want || want == 403 && !strings.Contains(body, `"code":"forbidden_origin"`) {
				t.Errorf("%v as %s: %d %s, want %d", tt.header, key, status, body, want)
			}
		}
	}
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, method := range []string{"GET", "DELETE", "PUT"} {
		r, _ := http.NewRequestWithContext(t.Context(), method, w.srv.URL+"/mcp", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+w.keys["user"])
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d, Allow %q", method, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
}
