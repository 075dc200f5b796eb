package httpx_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestConcurrentRequestsWithOneKeyIDM01(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		id := string(srv.CreateAsset("w1", "draft"))
		for path, body := range map[string]string{base: resttest.CopyBody, base + "/" + id + "/versions": `{"text":"third","submit":true}`} {
			before := len(srv.List("owner", "").Items)
			responses := make([]*httptest.ResponseRecorder, 32)
			start := make(chan struct{})
			var all sync.WaitGroup
			for i := range responses {
				r := resttest.WithKey(srv.Bearers["write"], path, "k", body).Request(srv.Server)
				all.Go(func() {
					<-start
					responses[i] = httptest.NewRecorder()
					srv.Mux.ServeHTTP(responses[i], r)
				})
			}
			close(start)
			all.Wait()
			firsts := 0
			for _, rec := range responses {
				if rec.Header().Get("Idempotency-Replayed") == "" {
					firsts++
				}
				if rec.Code != http.StatusCreated || rec.Body.String() != responses[0].Body.String() || rec.Header().Get("Location") != responses[0].Header().Get("Location") {
					t.Errorf("%d %s, and %s", rec.Code, rec.Body, responses[0].Body)
				}
			}
			restarted := resttest.NewWithKeys(t, db)
			again := restarted.Send(resttest.WithKey(restarted.Bearers["write"], path, "k", body))
			want{Status: 201, Body: []string{responses[0].Body.String()}, Header: map[string]string{"Idempotency-Replayed": "true"}}.Check(t, srv.Server, again)
			if made := len(srv.List("owner", "").Items) - before; firsts != 1 || path == base && made != 1 {
				t.Errorf("%d responses are not replayed, %d assets", firsts, made)
			}
		}
		if got := srv.Asset(t, "w1", assets.ID(id)); got.CurrentVersion != 3 || len(got.Reviews) != 1 {
			t.Errorf("%d versions, %d reviews", got.CurrentVersion, len(got.Reviews))
		}
	})
}

// TestKeyBelongsToSubjectAndPathIDM02: a key is valid for one workspace, subject, method
// and path (TEN05).
func TestKeyBelongsToSubjectAndPathIDM02(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		sameSubject := mintKey(srv, apikey.NewKey{Workspace: "w1", Owner: "olga", Kind: assets.KindService, Scopes: []assets.Scope{assets.ScopeWrite}})
		first := srv.Must(201, resttest.WithKey(srv.Bearers["owner"], base, "k", resttest.CopyBody))
		fresh := want{Status: 201, Header: map[string]string{"Idempotency-Replayed": "-"}}
		for _, as := range []string{"write", "agent", "other"} { // other has the same subject in another workspace
			rec := srv.Send(resttest.WithKey(srv.Bearers[as], base, "k", resttest.CopyBody))
			fresh.Check(t, srv.Server, rec)
			if strings.Contains(rec.Body.String(), fmt.Sprint(first["id"])) {
				t.Errorf("%s gets the asset of another subject", as)
			}
		}
		versions := fmt.Sprintf("%s/%s/versions", base, first["id"])
		fresh.Check(t, srv.Server, srv.Send(resttest.WithKey(srv.Bearers["owner"], versions, "k", `{"text":"y"}`)))
		replayed := want{Status: 201, Header: map[string]string{"Idempotency-Replayed": "true"}, Body: []string{fmt.Sprint(first["id"])}}
		replayed.Check(t, srv.Server, srv.Send(resttest.WithKey(sameSubject, base, "k", resttest.CopyBody))) // the key belongs to the subject, not to the API key
	})
}

func TestSameKeyOtherContentIDM03(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newInvalidServer(t, db)
		upload := func(last string) *httptest.ResponseRecorder {
			c := resttest.WithKey(srv.Bearers["write"], base, "k", "")
			c.Form = &form{metadata(bundle), content(strings.Repeat("x", 1<<20) + last)}
			return srv.Send(c)
		}
		want{Status: 201}.Check(t, srv.Server, upload("a"))
		before := srv.traces(t)
		want{Status: 422, Code: "idempotency_mismatch"}.Check(t, srv.Server, upload("b"))
		want{Status: 201, Header: map[string]string{"Idempotency-Replayed": "true"}}.Check(t, srv.Server, upload("a"))
		if diff := cmp.Diff(before, srv.traces(t)); diff != "" {
			t.Errorf("traces are left: %s", diff)
		}
	})
}

// TestKeyOfAFailedRequestIDM04: a failed request does not use its key. After the asset is
// deleted, every request with the key gets 404.
func TestKeyOfAFailedRequestIDM04(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &resttest.RecordingStore{Database: db}
		srv := resttest.NewWithKeys(t, w)
		try := func(body string) *httptest.ResponseRecorder {
			return srv.Send(resttest.WithKey(srv.Bearers["write"], base, "k", body))
		}
		want{Status: 422, Code: "digest_mismatch"}.Check(t, srv.Server, try(`{"type":"copy","title":"t","text":"x","sha256":"`+strings.Repeat("0", 64)+`"}`))
		want{Status: 415}.Check(t, srv.Server, try(`{"type":"image","title":"t","text":"x","media_type":"image/png"}`))
		w.Fail = func(method string) error { // between put and commit
			if method == "Update" {
				return fmt.Errorf("cut: %w", assets.ErrUnavailable)
			}
			return nil
		}
		want{Status: 503, Code: "unavailable"}.Check(t, srv.Server, try(resttest.CopyBody))
		w.Fail = nil
		rec := try(resttest.CopyBody)
		want{Status: 201, Header: map[string]string{"Idempotency-Replayed": "-"}}.Check(t, srv.Server, rec)
		if n := len(srv.List("read", "").Items); n != 1 {
			t.Errorf("%d assets, want 1", n)
		}
		want{Status: 204}.Check(t, srv.Server, srv.Send(call{Method: "DELETE", Path: strings.TrimPrefix(rec.Header().Get("Location"), srv.Lib.PublicURL()), As: srv.Bearers["write"]}))
		for _, body := range []string{resttest.CopyBody, `{"type":"blog","title":"other","text":"y"}`} {
			want{Status: 404, Code: "not_found"}.Check(t, srv.Server, try(body))
		}
		if n := len(srv.List("read", "").Items); n != 0 {
			t.Errorf("%d assets after a deletion", n)
		}
	})
}
