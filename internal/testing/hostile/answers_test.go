package hostile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// fatProvenance returns a provenance of almost as many bytes as are allowed; n makes it
// different from others.
func fatProvenance(n int) assets.Provenance {
	p := assets.Provenance{
		AgentSlug: "fat", RunID: fmt.Sprint("run-", n), Parameters: json.RawMessage(`{"p":"` + strings.Repeat("p", 16_000) + `"}`),
	}
	for i := range 100 {
		p.Inputs = append(p.Inputs, assets.Input{Kind: strings.Repeat("k", 250), ID: fmt.Sprintf("%03d%s", i, strings.Repeat("i", 240)), SHA256: strings.Repeat("ab", 32)})
	}
	for p.StoredBytes() > assets.MaxProvenance {
		p.Inputs = p.Inputs[1:]
	}
	return p
}

// fill stores an asset with n versions and their reviews without the Library, which
// would take long, and returns its id.
func fill(t testing.TB, cfg assets.Config, lib *assets.Library, n int, p func(i int) assets.Provenance) assets.ID {
	t.Helper()
	made, err := lib.Create(t.Context(), fixture.Ann, fixture.Copy("v1"))
	if err != nil {
		t.Fatal(err)
	}
	err = cfg.Store.Update(t.Context(), func(tx assets.Tx) error {
		a, err := tx.Asset(t.Context(), "acme", made.ID)
		if err != nil {
			return err
		}
		v, err := tx.Version(t.Context(), "acme", made.ID, 1)
		if err != nil {
			return err
		}
		for i := 2; i <= n; i++ {
			v.Number, v.Provenance = assets.Number(i), p(i)
			if err := tx.PutVersion(t.Context(), "acme", v); err != nil {
				return err
			}
			id, at := lib.NewID()
			a.Revision++
			err = tx.AddReview(t.Context(), "acme", assets.Review{
				ID: id, AssetID: a.ID, Version: v.Number, SHA256: v.Content.SHA256, Action: assets.ActionSubmit, By: "ann", ByKind: assets.KindUser,
				FromStatus: assets.StatusDraft, ToStatus: assets.StatusPendingReview, Via: assets.ViaGo, At: at, Revision: a.Revision,
			})
			if err != nil {
				return err
			}
		}
		a.Version, a.CurrentVersion, a.Provenance = v.Number, v.Number, v.Provenance
		return tx.PutAsset(t.Context(), a, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// TestGetShowsSummariesHOS05: Get returns summaries of all versions and the newest 100
// reviews; the pages of both are the whole of them.
func TestGetShowsSummariesHOS05(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		const n = 130
		id := fill(t, cfg, lib, n, func(i int) assets.Provenance {
			return assets.Provenance{RunID: fmt.Sprint(i), Parameters: json.RawMessage(`{"a":1}`), Inputs: []assets.Input{{Kind: "k", ID: "i"}}, DerivedFrom: []assets.Ref{{AssetID: fixture.AbsentID, Version: 1}}}
		})
		a, err := lib.Get(t.Context(), fixture.Ann, id, assets.SelectCurrent)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Versions) != n || len(a.Reviews) != 100 || a.Provenance.Parameters == nil {
			t.Fatalf("%d versions, %d reviews, parameters %s", len(a.Versions), len(a.Reviews), a.Provenance.Parameters)
		}
		for i, v := range a.Versions {
			if int(v.Number) != i+1 || i > 0 && v.Provenance.RunID != fmt.Sprint(i+1) || v.Provenance.Parameters != nil || v.Provenance.Inputs != nil || v.Provenance.DerivedFrom != nil {
				t.Fatalf("version %d of %d: %+v", v.Number, i+1, v.Provenance)
			}
		}
		if first, last := a.Reviews[0], a.Reviews[99]; first.Version != n-99 || last.Version != n {
			t.Errorf("reviews of versions %d to %d", first.Version, last.Version)
		}
		numbers, reviews := walkHistory(t, lib, id, 7)
		for i := range numbers {
			if int(numbers[i]) != n-i {
				t.Fatalf("version %d is the %d. of the pages", numbers[i], i+1)
			}
		}
		for i := range reviews {
			if int(reviews[i]) != n-i {
				t.Fatalf("the review of version %d is the %d. of the pages", reviews[i], i+1)
			}
		}
		if len(numbers) != n || len(reviews) != n-1 {
			t.Errorf("%d versions and %d reviews in pages", len(numbers), len(reviews))
		}
	})
}

// walkHistory returns the numbers of all versions, and those of all reviews, page by
// page.
func walkHistory(t *testing.T, lib *assets.Library, id assets.ID, limit int) (versions, reviews []assets.Number) {
	t.Helper()
	for q := (assets.PageQuery{Limit: limit}); ; {
		page, err := lib.Versions(t.Context(), fixture.Ann, id, q)
		if err != nil || len(page.Items) == 0 || len(page.Items) > limit {
			t.Fatalf("%d versions, %v", len(page.Items), err)
		}
		for _, v := range page.Items {
			versions = append(versions, v.Number)
			if v.Number > 1 && v.Provenance.Parameters == nil {
				t.Errorf("version %d has no parameters", v.Number)
			}
		}
		if q.Cursor = string(page.NextCursor); q.Cursor == "" {
			break
		}
	}
	for q := (assets.PageQuery{Limit: limit}); ; {
		page, err := lib.Reviews(t.Context(), fixture.Ann, id, q)
		if err != nil || len(page.Items) > limit {
			t.Fatalf("%d reviews, %v", len(page.Items), err)
		}
		for _, r := range page.Items {
			reviews = append(reviews, r.Version)
		}
		if q.Cursor = string(page.NextCursor); q.Cursor == "" {
			return versions, reviews
		}
	}
}

// TestHistoryPagesRefuseHOS05: what the pages of versions and reviews refuse.
func TestHistoryPagesRefuseHOS05(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		thin := func(i int) assets.Provenance { return assets.Provenance{RunID: fmt.Sprint(i)} }
		id, other := fill(t, cfg, lib, 4, thin), fill(t, cfg, lib, 4, thin)
		versions, err := lib.Versions(t.Context(), fixture.Ann, id, assets.PageQuery{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		reviews, err := lib.Reviews(t.Context(), fixture.Ann, id, assets.PageQuery{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		foreign := fixture.User("ann")
		nobody := fixture.Ann
		nobody.Scopes = nil
		for name, c := range map[string]struct {
			by     assets.Actor
			id     assets.ID
			q      assets.PageQuery
			want   error
			fields []string
		}{
			"foreign":                 {foreign, id, assets.PageQuery{}, assets.ErrNotFound, nil},
			"unknown":                 {fixture.Ann, fixture.AbsentID, assets.PageQuery{}, assets.ErrNotFound, nil},
			"without scope":           {nobody, id, assets.PageQuery{}, assets.ErrForbiddenScope, nil},
			"not signed":              {fixture.Ann, id, assets.PageQuery{Cursor: "abc"}, assets.ErrInvalidCursor, nil},
			"another asset's cursor":  {fixture.Ann, other, assets.PageQuery{Cursor: string(versions.NextCursor)}, assets.ErrInvalidCursor, nil},
			"another asset's reviews": {fixture.Ann, other, assets.PageQuery{Cursor: string(reviews.NextCursor)}, assets.ErrInvalidCursor, nil},
			"another workspace's":     {foreign, id, assets.PageQuery{Cursor: string(versions.NextCursor)}, assets.ErrInvalidCursor, nil},
			"limit and id":            {fixture.Ann, "x", assets.PageQuery{Limit: -1}, nil, []string{"asset_id", "limit"}},
		} {
			_, errVersions := lib.Versions(t.Context(), c.by, c.id, c.q)
			_, errReviews := lib.Reviews(t.Context(), c.by, c.id, c.q)
			for _, err := range []error{errVersions, errReviews} {
				if c.fields != nil {
					if got := fixture.FieldPaths(err); fmt.Sprint(got) != fmt.Sprint(c.fields) {
						t.Errorf("%s: %v, want fields %v", name, err, c.fields)
					}
				} else if !errors.Is(err, c.want) {
					t.Errorf("%s: %v, want %v", name, err, c.want)
				}
			}
		}
		if _, err := lib.Reviews(t.Context(), fixture.Ann, id, assets.PageQuery{Cursor: string(versions.NextCursor)}); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("reviews with a cursor of versions: %v", err)
		}
		if _, err := lib.Versions(t.Context(), fixture.Ann, id, assets.PageQuery{Cursor: string(reviews.NextCursor)}); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("versions with a cursor of reviews: %v", err)
		}
		page, err := lib.Versions(t.Context(), fixture.Ann, id, assets.PageQuery{Limit: 1000})
		if err != nil || len(page.Items) != 4 || page.NextCursor != "" {
			t.Errorf("limit 1000: %d versions, %q, %v", len(page.Items), page.NextCursor, err)
		}
	})
}

// TestVolumePagesEndAt4MiBHOS05: pages of fat assets and versions end early, and a walk
// still has each of them once.
func TestVolumePagesEndAt4MiBHOS05(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		const n = 100
		id := fill(t, cfg, lib, n, fatProvenance)
		for i := range n {
			in := fixture.Copy("x")
			in.Provenance = fatProvenance(i)
			if _, err := lib.Create(t.Context(), fixture.Ann, in); err != nil {
				t.Fatal(err)
			}
		}
		pages, seen := 0, map[assets.ID]bool{}
		for q := (assets.Query{AgentSlug: "fat", Limit: 200}); ; {
			page, err := lib.List(t.Context(), fixture.Ann, q)
			if err != nil {
				t.Fatal(err)
			}
			var bytes int64
			for _, a := range page.Items {
				seen[a.ID] = true
				bytes += a.StoredBytes()
			}
			if pages++; bytes > assets.MaxPageBytes || bytes < assets.MaxPageBytes-assets.MaxProvenance-1024 && page.NextCursor != "" {
				t.Errorf("a page of %d assets has %d bytes", len(page.Items), bytes)
			}
			if q.Cursor = string(page.NextCursor); q.Cursor == "" {
				break
			}
		}
		if len(seen) != n+1 || pages != 2 {
			t.Errorf("%d assets in %d pages", len(seen), pages)
		}
		numbers, _ := walkHistory(t, lib, id, 200)
		if len(numbers) != n {
			t.Errorf("%d versions in pages", len(numbers))
		}
		if page, err := lib.Versions(t.Context(), fixture.Ann, id, assets.PageQuery{Limit: 200}); err != nil || len(page.Items) > 65 || page.NextCursor == "" {
			t.Errorf("%d fat versions in a page, %v", len(page.Items), err)
		}
	})
}

