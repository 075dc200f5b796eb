package mcpx_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// TestMCP03EndlessRequest: 50 MB are not read to be refused.
func TestMCP03EndlessRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, chunked := range []bool{false, true} {
		sent := &counted{r: io.LimitReader(repeat('A'), 50<<20)}
		r, _ := http.NewRequestWithContext(t.Context(), "POST", w.srv.URL+"/mcp", sent)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header.Set("Authorization", "Bearer "+w.keys["user"])
		if !chunked {
			r.ContentLength = 50 << 20
			r.Header.Set("Expect", "100-continue")
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			var broken net.Error
			if errors.As(err, &broken) || strings.Contains(err.Error(), "broken pipe") || strings.Contains(err.Error(), "reset") {
				sent.below(t, 20<<20)
				continue // refused while it was being sent
			}
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "payload_too_large") {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		sent.below(t, 20<<20)
	}
}

type repeat byte

func (c repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// counted is a body that the client's transport may still be sending when the
// answer is there.
type counted struct {
	r io.Reader
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (c *counted) below(t *testing.T, most int64) {
	t.Helper()
	if n := c.n.Load(); n > most {
		t.Errorf("%d bytes were taken", n)
	}
}
