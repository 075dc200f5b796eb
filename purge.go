package assets

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/10ex/assets/internal/id"
)

const (
	purgeBatch   = 500 // keys that are condemned at once
	purgeDeletes = 16  // objects that are deleted at the same time
)

// Purged is what [Library.PurgeWorkspace] has removed.
type Purged struct {
	Rows    int64
	Objects int64 // contents and renditions
}

// condemner is what a store has that is the ledger of a sweep: see package blob.
type condemner interface {
	Condemn(ctx context.Context, keys []string, at Time, dry bool) (unreferenced []string, err error)
}

// PurgeWorkspace removes everything of a workspace: first its API keys, review links,
// webhooks, upload tickets and exports, so that nobody comes in through these, then its
// assets with their contents, idempotency records and events. Nobody can undo it. A host
// that authenticates by itself first stops to do so for the workspace: what is written
// meanwhile is removed too, and PurgeWorkspace goes on until it finds nothing. A call that
// was admitted before may still write afterwards: purge again when the longest request has
// ended. What remains is one event, EventPurged, which only followers of the host see.
//
// It is for the host, not for an actor. It works in short transactions, beside other
// calls. When it fails or is killed, the next call goes on. Purging what is not there does
// nothing. If the Blobs are no [KeyLister], a sweep deletes what a killed call has left of
// contents, and uploads that were never completed.
//
// It returns a field error for a malformed workspace, ErrNotConfigured if the store is no
// [Purger], such as in a transaction of the host, or ErrUnavailable. Purged is right also
// with an error.
func (l *Library) PurgeWorkspace(ctx context.Context, workspace string) (_ Purged, err error) {
	ctx, op := l.observe(ctx, "PurgeWorkspace", nil, "")
	defer op.end(&err)
	if !wellFormed(workspace) {
		return Purged{}, Invalid(TypeMalformed, "must be 1 to 255 bytes of UTF-8 without NUL", "workspace")
	}
	store, ok := StoreAs[Purger](l.cfg.Store)
	if !ok {
		return Purged{}, Errorf(ErrNotConfigured, "the store cannot purge a workspace")
	}
	p := &purge{lib: l, store: store, workspace: workspace}
	err = p.run(ctx)
	return p.done, err
}

// purge is one call of PurgeWorkspace.
type purge struct {
	lib       *Library
	store     Purger
	workspace string
	done      Purged
}

func (p *purge) run(ctx context.Context) error {
	lister, lists := p.lib.cfg.Blobs.(KeyLister)
	gone := func(keys []string) error { return p.deleteGone(ctx, keys, !lists) }
	for again := true; again; {
		rows, err := p.store.PurgeRows(ctx, p.workspace, gone)
		p.done.Rows += rows
		if err != nil {
			return fmt.Errorf("purging rows: %w", err)
		}
		again = false
		if lists {
			deleted := p.done.Objects
			referenced, err := p.deleteListed(ctx, lister)
			if err != nil {
				return fmt.Errorf("purging contents: %w", err)
			}
			again = p.done.Objects > deleted || referenced && rows > 0
		}
	}
	e := Event{ID: ID(id.Random()), Type: EventPurged, At: p.lib.Now(), Workspace: p.workspace, Trace: traceIn(ctx)}
	e.Data.Via = ViaGo
	if _, err := p.store.EndPurge(ctx, e); err != nil {
		return fmt.Errorf("ending a purge: %w", err)
	}
	if err := p.store.Scrub(ctx); err != nil {
		return fmt.Errorf("everything is removed, but files of the database may still have some of it; purge again: %w", err)
	}
	return nil
}

// deleteGone deletes the contents under keys that rows had, and their renditions unless
// these are listed later.
func (p *purge) deleteGone(ctx context.Context, keys []string, renditions bool) error {
	var objects []string
	for _, key := range keys {
		objects = append(objects, objectKeys(key, renditions)...)
	}
	return p.deleteAll(ctx, objects)
}

// deleteListed deletes every object of the workspace that no row refers to. It reports
// whether rows refer to some, which were written since the rows were removed.
func (p *purge) deleteListed(ctx context.Context, lister KeyLister) (referenced bool, err error) {
	batch := make([]string, 0, purgeBatch)
	flush := func() error {
		found, err := p.deleteUnreferenced(ctx, batch)
		referenced = referenced || found
		batch = batch[:0]
		return err
	}
	for key, err := range lister.Keys(ctx, keyFolder(p.workspace)) {
		if err != nil {
			return referenced, err
		}
		if batch = append(batch, key); len(batch) == purgeBatch {
			if err := flush(); err != nil {
				return referenced, err
			}
		}
	}
	return referenced, flush()
}

// deleteUnreferenced deletes those of the objects that no row refers to. It condemns the
// contents before, so that an upload under way ends with neither row nor bytes. Renditions
// are made only of contents that rows have had.
func (p *purge) deleteUnreferenced(ctx context.Context, keys []string) (referenced bool, err error) {
	if len(keys) == 0 {
		return false, nil
	}
	ledger, ok := StoreAs[condemner](p.lib.cfg.Store)
	if !ok {
		return false, nil // as without a KeyLister
	}
	contents := map[string]bool{} // whether the content itself is among the keys
	for _, key := range keys {
		contents[contentKey(key)] = contents[contentKey(key)] || contentKey(key) == key
	}
	free := map[string]bool{}
	for _, itself := range []bool{true, false} {
		var some []string
		for key, is := range contents {
			if is == itself {
				some = append(some, key)
			}
		}
		if len(some) == 0 {
			continue
		}
		unreferenced, err := ledger.Condemn(ctx, some, p.lib.Now(), !itself)
		if err != nil {
			return false, err
		}
		for _, key := range unreferenced {
			free[key] = true
		}
	}
	var objects []string
	for _, key := range keys {
		if free[contentKey(key)] {
			objects = append(objects, key)
		}
	}
	return len(free) < len(contents), p.deleteAll(ctx, objects)
}

// deleteAll deletes objects, some at the same time.
func (p *purge) deleteAll(ctx context.Context, keys []string) error {
	var workers sync.WaitGroup
	var mu sync.Mutex
	var failed error
	next := make(chan string)
	for range min(purgeDeletes, len(keys)) {
		workers.Go(func() {
			for key := range next {
				err := p.lib.deleteObject(ctx, key)
				mu.Lock()
				if err != nil {
					failed = errors.Join(failed, unavailable("deleting content", err))
				} else {
					p.done.Objects++
				}
				mu.Unlock()
			}
		})
	}
	for _, key := range keys {
		mu.Lock()
		stop := failed != nil
		mu.Unlock()
		if stop {
			break
		}
		next <- key
	}
	close(next)
	workers.Wait()
	return failed
}
