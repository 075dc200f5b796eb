package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/wire"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// TestPostgresCrashesDBF07 crashes the database server repeatedly at random points
// of a mixed workload. Without the server every call fails with 503. After its
// restart the same Library works and has everything that it acknowledged, and the
// content of every row opens and has its digest.
func TestPostgresCrashesDBF07(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		kills := 3
		if os.Getenv("ASSETS_TEST_ALL") != "" {
			kills = 20
		}
		server := pgtest.Start(t) // one that syncs
		url := server.Database(t)
		if err := postgres.Migrate(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		st, err := postgres.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		work := &workload{T: t, lib: backends.Library(t, backends.Config(st, blob.NewMemory())), by: fixture.User("checker"), known: map[assets.ID]*acknowledged{}}
		for round := range kills {
			work.until(round, func() { server.Stop(t, "immediate") })
			work.checkUnavailable()
			server.Restart(t)
			work.waitUntilWritable()
			work.check()
		}
		t.Logf("%d kills, %d assets with %d writes acknowledged, %d refused", kills, len(work.known), work.acked, work.refused)
		if work.acked < 10*kills || work.refused == 0 {
			t.Error("too few calls were under way")
		}
	})
}

// acknowledged is what the last successful call returned about an asset.
type acknowledged struct {
	revision int64
	status   assets.Status
	version  assets.Number
	doubt    bool // a later call failed, and may have had its effect
}

// workload is what agents and people do at once, and what the calls returned.
type workload struct {
	*testing.T
	lib *assets.Library
	by  assets.Actor // who reads in the checks

	mu             sync.Mutex
	known          map[assets.ID]*acknowledged
	acked, refused int
}

// until runs the workload until the server is stopped.
func (w *workload) until(round int, stop func()) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	var workers sync.WaitGroup
	for i := range 4 {
		workers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if !w.life(fmt.Sprintf("%d-%d-%d", round, i, n), n) {
					return
				}
			}
		})
	}
	timer := time.NewTimer(time.Duration(200+rand.IntN(400)) * time.Millisecond) // the stop must come at a random point
	<-timer.C
	stop()
	cancel()
	workers.Wait()
}

// life makes an asset and some changes. It returns false when a call failed.
func (w *workload) life(name string, n int) bool {
	ctx, by := w.Context(), fixture.User("maker")
	made, err := w.lib.Create(ctx, by, assets.NewAsset{Type: assets.TypeCopy, Title: name, NewVersion: assets.NewVersion{Text: name, Submit: n%2 == 0}})
	if !w.record(made.Asset, "", err) {
		return false
	}
	id := made.ID
	for _, step := range []func() (*assets.Asset, error){
		func() (*assets.Asset, error) {
			out, err := w.lib.AddVersion(ctx, by, id, assets.NewVersion{Text: "second of " + name, Submit: true})
			return out.Asset, err
		},
		func() (*assets.Asset, error) {
			return w.lib.Review(ctx, fixture.User("ann"), id, assets.Decision{Action: assets.ActionApprove, Version: 2})
		},
		func() (*assets.Asset, error) {
			return w.lib.Rollback(ctx, by, id, assets.Rollback{Version: 1})
		},
		func() (*assets.Asset, error) {
			return w.lib.Review(ctx, fixture.User("ann"), id, assets.Decision{Action: assets.ActionArchive})
		},
	}[:n%5] {
		now, err := step()
		if !w.record(now, id, err) {
			return false
		}
	}
	return true
}

// record keeps what a call returned, and reports whether it succeeded.
func (w *workload) record(now *assets.Asset, id assets.ID, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.refused++
		if !errors.Is(err, assets.ErrUnavailable) {
			w.Errorf("%s: %v, want unavailable", id, err)
		}
		if a := w.known[id]; a != nil {
			a.doubt = true
		}
		return false
	}
	w.acked++
	w.known[now.ID] = &acknowledged{revision: now.Revision, status: now.Status, version: now.Version}
	return true
}

// checkUnavailable expects reads and writes to fail while the server is stopped.
func (w *workload) checkUnavailable() {
	w.Helper()
	_, listed := w.lib.List(w.Context(), fixture.User("ann"), assets.Query{})
	_, written := w.lib.Create(w.Context(), fixture.User("ann"), assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"}})
	for _, err := range []error{listed, written} {
		if status := wire.Status(assets.Code(err)); status != 503 {
			w.Errorf("without the server: %d, %v", status, err)
		}
	}
}

// waitUntilWritable waits until writes succeed again: some seconds at most.
func (w *workload) waitUntilWritable() {
	w.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, err := w.lib.Create(w.Context(), fixture.User("ann"), assets.NewAsset{Type: assets.TypeCopy, Title: "well", NewVersion: assets.NewVersion{Text: "x"}})
		if err == nil {
			return
		}
		if !errors.Is(err, assets.ErrUnavailable) || time.Now().After(deadline) {
			w.Fatal(err)
		}
	}
}

// check compares the assets with what was acknowledged, and reads every content,
// also of assets that were not acknowledged.
func (w *workload) check() {
	w.Helper()
	for id, want := range w.known {
		got := fixture.Get(w, w.lib, id)
		if got.Revision < want.revision || !want.doubt && (got.Revision != want.revision || got.Status != want.status || got.Version != want.version) {
			w.Errorf("%s is %s, version %d, revision %d; acknowledged was %+v", id, got.Status, got.Version, got.Revision, want)
		}
		want.revision, want.status, want.version, want.doubt = got.Revision, got.Status, got.Version, false
	}
	query := assets.Query{Limit: 200}
	for {
		page, err := w.lib.List(w.Context(), fixture.User("checker"), query)
		if err != nil {
			w.Fatal(err)
		}
		for _, a := range page.Items {
			for n := range a.CurrentVersion {
				fixture.CheckContent(w, w.lib, w.by, a.ID, n+1)
			}
		}
		if page.NextCursor == "" {
			return
		}
		query.Cursor = string(page.NextCursor)
	}
}
