package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// send sends one request to a host.
func send(t *testing.T, host http.Handler, method, target, bearer, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	w := httptest.NewRecorder()
	host.ServeHTTP(w, r)
	return w
}

// want checks the status of a response and what its body contains.
func want(t *testing.T, w *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the response lacks %s: %s", part, w.Body)
		}
	}
}

// TestRun starts the program and uses each address with each credential that
// it prints.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, in, slog.New(slog.DiscardHandler))
		_ = in.CloseWithError(err)
		ended <- err
	}()
	env := map[string]string{}
	for lines := bufio.NewScanner(out); env["KEY"] == "" && lines.Scan(); {
		exports, _ := strings.CutPrefix(lines.Text(), "export ")
		for pair := range strings.FieldsSeq(exports) {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
	}
	for url, want := range map[string]int{
		env["APP"] + " " + env["PERSON"]:             http.StatusOK,
		env["APP"] + " " + env["AGENT"]:              http.StatusOK,
		env["APP"] + " " + env["KEY"]:                http.StatusUnauthorized,
		env["API"] + " " + env["KEY"]:                http.StatusOK,
		env["API"] + " " + env["PERSON"]:             http.StatusUnauthorized,
		env["SHARE"] + "/shared/preview/forged none": http.StatusNotFound,
	} {
		url, bearer, _ := strings.Cut(url, " ")
		if got := status(t, url, bearer); got != want {
			t.Errorf("GET %s with %q: %d, want %d", url, bearer, got, want)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("asked to stop, the program ended with %v", err)
	}
}

func status(t *testing.T, url, bearer string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	return resp.StatusCode
}
