package cloudtest

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
)

const (
	single = 1 << 20  // one PUT
	parts  = 16 << 20 // four parts
)

// calling returns a reader of a content that calls do at byte k.
func calling(content []byte, k int, do func()) io.Reader {
	return io.MultiReader(bytes.NewReader(content[:k]), readerFunc(func([]byte) (int, error) {
		do()
		return 0, io.EOF
	}), bytes.NewReader(content[k:]))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// wantRefused requires the result of an upload to a failing bucket: ErrUnavailable
// in time and no row. After heal, the next upload must succeed.
func (s *harness) wantRefused(err error, began time.Time, heal func()) {
	s.t.Helper()
	if !errors.Is(err, assets.ErrUnavailable) {
		s.t.Errorf("the upload ended with %v, want ErrUnavailable", err)
	}
	// idleTimeout for the call, 5 s for the abortion, the rest for a slow machine.
	if took := time.Since(began); took > 30*time.Second {
		s.t.Errorf("the upload ended after %s", took)
	}
	s.wantRows(0)
	heal()
	kept := content(single)
	id := s.mustCreate(kept)
	s.wantContent(id, kept)
	if _, err := s.sweep(s.t.Context()); err != nil {
		s.t.Error(err)
	}
	if r, err := s.sweep(s.t.Context()); err != nil || r.Scanned != 1 || r.Referenced != 1 {
		s.t.Errorf("after the sweep: %+v, %v", r, err)
	}
}

// badUploads are connections over which no upload succeeds, as toxics.
var badUploads = map[string]string{
	"hung":      `{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`,
	"no answer": `{"type":"timeout","stream":"downstream","attributes":{"timeout":0}}`,
	"slow":      `{"type":"bandwidth","stream":"upstream","attributes":{"rate":16}}`,
	"late":      `{"type":"latency","stream":"downstream","attributes":{"latency":60000}}`,
	"reset":     `{"type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}`,
	"cut":       `{"type":"limit_data","stream":"upstream","attributes":{"bytes":300000}}`,
}

// refusesUpload requires that an upload of n bytes is refused whose connection, or bucket, is
// spoiled in the middle.
func (s *harness) refusesUpload(n int, spoil func()) {
	s.t.Helper()
	began := time.Now()
	_, err := s.create(s.impatient, calling(content(n), n/2, spoil))
	s.wantRefused(err, began, func() {
		s.wire.reset()
		s.relay.inject(nil)
	})
}

// TestUploadOverBadConnectionBLB02 disturbs the connection to the bucket at byte k of
// an upload.
func TestUploadOverBadConnectionBLB02(t *testing.T) {
	t.Parallel()
	for name, toxic := range badUploads {
		for size, n := range map[string]int{"one PUT": single, "parts": parts} {
			t.Run(name+"/"+size, func(t *testing.T) {
				t.Parallel()
				s := newHarness(t)
				s.refusesUpload(n, func() { s.wire.addToxic(toxic) })
			})
		}
	}
	t.Run("down", func(t *testing.T) {
		t.Parallel()
		s := newHarness(t)
		s.refusesUpload(parts, func() { s.wire.proxy.Stop() })
	})
}

// TestUploadToSlowBucketBLB02: slow responses do not fail an upload.
func TestUploadToSlowBucketBLB02(t *testing.T) {
	t.Parallel()
	s := newHarness(t)
	s.wire.addToxic(`{"type":"latency","stream":"downstream","attributes":{"latency":100,"jitter":50}}`)
	want := content(parts)
	s.wantContent(s.mustCreate(want), want)
}

// TestUploadRefusedByBucketBLB02 has the bucket respond with 503 to each kind of
// request of an upload, and to its retries.
func TestUploadRefusedByBucketBLB02(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size int
		is   func(*http.Request) bool
	}{
		"PUT":        {single, func(r *http.Request) bool { return r.Method == http.MethodPut }},
		"HEAD":       {single, func(r *http.Request) bool { return r.Method == http.MethodHead }},
		"initiation": {parts, func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploads") }},
		"first part": {parts, func(r *http.Request) bool { return r.URL.Query().Get("partNumber") == "1" }},
		"last part":  {parts, func(r *http.Request) bool { return r.URL.Query().Get("partNumber") == "4" }},
		"completion": {parts, func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			s.relay.inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if c.is(r) {
					refuse(w)
					return true
				}
				return false
			})
			began := time.Now()
			_, err := s.create(s.Library, bytes.NewReader(content(c.size)))
			s.wantNoneOpen()
			s.wantRefused(err, began, func() { s.relay.inject(nil) })
		})
	}
}

