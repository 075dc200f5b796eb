package hostile_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// exports is an Exporter whose clock can be moved.
type exports struct {
	*export.Exporter
	lib   *assets.Library
	ahead atomic.Int64 // of the clock, in nanoseconds
}

func newExports(t *testing.T, cfg assets.Config, limits export.Limits) *exports {
	t.Helper()
	x := &exports{}
	cfg.Now = func() time.Time { return time.Now().Add(time.Duration(x.ahead.Load())) }
	x.lib = backends.Library(t, cfg)
	made, err := export.New(export.Config{Library: x.lib, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	x.Exporter = made
	return x
}

// approveFat approves assets with much provenance and returns how much each adds to the
// metadata.json of an export, about.
func (x *exports) approveFat(t *testing.T, n int) (bytes int64) {
	t.Helper()
	const parameters = 15 << 10
	for i := range n {
		in := fixture.Copy(fmt.Sprint("text ", i))
		in.Provenance = assets.Provenance{Parameters: fmt.Appendf(nil, `{"prompt":"%s"}`, strings.Repeat("x", parameters))}
		made, err := x.lib.Create(t.Context(), fixture.Ann, in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.lib.Review(t.Context(), fixture.Ann, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
			t.Fatal(err)
		}
	}
	return parameters
}

// count returns the number of exports that the workspace has, expired or not.
func (x *exports) count(t *testing.T) int {
	t.Helper()
	page, err := x.List(t.Context(), fixture.Ann, export.ListQuery{Limit: assets.MaxListLimit})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Items)
}

// TestFatExportsHOS08: a read key freezes fat metadata until the workspace's share is
// used up. A place becomes free when an export expires, and no sweep has to run.
func TestFatExportsHOS08(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		x := newExports(t, cfg, export.Limits{Workspace: export.Quota{Metadata: 200 << 10}})
		const entries = 4
		fits := int(200 << 10 / (entries * x.approveFat(t, entries))) // 3
		for i := range fits {
			if _, err := x.Create(t.Context(), fixture.Bot, export.Request{ExpiresIn: time.Hour}); err != nil {
				t.Fatalf("export %d: %v", i, err)
			}
		}
		for range 3 {
			_, err := x.Create(t.Context(), fixture.Bot, export.Request{})
			if !errors.Is(err, assets.ErrLimitReached) || !strings.Contains(assets.Detail(err), "at most 204800 bytes") {
				t.Errorf("%v, want ErrLimitReached", err)
			}
		}
		if n := x.count(t); n != fits {
			t.Errorf("%d exports, want %d", n, fits)
		}
		x.ahead.Store(int64(time.Hour))
		if _, err := x.Create(t.Context(), fixture.Bot, export.Request{}); err != nil {
			t.Errorf("after they expired: %v", err)
		}
	})
}

// TestMetadataOfAnExportHOS08: an export whose metadata.json would be too large is
// refused, and leaves nothing.
func TestMetadataOfAnExportHOS08(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		x := newExports(t, cfg, export.Limits{Metadata: 100 << 10})
		x.approveFat(t, 7)
		_, err := x.Create(t.Context(), fixture.Bot, export.Request{})
		if assets.Code(err) != "validation_error" || !strings.Contains(err.Error(), "metadata.json has more than 102400 bytes: narrow the filters") {
			t.Errorf("%v, want a field error", err)
		}
		if n := x.count(t); n != 0 {
			t.Errorf("%d exports", n)
		}
	})
}

// TestShortLivedExportsHOS08: exports that expire after a second are not kept without
// end until a sweep runs.
func TestShortLivedExportsHOS08(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		const limit = 3
		x := newExports(t, cfg, export.Limits{Workspace: export.Quota{Exports: limit}})
		x.approveFat(t, 1)
		for range 20 {
			if _, err := x.Create(t.Context(), fixture.Bot, export.Request{ExpiresIn: time.Second}); err != nil {
				t.Fatal(err)
			}
			x.ahead.Add(int64(time.Second))
			if n := x.count(t); n > 2*limit {
				t.Fatalf("%d exports are kept, want at most %d", n, 2*limit)
			}
		}
	})
}

// TestExportsAtOnceHOS08: calls at once do not exceed the limit.
func TestExportsAtOnceHOS08(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		x := newExports(t, cfg, export.Limits{Workspace: export.Quota{Exports: 3}})
		x.approveFat(t, 1)
		errs := make([]error, 12)
		fixture.AtOnce(len(errs), func(i int) { _, errs[i] = x.Create(t.Context(), fixture.Bot, export.Request{}) })
		if got := fixture.CountCodes(errs); got["ok"] != 3 || got["limit_reached"] != 9 {
			t.Errorf("%v, want 3 exports and 9 times limit_reached", got)
		}
	})
}

// TestVolumeWithdrawExportedHOS08: one bulk withdraws all that as many exports contain as
// a workspace may have, and makes each of them stale.
func TestVolumeWithdrawExportedHOS08(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		const entries, exported = assets.MaxBulkItems, 100
		cfg.Limits.WriteTimeout = 10 * time.Minute // also on a busy machine
		x := newExports(t, cfg, export.Limits{})
		bulk := assets.BulkDecision{Action: assets.ActionApprove}
		for i := range entries {
			made, err := x.lib.Create(t.Context(), fixture.Ann, fixture.Copy(fmt.Sprint("text ", i)))
			if err != nil {
				t.Fatal(err)
			}
			bulk.Items = append(bulk.Items, assets.BulkItem{AssetID: made.ID, Version: 1})
		}
		if _, err := x.lib.BulkReview(t.Context(), fixture.Ann, bulk); err != nil {
			t.Fatal(err)
		}
		var ids []assets.ID
		for range exported {
			made, err := x.Create(t.Context(), fixture.Bot, export.Request{})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, made.ID)
		}
		bulk.Action = assets.ActionArchive
		began := time.Now()
		if _, err := x.lib.BulkReview(t.Context(), fixture.Ann, bulk); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d assets in %d exports each were archived in %v", entries, exported, time.Since(began))
		for _, id := range ids {
			if got, err := x.Get(t.Context(), fixture.Bot, id); err != nil || len(got.StaleItems) != entries {
				t.Fatalf("%d stale items of %d, %v", len(got.StaleItems), entries, err)
			}
		}
	})
}
