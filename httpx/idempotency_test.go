package httpx_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/internal/testing/backends"
)

// keyed is a create with an idempotency key.
func keyed(as, path, key, body string) call {
	return call{method: "POST", path: path, as: as, body: body, header: map[string]string{"Idempotency-Key": key}}
}

const aCopy = `{"type":"copy","title":"t","text":"x"}`

func TestIDM01SameKeyOverHTTP(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		id := string(b.asset("w1", "draft"))
		for path, body := range map[string]string{base: aCopy, base + "/" + id + "/versions": `{"text":"third","submit":true}`} {
			before := len(b.list("owner", "").Items)
			answers := make([]*httptest.ResponseRecorder, 32)
			start := make(chan struct{})
			var all sync.WaitGroup
			for i := range answers {
				r := keyed(b.bearers["write"], path, "k", body).request(b.world)
				all.Go(func() {
					<-start
					answers[i] = httptest.NewRecorder()
					b.mux.ServeHTTP(answers[i], r)
				})
			}
			close(start)
			all.Wait()
			firsts := 0
			for _, rec := range answers {
				if rec.Header().Get("Idempotency-Replayed") == "" {
					firsts++
				}
				if rec.Code != http.StatusCreated || rec.Body.String() != answers[0].Body.String() || rec.Header().Get("Location") != answers[0].Header().Get("Location") {
					t.Errorf("%d %s, and %s", rec.Code, rec.Body, answers[0].Body)
				}
			}
			restarted := newBench(t, db)
			again := restarted.send(keyed(restarted.bearers["write"], path, "k", body))
			want{status: 201, body: []string{answers[0].Body.String()}, header: map[string]string{"Idempotency-Replayed": "true"}}.check(t, b.world, again)
			if made := len(b.list("owner", "").Items) - before; firsts != 1 || path == base && made != 1 {
				t.Errorf("%d first answers, %d assets", firsts, made)
			}
		}
		if got := b.whole(t, "w1", assets.ID(id)); got.CurrentVersion != 3 || len(got.Reviews) != 1 {
			t.Errorf("%d versions, %d reviews", got.CurrentVersion, len(got.Reviews))
		}
	})
}

// TestIDM02NeverTheOthersResult, TEN05: a key is of one workspace, subject,
// method and path.
func TestIDM02NeverTheOthersResult(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		sameSubject := mintKey(b, apikey.NewKey{Workspace: "w1", Owner: "olga", Kind: assets.KindService, Scopes: []assets.Scope{assets.ScopeWrite}})
		first := b.must(201, keyed(b.bearers["owner"], base, "k", aCopy))
		fresh := want{status: 201, header: map[string]string{"Idempotency-Replayed": "-"}}
		for _, as := range []string{"write", "agent", "other"} { // other is olga of another workspace
			rec := b.send(keyed(b.bearers[as], base, "k", aCopy))
			fresh.check(t, b.world, rec)
			if strings.Contains(rec.Body.String(), fmt.Sprint(first["id"])) {
				t.Errorf("%s is shown another's asset", as)
			}
		}
		versions := fmt.Sprintf("%s/%s/versions", base, first["id"])
		fresh.check(t, b.world, b.send(keyed(b.bearers["owner"], versions, "k", `{"text":"y"}`)))
		replayed := want{status: 201, header: map[string]string{"Idempotency-Replayed": "true"}, body: []string{fmt.Sprint(first["id"])}}
		replayed.check(t, b.world, b.send(keyed(sameSubject, base, "k", aCopy))) // the person, not the key
	})
}

func TestIDM03LastByteDiffers(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBadWorld(t, db)
		upload := func(last string) *httptest.ResponseRecorder {
			c := keyed(b.bearers["write"], base, "k", "")
			c.form = &form{metadata(bundle), content(strings.Repeat("x", 1<<20) + last)}
			return b.send(c)
		}
		want{status: 201}.check(t, b.world, upload("a"))
		before := b.traces(t)
		want{status: 422, code: "idempotency_mismatch"}.check(t, b.world, upload("b"))
		want{status: 201, header: map[string]string{"Idempotency-Replayed": "true"}}.check(t, b.world, upload("a"))
		if diff := cmp.Diff(before, b.traces(t)); diff != "" {
			t.Errorf("traces are left: %s", diff)
		}
	})
}

// TestIDM04KeyOfAFailedTry: whatever failed leaves the key free; after a
// deletion it answers 404, whatever the request.
func TestIDM04KeyOfAFailedTry(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &watched{Database: db}
		b := newBench(t, w)
		try := func(body string) *httptest.ResponseRecorder {
			return b.send(keyed(b.bearers["write"], base, "k", body))
		}
		want{status: 422, code: "digest_mismatch"}.check(t, b.world, try(`{"type":"copy","title":"t","text":"x","sha256":"`+strings.Repeat("0", 64)+`"}`))
		want{status: 415}.check(t, b.world, try(`{"type":"image","title":"t","text":"x","media_type":"image/png"}`))
		w.fail = func(method string) error { // between put and commit
			if method == "Update" {
				return fmt.Errorf("cut: %w", assets.ErrUnavailable)
			}
			return nil
		}
		want{status: 503, code: "unavailable"}.check(t, b.world, try(aCopy))
		w.fail = nil
		rec := try(aCopy)
		want{status: 201, header: map[string]string{"Idempotency-Replayed": "-"}}.check(t, b.world, rec)
		if n := len(b.list("read", "").Items); n != 1 {
			t.Errorf("%d assets, want 1", n)
		}
		want{status: 204}.check(t, b.world, b.send(call{method: "DELETE", path: strings.TrimPrefix(rec.Header().Get("Location"), b.lib.PublicURL()), as: b.bearers["write"]}))
		for _, body := range []string{aCopy, `{"type":"blog","title":"other","text":"y"}`} {
			want{status: 404, code: "not_found"}.check(t, b.world, try(body))
		}
		if n := len(b.list("read", "").Items); n != 0 {
			t.Errorf("%d assets after a deletion", n)
		}
	})
}