// TestClientHangsUpUPL05: an upload that a client breaks off is aborted, although
// its context has ended.
func TestClientHangsUpUPL05(t *testing.T) {
	t.Parallel()
	s := newHarness(t)
	begun, aborted := make(chan struct{}, 1), make(chan int, 1)
	s.relay.inject(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
		switch {
		case r.Method == http.MethodPost && r.URL.Query().Has("uploads"):
			begun <- struct{}{}
		case r.Method == http.MethodDelete && r.URL.Query().Has("uploadId"):
			answer := httptest.NewRecorder()
			forward.ServeHTTP(answer, r)
			w.WriteHeader(answer.Code)
			aborted <- answer.Code
			return true
		}
		return false
	})
	body, form := io.Pipe()
	go func() {
		const head = "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n" + `{"type":"bundle","title":"Cut"}` +
			"\r\n--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"cut.bin\"\r\n\r\n"
		_, err := io.Copy(form, io.MultiReader(strings.NewReader(head), bytes.NewReader(content(24<<20))))
		<-begun
		_ = form.CloseWithError(errors.Join(err, errors.New("hangs up")))
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Errorf("a cut upload is answered %s", resp.Status)
	}
	select {
	case code := <-aborted:
		if code != http.StatusNoContent {
			t.Errorf("the abortion is answered %d", code)
		}
	case <-time.After(20 * time.Second):
		t.Error("nothing was aborted")
	}
	s.wantRows(0)
	s.wantNoneOpen()
	for o, err := range s.bucket.List(t.Context(), "") {
		t.Errorf("there is an object %s, %v", o.Key, err)
	}
}

// TestBucketLosesWritesBLB01: the bucket confirms writes that it has not stored.
func TestBucketLosesWritesBLB01(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size   int
		stored func(content []byte) []byte // nil stores nothing
	}{
		"nothing":         {single, nil},
		"empty":           {single, func([]byte) []byte { return []byte{} }},
		"half":            {single, func(p []byte) []byte { return p[:len(p)/2] }},
		"half of parts":   {parts, func(p []byte) []byte { return p[:len(p)/2] }},
		"more than there": {single, func(p []byte) []byte { return append(bytes.Clone(p), 0) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			all := content(c.size)
			s.relay.inject(func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool {
				last := r.Method == http.MethodPut && !r.URL.Query().Has("partNumber") ||
					r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
				if !last {
					return false
				}
				if c.stored == nil {
					_, _ = io.Copy(io.Discard, r.Body)
					w.Header().Set("ETag", `"d41d8cd98f00b204e9800998ecf8427e"`)
					return true
				}
				answer := httptest.NewRecorder()
				forward.ServeHTTP(answer, r)
				s.replace(strings.TrimPrefix(r.URL.Path, "/"+s.name+"/"), c.stored(all))
				maps.Copy(w.Header(), answer.Header())
				w.WriteHeader(answer.Code)
				_, _ = w.Write(answer.Body.Bytes())
				return true
			})
			began := time.Now()
			_, err := s.create(s.Library, bytes.NewReader(all))
			s.wantRefused(err, began, func() { s.relay.inject(nil) })
		})
	}
}
