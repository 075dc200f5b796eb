package assets_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/wire"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// TestDBF07Killed crashes the database server at random points of mixed work,
// again and again. While it is away every answer is 503; with the server back
// the same Library works, has all that it acknowledged, and every row's
// content opens and has its digest.
func TestDBF07Killed(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		kills := 3
		if os.Getenv("ASSETS_TEST_ALL") != "" {
			kills = 20
		}
		server := pgtest.Start(t) // it syncs
		url := server.Database(t)
		if err := postgres.Migrate(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		st, err := postgres.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		work := &mixedWork{T: t, lib: library(t, config(st, blob.NewMemory())), by: user("checker"), known: map[assets.ID]*acknowledged{}}
		for round := range kills {
			work.until(round, func() { server.Stop(t, "immediate") })
			work.away()
			server.Restart(t)
			work.wellAgain()
			work.check()
		}
		t.Logf("%d kills, %d assets with %d writes acknowledged, %d refused", kills, len(work.known), work.acked, work.refused)
		if work.acked < 10*kills || work.refused == 0 {
			t.Error("there was hardly any work under way")
		}
	})
}

// acknowledged is the last that a caller was told of an asset. In doubt, its
// last change may have happened too.
type acknowledged struct {
	revision int64
	status   assets.Status
	version  assets.Number
	doubt    bool
}

// mixedWork is what agents and people do at once, and what they were told.
type mixedWork struct {
	*testing.T
	lib *assets.Library
	by  assets.Actor // who checks

	mu             sync.Mutex
	known          map[assets.ID]*acknowledged
	acked, refused int
}

// until works until the server is stopped.
func (w *mixedWork) until(round int, stop func()) {
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
	timer := time.NewTimer(time.Duration(200+rand.IntN(400)) * time.Millisecond) // a random point is the point
	<-timer.C
	stop()
	cancel()
	workers.Wait()
}

// life makes an asset and some changes; it ends when the database is away.
func (w *mixedWork) life(name string, n int) bool {
	ctx, by := w.Context(), user("maker")
	made, err := w.lib.Create(ctx, by, assets.NewAsset{Type: assets.TypeCopy, Title: name, NewVersion: assets.NewVersion{Text: name, Submit: n%2 == 0}})
	if !w.told(made.Asset, "", err) {
		return false
	}
	id := made.ID
	for _, step := range []func() (*assets.Asset, error){
		func() (*assets.Asset, error) {
			out, err := w.lib.AddVersion(ctx, by, id, assets.NewVersion{Text: "second of " + name, Submit: true})
			return out.Asset, err
		},
		func() (*assets.Asset, error) {
			return w.lib.Review(ctx, user("ann"), id, assets.Decision{Action: assets.ActionApprove, Version: 2})
		},
		func() (*assets.Asset, error) {
			return w.lib.Rollback(ctx, by, id, assets.Rollback{Version: 1})
		},
		func() (*assets.Asset, error) {
			return w.lib.Review(ctx, user("ann"), id, assets.Decision{Action: assets.ActionArchive})
		},
	}[:n%5] {
		now, err := step()
		if !w.told(now, id, err) {
			return false
		}
	}
	return true
}

// told notes an answer.
func (w *mixedWork) told(now *assets.Asset, id assets.ID, err error) bool {
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

// away: without its database the Library says so.
func (w *mixedWork) away() {
	w.Helper()
	_, listed := w.lib.List(w.Context(), user("ann"), assets.Query{})
	_, written := w.lib.Create(w.Context(), user("ann"), assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"}})
	for _, err := range []error{listed, written} {
		if status := wire.Status(assets.Code(err)); status != 503 {
			w.Errorf("while the server is away: %d, %v", status, err)
		}
	}
}

// wellAgain waits until writes succeed, which takes seconds at most.
func (w *mixedWork) wellAgain() {
	w.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, err := w.lib.Create(w.Context(), user("ann"), assets.NewAsset{Type: assets.TypeCopy, Title: "well", NewVersion: assets.NewVersion{Text: "x"}})
		if err == nil {
			return
		}
		if !errors.Is(err, assets.ErrUnavailable) || time.Now().After(deadline) {
			w.Fatal(err)
		}
	}
}

// check compares what is there with what was acknowledged, and reads every
// content, also of what nobody was told of.
func (w *mixedWork) check() {
	w.Helper()
	for id, want := range w.known {
		got := get(w, w.lib, id)
		if got.Revision < want.revision || !want.doubt && (got.Revision != want.revision || got.Status != want.status || got.Version != want.version) {
			w.Errorf("%s is %s, version %d, revision %d; acknowledged was %+v", id, got.Status, got.Version, got.Revision, want)
		}
		want.revision, want.status, want.version, want.doubt = got.Revision, got.Status, got.Version, false
	}
	query := assets.Query{Limit: 200}
	for {
		page, err := w.lib.List(w.Context(), user("checker"), query)
		if err != nil {
			w.Fatal(err)
		}
		for _, a := range page.Items {
			for n := range a.CurrentVersion {
				w.opens(a.ID, n+1)
			}
		}
		if page.NextCursor == "" {
			return
		}
		query.Cursor = string(page.NextCursor)
	}
}

func (w *mixedWork) opens(id assets.ID, n assets.Number) {
	w.Helper()
	file, err := w.lib.Open(w.Context(), w.by, id, assets.Selector(n))
	if err != nil {
		w.Errorf("%s version %d: %v", id, n, err)
		return
	}
	content, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		w.Errorf("%s version %d: %v", id, n, err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != file.Version.Content.SHA256 {
		w.Errorf("%s version %d has another digest", id, n)
	}
}
