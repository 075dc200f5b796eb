package cloudtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/10ex/assets"
)

// response is a response that was read completely.
type response struct {
	status int
	header http.Header
	body   []byte
}

// fetch requests a content over HTTP.
func (s *harness) fetch(id assets.ID) (response, error) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"/"+string(id)+"/versions/1/content", http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, body}, err
}

// wantBroken requires that no client takes the response for the content: it is an
// error before the first byte, or a transfer that breaks off.
func (s *harness) wantBroken(id assets.ID) {
	s.t.Helper()
	s.wantBrokenOr(id, nil)
}

// wantBrokenOr is wantBroken for a bucket whose client may have resumed the transfer, so that
// the response is the whole content.
func (s *harness) wantBrokenOr(id assets.ID, whole []byte) {
	s.t.Helper()
	began := time.Now()
	got, err := s.fetch(id)
	switch {
	case err != nil: // broken
	case got.status == http.StatusOK && whole != nil && bytes.Equal(got.body, whole):
	case got.status == http.StatusOK:
		s.t.Errorf("a whole answer of %d bytes", len(got.body))
	default:
		s.wantFailure(got)
	}
	if took := time.Since(began); took > 30*time.Second {
		s.t.Errorf("it took %s", took)
	}
}

func (s *harness) wantFailure(got response) {
	s.t.Helper()
	var failure struct{ Code string }
	err := json.Unmarshal(got.body, &failure)
	want := map[int]string{http.StatusInternalServerError: "internal_error", http.StatusServiceUnavailable: "unavailable"}[got.status]
	if err != nil || failure.Code != want || want == "" || got.header.Get("ETag") != "" || got.header.Get("Content-Digest") != "" {
		s.t.Errorf("status %d, header %v, body %.200q, %v", got.status, got.header, got.body, err)
	}
}

// TestAlteredObjectBLB03 alters the object in the bucket.
func TestAlteredObjectBLB03(t *testing.T) {
	t.Parallel()
	want := content(3 << 20)
	flip := func(i int) []byte {
		p := bytes.Clone(want)
		p[i] ^= 1
		return p
	}
	for name, stored := range map[string][]byte{
		"first byte": flip(0), "a byte within": flip(1 << 20), "last byte": flip(len(want) - 1),
		"cut by one": want[:len(want)-1], "cut in half": want[:len(want)/2], "empty": {},
		"longer": append(bytes.Clone(want), 0), "another": content(len(want))[1:],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			id := s.mustCreate(want)
			s.replace(s.key(), stored)
			s.wantBroken(id)
			s.replace(s.key(), want)
			s.wantContent(id, want)
		})
	}
}

// badReads are connections over which no content of 3 MiB is read, as toxics.
var badReads = map[string]string{
	"cut":   `{"type":"limit_data","stream":"downstream","attributes":{"bytes":1500000}}`,
	"hung":  `{"type":"timeout","stream":"downstream","attributes":{"timeout":0}}`,
	"reset": `{"type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`,
	"late":  `{"type":"latency","stream":"downstream","attributes":{"latency":60000}}`,
}

// badAnswers alter a content of 3 MiB.
var badAnswers = map[string]func([]byte) []byte{
	"altered":   func(p []byte) []byte { p[len(p)/2] ^= 1; return p },
	"truncated": func(p []byte) []byte { return p[:len(p)-1] },
	"another":   func([]byte) []byte { return content(3<<20 + 1)[1:] },
}

// TestReadOverBadConnectionBLB03 disturbs the connection, or the response, while a
// content is read.
func TestReadOverBadConnectionBLB03(t *testing.T) {
	t.Parallel()
	want := content(3 << 20)
	for name, toxic := range badReads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			id := s.mustCreate(want)
			s.wire.addToxic(toxic)
			s.wantBroken(id)
			s.wire.reset()
			s.wantContent(id, want)
		})
	}
	for name, alter := range badAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			id := s.mustCreate(want)
			s.relay.inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if r.Method != http.MethodGet || r.URL.Query().Has("list-type") {
					return false
				}
				got := alter(bytes.Clone(want))
				w.Header().Set("Content-Length", strconv.Itoa(len(got)))
				_, _ = w.Write(got)
				return true
			})
			s.wantBroken(id)
			s.relay.inject(nil)
			s.wantContent(id, want)
		})
	}
}

// TestMissingObjectBLB04: a missing object is an internal error, a bucket that is
// down is unavailable; neither is a 404.
func TestMissingObjectBLB04(t *testing.T) {
	t.Parallel()
	want := content(1 << 20)
	for name, c := range map[string]struct {
		spoil func(*harness)
		want  int
	}{
		"missing": {func(s *harness) {
			if err := s.bucket.Delete(s.t.Context(), s.key()); err != nil {
				s.t.Error(err)
			}
		}, http.StatusInternalServerError},
		"down": {func(s *harness) { s.wire.proxy.Stop() }, http.StatusServiceUnavailable},
		"hung": {func(s *harness) {
			s.wire.addToxic(`{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`)
		}, http.StatusServiceUnavailable},
		"503": {func(s *harness) {
			s.relay.inject(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
				refuse(w)
				return true
			})
		}, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			id := s.mustCreate(want)
			c.spoil(s)
			got, err := s.fetch(id)
			if err != nil {
				t.Fatal(err)
			}
			if got.status != c.want {
				t.Errorf("status %d, want %d", got.status, c.want)
			}
			s.wantFailure(got)
		})
	}
}

// TestListingFailsHalfWayCRA05: the second of two pages of a listing is refused with
// 503 or never sent.
func TestListingFailsHalfWayCRA05(t *testing.T) {
	t.Parallel()
	s := newHarness(t)
	kept := s.mustCreate([]byte("kept"))
	for _, key := range []string{"acme/202601/00000000000000000000000001", "acme/202601/00000000000000000000000002"} {
		s.replace(key, []byte("garbage"))
	}
	halfway := func(then func(http.ResponseWriter, *http.Request)) fault {
		return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			query := r.URL.Query()
			switch {
			case !query.Has("list-type"):
				return false
			case query.Get("continuation-token") != "":
				then(w, r)
				return true
			}
			w.Header().Set("Content-Type", "application/xml")
			_, _ = io.WriteString(w, `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken><KeyCount>1</KeyCount>`+
				`<Contents><Key>acme/202601/00000000000000000000000001</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>7</Size><ETag>"x"</ETag></Contents></ListBucketResult>`)
			return true
		}
	}
	for name, then := range map[string]func(http.ResponseWriter, *http.Request){
		"503": func(w http.ResponseWriter, _ *http.Request) { refuse(w) },
		"cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		s.relay.inject(halfway(then))
		r, err := s.sweep(t.Context())
		if !errors.Is(err, assets.ErrUnavailable) || r.Deleted > 0 {
			t.Errorf("%s: report %+v, %v", name, r, err)
		}
	}
	s.relay.inject(nil)
	if r, err := s.sweep(t.Context()); err != nil || r.Deleted != 2 || r.Referenced != 1 {
		t.Errorf("healed: report %+v, %v", r, err)
	}
	s.wantContent(kept, []byte("kept"))
}
