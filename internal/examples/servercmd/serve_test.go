package servercmd_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

// started is a server that runs in this process.
type started struct {
	url   string
	lines *bufio.Reader // of standard output
	stop  func() (code int)
}

func (m *inMemory) start(t *testing.T, args ...string) *started {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- m.server().Run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), in, io.Discard)
		_ = in.Close()
	}()
	s := &started{lines: bufio.NewReader(out), stop: func() int { cancel(); return <-ended }}
	url, ok := strings.CutPrefix(s.line(t), "listening on ")
	if !ok {
		t.Fatalf("the first line is %q", url)
	}
	s.url = url
	return s
}

func (s *started) line(t *testing.T) string {
	t.Helper()
	line, err := s.lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

// get returns the status and the body of a response.
func (s *started) get(t *testing.T, path, bearer string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// post sends a JSON body and returns the status and the body of the response.
func (s *started) post(t *testing.T, path, bearer, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestServeUntilCanceled(t *testing.T) {
	t.Parallel()
	m := newStorage()
	m.FirstKey = "tnx_first_key"
	s := m.start(t)
	if line := s.line(t); line != "api key tnx_first_key" {
		t.Errorf("the second line is %q", line)
	}
	if status, _ := s.get(t, "/api/v1/assets", ""); status != http.StatusUnauthorized {
		t.Errorf("status %d without a key", status)
	}
	if code := s.stop(); code != 0 || m.closed != 1 {
		t.Errorf("exit code %d, storage closed %d times", code, m.closed)
	}
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	for args, c := range map[string]struct {
		code int
		want string
	}{
		"-addr nonsense":             {servercmd.ExitUsage, "-addr: "},
		"-public-url ftp://x":        {servercmd.ExitUsage, "-public-url: "},
		"-public-url https://x/path": {servercmd.ExitUsage, "-public-url: "},
		"-public-url https://user@x": {servercmd.ExitUsage, "-public-url: "},
		"-addr 256.0.0.1:0":          {servercmd.ExitFailed, "256.0.0.1"},
	} {
		m := newStorage()
		code, stdout, stderr := m.run(t, strings.Fields(args)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.want) || len(m.opened) > 0 {
			t.Errorf("%s: exit code %d, %q, %q, storage opened for %v", args, code, stdout, stderr, m.opened)
		}
	}
}