// TestProvenanceBoundHOS05: a provenance of more than 64 KiB is refused for new
// versions; one that is stored is read and rolled back to.
func TestProvenanceBoundHOS05(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		tooFat := fatProvenance(1)
		tooFat.DerivedFrom = nil
		tooFat.Inputs = append(tooFat.Inputs, tooFat.Inputs[:2]...)
		in := fixture.Copy("x")
		in.Provenance = fatProvenance(1)
		if _, err := lib.Create(t.Context(), fixture.Ann, in); err != nil {
			t.Fatalf("%d bytes: %v", in.Provenance.StoredBytes(), err)
		}
		in.Provenance = tooFat
		_, err := lib.Create(t.Context(), fixture.Ann, in)
		if got := fixture.FieldPaths(err); fmt.Sprint(got) != "[provenance]" {
			t.Errorf("create with %d bytes: %v", tooFat.StoredBytes(), err)
		}
		id := fill(t, cfg, lib, 3, func(i int) assets.Provenance {
			if i == 2 {
				return tooFat
			}
			return assets.Provenance{}
		})
		_, err = lib.AddVersion(t.Context(), fixture.Ann, id, in.NewVersion)
		if got := fixture.FieldPaths(err); fmt.Sprint(got) != "[provenance]" {
			t.Errorf("a new version with %d bytes: %v", tooFat.StoredBytes(), err)
		}
		v, err := lib.Version(t.Context(), fixture.Ann, id, 2)
		if err != nil || v.Provenance.StoredBytes() != tooFat.StoredBytes() {
			t.Errorf("stored: %d bytes, %v", v.Provenance.StoredBytes(), err)
		}
		a, err := lib.Rollback(t.Context(), fixture.Ann, id, assets.Rollback{Version: 2})
		if err != nil || a.Version != 4 || a.Provenance.StoredBytes() != tooFat.StoredBytes() {
			t.Errorf("rolled back to: version %d with %d bytes, %v", a.Version, a.Provenance.StoredBytes(), err)
		}
	})
}

