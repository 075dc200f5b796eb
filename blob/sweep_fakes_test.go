package blob_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// ledger is a fake database that has only the keys of its versions.
type ledger struct {
	mu        sync.Mutex
	store     string
	journal   []assets.Event
	marks     blob.Marks
	versions  map[string]int // the number of versions that reference a key
	condemned map[string]bool
	expired   []assets.Time

	fail     map[string]error          // by method
	deciding func(dry bool, l *ledger) // called by Condemn
}

func newLedger(referenced ...string) *ledger {
	l := &ledger{store: "store-1", versions: map[string]int{}, condemned: map[string]bool{}}
	for _, key := range referenced {
		l.versions[key]++
	}
	l.write("before", 10)
	return l
}

func (l *ledger) State(context.Context) (string, blob.Mark, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.store, l.marks.Latest(), l.fail["State"]
}

func (l *ledger) MoveMark(_ context.Context, from blob.Mark, dry bool) (blob.Mark, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.fail["MoveMark"]; err != nil {
		return blob.Mark{}, err
	}
	var named, newest *assets.Event
	for i := range l.journal {
		newest = &l.journal[i]
		if newest.Position == from.Position {
			named = newest
		}
	}
	next, recorded, err := l.marks.Move(from, named, newest)
	if err == nil && !dry {
		l.marks = recorded
	}
	return next, err
}

// write adds n rows to the journal, which differ from those of other names.
func (l *ledger) write(name string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := int64(0)
	if len(l.journal) > 0 {
		last = l.journal[len(l.journal)-1].Position
	}
	for i := range n {
		l.journal = append(l.journal, assets.Event{Position: last + int64(i) + 1, Workspace: "acme", Type: assets.EventEdited, Data: assets.EventData{By: name}})
	}
}

// prune removes all rows of the journal but the newest.
func (l *ledger) prune() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.journal = slices.Clone(l.journal[len(l.journal)-1:])
}

// backup returns a copy of the ledger as it is now.
func (l *ledger) backup() *ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &ledger{
		store: l.store, journal: slices.Clone(l.journal), marks: slices.Clone(l.marks),
		versions: maps.Clone(l.versions), condemned: maps.Clone(l.condemned),
	}
}

// marker returns the text of a marker that names the newest row of the journal.
func (l *ledger) marker() string { return l.markerAt(len(l.journal)) }

// markerAt returns the text of a marker that names the i-th row of the journal.
func (l *ledger) markerAt(i int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := blob.MarkOf(l.journal[i-1])
	return fmt.Sprintf(`{"store":"store-1","journal":{"position":%d,"digest":"%s"}}`, m.Position, m.Digest)
}

func (l *ledger) Condemn(_ context.Context, keys []string, _ assets.Time, dry bool) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deciding != nil {
		l.deciding(dry, l)
	}
	method := "Condemn"
	if dry {
		method = "Condemn dry"
	}
	if err := l.fail[method]; err != nil {
		return nil, err
	}
	var unreferenced []string
	for _, key := range keys {
		if l.versions[key] == 0 {
			unreferenced = append(unreferenced, key)
		}
	}
	if !dry {
		for _, key := range unreferenced {
			l.condemned[key] = true
		}
	}
	return unreferenced, nil
}

func (l *ledger) Expire(_ context.Context, before assets.Time) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expired = append(l.expired, before)
	return 3, l.fail["Expire"]
}

// commit adds a version that references key, and reports false if key is condemned.
func (l *ledger) commit(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.commitLocked(key)
}

func (l *ledger) commitLocked(key string) bool {
	if l.condemned[key] {
		return false
	}
	l.versions[key]++
	return true
}

// remove deletes a version that references key.
func (l *ledger) remove(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.versions[key]--
}

// agedBucket is a bucket with given ages of its objects, whose listing and deletions can
// fail.
type agedBucket struct {
	store
	ages     map[string]time.Duration // default: two days
	listed   int                      // objects before the listing fails; 0: never
	deletes  int                      // deletions before they fail; 0: never
	markFail error

	marking func() // called before the marker is written

	mu      sync.Mutex
	deleted []string
}

func (a *agedBucket) List(ctx context.Context, folder string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		n := 0
		for o, err := range a.store.List(ctx, folder) {
			if n++; a.listed > 0 && n > a.listed {
				o, err = blob.Object{}, assets.ErrUnavailable
			}
			age, ok := a.ages[o.Key]
			if !ok {
				age = 48 * time.Hour
			}
			o.ModTime = now.Add(-age)
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

func (a *agedBucket) Delete(ctx context.Context, key string) error {
	a.mu.Lock()
	a.deleted = append(a.deleted, key)
	failing := a.deletes > 0 && len(a.deleted) > a.deletes
	a.mu.Unlock()
	if failing {
		return assets.ErrUnavailable
	}
	return a.store.Delete(ctx, key)
}

func (a *agedBucket) WriteMarker(ctx context.Context, text []byte) error {
	if a.markFail != nil {
		return a.markFail
	}
	if a.marking != nil {
		a.marking()
	}
	return a.store.WriteMarker(ctx, text)
}

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// config returns a configuration with the time of these tests.
func config(b blob.Sweepable, l blob.Ledger) blob.SweepConfig {
	return blob.SweepConfig{Bucket: b, Ledger: l, Now: func() time.Time { return now }}
}

// sweepTest runs a test with each implementation, which has the given contents.
func sweepTest(t *testing.T, contents []string, test func(t *testing.T, b *agedBucket)) {
	each(t, func(t *testing.T, s store) {
		for _, key := range contents {
			put(t, s, key, "content")
		}
		test(t, &agedBucket{store: s, ages: map[string]time.Duration{}})
	})
}

func (l *ledger) referenced() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	live := maps.Clone(l.versions)
	maps.DeleteFunc(live, func(_ string, n int) bool { return n == 0 })
	return slices.Sorted(maps.Keys(live))
}