func TestLIM01AllAtOnce(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBadWorld(t, db)
		tags := map[string][]string{}
		for i := range 10_000 {
			tags[fmt.Sprint("k", i)] = []string{marked}
		}
		body := jsonText(t, map[string]any{
			"type": "copy", "text": "x", "title": long(1 << 20), "tags": tags,
			"provenance": map[string]any{"parameters": map[string]string{"a": long(1 << 20)}, "run_id": long(1 << 20)},
		})
		rec := b.send(call{method: "POST", path: base, as: b.bearers["write"], body: body})
		refused(t, rec, 422, "body", []string{"title", "tags", "provenance.run_id", "provenance.parameters"})
		if rec.Body.Len() > 4<<10 {
			t.Errorf("the answer has %d bytes", rec.Body.Len())
		}
	})
}

// TestLIM02Bulk: 500 items of every fortune each get a result, whole or not at
// all; too many and one twice are refused; a failure on the way fails all.
func TestLIM02Bulk(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &watched{Database: db}
		b := newBench(t, w)
		items, first := make([]string, 500), assets.ID("")
		for i := range items {
			id, version := assets.ID(fmt.Sprintf("01890000-0000-7000-8000-%012x", i)), 1
			switch i % 4 {
			case 0:
				id = b.text("w1", assets.NewAsset{})
			case 1:
				id, version = b.text("w1", assets.NewAsset{}), 2
			case 2:
				id = b.text("w2", assets.NewAsset{}) // TEN04
			}
			if i == 0 {
				first = id
			}
			items[i] = fmt.Sprintf(`{"asset_id":"%s","version":%d}`, id, version)
		}
		bulk := func(items ...string) *httptest.ResponseRecorder {
			return b.send(call{method: "POST", path: base + "/bulk/approval", as: b.bearers["owner"], body: `{"action":"approve","items":[` + strings.Join(items, ",") + `]}`})
		}
		w.fail = func(method string) error {
			if method == "Update" {
				return errors.New("gone")
			}
			return nil
		}
		if rec := bulk(items...); rec.Code < 500 {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		w.fail = nil
		want{status: 422, locs: []string{"body.items"}}.check(t, b.world, bulk(slices.Concat(items, items[:1])...))
		want{status: 422, locs: []string{"body.items.499.asset_id"}}.check(t, b.world, bulk(append(slices.Clone(items[:499]), strings.Replace(items[0], string(first), strings.ToUpper(string(first)), 1))...))
		if n := len(b.list("owner", "status=approved").Items); n != 0 {
			t.Fatalf("%d approved by refused requests", n)
		}
		rec := bulk(items...)
		var got struct {
			Results []struct {
				Asset *assets.Asset
				Error *struct{ Code string }
			}
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || len(got.Results) != 500 {
			t.Fatalf("%d results, %v: %.300s", len(got.Results), err, rec.Body)
		}
		for i, r := range got.Results {
			code := []string{"", "version_conflict", "not_found", "not_found"}[i%4]
			if code == "" && (r.Asset == nil || r.Asset.Status != assets.StatusApproved) || code != "" && (r.Error == nil || r.Error.Code != code) {
				t.Errorf("item %d: %+v", i, r)
			}
		}
		if p := b.list("owner", "status=approved&include_total=true"); *p.Total != 125 {
			t.Errorf("%d approved, want 125", *p.Total)
		}
		if p := b.list("other", "status=approved&include_total=true"); *p.Total != 0 {
			t.Errorf("TEN04: %d approved in the other workspace", *p.Total)
		}
	})
}

// TestVolumeLIM03Versions: an asset of 1,000 versions is read whole, and takes
// no more.
func TestVolumeLIM03Versions(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		id := b.text("w1", assets.NewAsset{})
		b.vars["id"] = string(id)
		for i := range 999 {
			if _, err := b.lib.AddVersion(t.Context(), maker("w1"), id, assets.NewVersion{Text: fmt.Sprint("text ", i)}); err != nil {
				t.Fatal(err)
			}
		}
		more := []call{
			{method: "POST", path: base + "/{id}/versions", as: b.bearers["write"], body: `{"text":"one more"}`},
			{method: "POST", path: base + "/{id}/rollback", as: b.bearers["write"], body: `{"version":1}`},
		}
		for _, c := range more {
			want{status: 409, code: "too_many_versions"}.check(t, b.world, b.send(c))
		}
		whole := b.whole(t, "w1", id)
		if len(whole.Versions) != 1000 || whole.CurrentVersion != 1000 {
			t.Errorf("%d versions, current %d", len(whole.Versions), whole.CurrentVersion)
		}
		rec := b.send(call{method: "GET", path: base + "/{id}", as: b.bearers["read"]})
		want{status: 200}.check(t, b.world, rec)
		if rec.Body.Len() > 1<<20 {
			t.Errorf("%d bytes for 1,000 versions", rec.Body.Len())
		}
	})
}