// TestLargeResultsWaitHOS05: while the memory for results is taken, large results wait
// and are then ErrUnavailable, or end with their client; small ones do not wait. A slow
// client is cut when others wait.
func TestLargeResultsWaitHOS05(t *testing.T) {
	t.Parallel()
	cfg := backends.Memory().Config(t)
	cfg.Limits.WorkMemory = 2 * 2 * assets.MaxPageBytes // one large result in reading
	lib := backends.Library(t, cfg)
	fat := fill(t, cfg, lib, 70, fatProvenance)
	thin := fill(t, cfg, lib, 3, func(i int) assets.Provenance { return assets.Provenance{RunID: fmt.Sprint(i)} })
	synctest.Test(t, func(t *testing.T) {
		lib := backends.Library(t, cfg) // the timers of its gate belong to the bubble
		large := func(ctx context.Context) error {
			_, err := lib.Versions(ctx, fixture.Ann, fat, assets.PageQuery{Limit: 200})
			return err
		}
		slow, sent := assets.Sending(t.Context(), 1, nil)
		again, sentAgain := assets.Sending(slow, 9, nil)
		if again != slow {
			t.Error("Sending within Sending is another one")
		}
		sentAgain()
		if assets.JoinValues(t.Context(), t.Context()) != t.Context() {
			t.Error("JoinValues of a context with itself is another one")
		}
		if err := large(assets.JoinValues(t.Context(), slow)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := large(t.Context()); !errors.Is(err, assets.ErrUnavailable) || time.Since(start) != 10*time.Second {
			t.Errorf("beside it: %v after %v", err, time.Since(start))
		}
		ctx, hangUp := context.WithTimeout(t.Context(), time.Second)
		defer hangUp()
		start = time.Now()
		if err := large(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("a client that hangs up: %v after %v", err, time.Since(start))
		}
		start = time.Now()
		for _, err := range []error{
			second(lib.Get(t.Context(), fixture.Ann, thin, assets.SelectCurrent)),
			second(lib.Version(t.Context(), fixture.Ann, fat, 70)),
			second(lib.List(t.Context(), fixture.Ann, assets.Query{Limit: 2})),
			second(lib.Versions(t.Context(), fixture.Ann, fat, assets.PageQuery{Limit: 3})),
			second(lib.Review(t.Context(), fixture.Ann, fat, assets.Decision{Action: assets.ActionSubmit})),
		} {
			if err != nil || time.Since(start) != 0 {
				t.Errorf("a small result: %v after %v", err, time.Since(start))
			}
		}
		sent()
		if err := large(t.Context()); err != nil {
			t.Errorf("after it was sent: %v", err)
		}

		cut := make(chan struct{})
		slow, sent = assets.Sending(t.Context(), 1, func() { close(cut) })
		if err := large(slow); err != nil {
			t.Fatal(err)
		}
		go func() {
			<-cut
			sent()
		}()
		start = time.Now()
		if err := large(t.Context()); err != nil || time.Since(start) != 7500*time.Millisecond {
			t.Errorf("behind a slow client: %v after %v", err, time.Since(start))
		}
	})
}

func second[T any](_ T, err error) error { return err }
