package assetstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/10ex/assets"
)

// meanwhileTime is how long a test waits for a concurrent call that the store
// may also delay. No result depends on it.
const meanwhileTime = 50 * time.Millisecond

// maxWait is how long a call may take that waits for no other.
const maxWait = 20 * time.Second

// concurrencyCases show that no caller sees half of what another does.
var concurrencyCases = []storeCase{
	{"Updates of one asset happen one after the other IDM05", func(t *storeT) {
		t.put(sample("w", 1))
		const n = 16
		t.concurrently(n, func(i int) error {
			return t.Update(t.Context(), func(tx assets.Tx) error {
				a, err := tx.Asset(t.Context(), "w", idOf(1))
				if err != nil {
					return err
				}
				a.Revision++
				v := sampleVersion("w", a.ID, a.CurrentVersion+1)
				v.Words = fmt.Sprint(i)
				a.Version, a.CurrentVersion, a.Content, a.Provenance = v.Number, v.Number, v.Content, v.Provenance
				if err := tx.PutAsset(t.Context(), a, nil); err != nil {
					return err
				}
				return tx.PutVersion(t.Context(), "w", v)
			})
		})
		got, err := readRecord(t.Context(), t, "w", idOf(1))
		t.ok(err)
		if got.current.Revision != 4+n || len(got.versions) != 2+n {
			t.Fatalf("revision %d, %d versions; want %d and %d", got.current.Revision, len(got.versions), 4+n, 2+n)
		}
		seen := make(map[string]bool)
		for _, v := range got.versions[2:] {
			seen[v.Words] = true
		}
		if len(seen) != n {
			t.Errorf("versions of %d callers, want %d", len(seen), n)
		}
	}},
	{"Updates of different assets all happen", func(t *storeT) {
		const n = 16
		t.concurrently(n, func(i int) error {
			return t.Update(t.Context(), func(tx assets.Tx) error { return sample("w", i).write(t.Context(), tx) })
		})
		for i := range n {
			t.holds(t, sample("w", i))
		}
	}},
	{"one of many equal first tries wins IDM01", func(t *storeT) {
		const n = 16
		t.concurrently(n, func(i int) error {
			return t.Update(t.Context(), func(tx assets.Tx) error {
				_, err := tx.Requested(t.Context(), "w", "ann", "POST /", "k")
				if !absent(err) {
					return err
				}
				r := sample("w", i)
				q := sampleRequest("k")
				q.AssetID = r.current.ID
				return errors.Join(r.write(t.Context(), tx), tx.PutRequest(t.Context(), "w", q))
			})
		})
		got, err := t.Requested(t.Context(), "w", "ann", "POST /", "k")
		t.ok(err)
		if list := t.list("w", assets.Filter{}); len(list) != 1 || list[0].ID != got.AssetID {
			t.Errorf("%d assets, the key names %s; want the one it names", len(list), got.AssetID)
		}
	}},
	{"View is one snapshot while an Update commits EXP04", snapshot},
	{"no reader sees half an Update APR09", func(t *storeT) {
		t.put(pairAt(0)...)
		done := make(chan struct{})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for {
					t.pairAgrees()
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for i := range 40 {
			t.put(pairAt(int64(i + 1))...)
		}
		close(done)
		wg.Wait()
	}},
	{"no reader sees what is rolled back", func(t *storeT) {
		t.put(sample("w", 1))
		rollBack := errors.New("roll back")
		read := make(chan *assets.Asset, 1)
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			if err := tx.PutAsset(t.Context(), emptyRecord("w", 1).current, nil); err != nil {
				return err
			}
			return t.meanwhile(rollBack, func() {
				a, err := t.Asset(t.Context(), "w", idOf(1))
				if err != nil {
					t.Error(err)
				}
				read <- a
			})
		})
		if !errors.Is(err, rollBack) {
			t.Fatal(err)
		}
		t.same("read during the Update", <-read, sample("w", 1).current)
	}},
	{"a call that waits for a writer honours its context", func(t *storeT) {
		t.put(sample("w", 1))
		waited := make(chan error, 1)
		t.update(func(tx assets.Tx) error {
			a, err := tx.Asset(t.Context(), "w", idOf(1))
			if err != nil {
				return err
			}
			if err := tx.PutAsset(t.Context(), a, nil); err != nil {
				return err
			}
			go func() { waited <- t.updateBriefly() }()
			select {
			case err := <-waited:
				t.ended(err)
				return nil
			case <-time.After(maxWait):
				return errors.New("the second Update is still waiting")
			}
		})
		got, err := t.Asset(t.Context(), "w", idOf(1))
		t.ok(err)
		t.same("asset", got, sample("w", 1).current)
	}},
}

// updateBriefly tries to change the sample asset, with a context that ends
// soon.
func (t *storeT) updateBriefly() error {
	ctx, cancel := context.WithTimeout(t.Context(), meanwhileTime)
	defer cancel()
	return t.Update(ctx, func(tx assets.Tx) error {
		a, err := tx.Asset(ctx, "w", idOf(1))
		if err != nil {
			return err
		}
		a.Title = "impatient"
		return tx.PutAsset(ctx, a, nil)
	})
}

// concurrently runs fn n times at once. No call may fail.
func (t *storeT) concurrently(n int, fn func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	t.ok(errors.Join(errs...))
}

// meanwhile runs fn in a goroutine and waits for it, but no longer than
// meanwhileTime. It returns err.
func (t *storeT) meanwhile(err error, fn func()) error {
	done := make(chan struct{})
	go func() { defer close(done); fn() }()
	select {
	case <-done:
	case <-time.After(meanwhileTime):
	}
	return err
}

// snapshot reads everything twice in one View, with a commit in between if the
// store does not delay it.
func snapshot(t *storeT) {
	before := []*record{sample("w", 1), sample("w", 2)}
	t.put(before...)
	committed := make(chan error, 1)
	view := func(r assets.Snapshot) error {
		for _, want := range before {
			t.holds(r, want)
		}
		hasNoTrace(t, r, "w", idOf(3))
		n, err := r.Count(t.Context(), "w", assets.Filter{})
		if err != nil || n != 2 {
			t.Errorf("a View counts %d, %v; want 2", n, err)
		}
		counts, err := r.Counts(t.Context(), "w", assets.Filter{}, 0)
		if c := counts; err != nil || c.Draft+c.PendingReview+c.Approved+c.Archived != 2 {
			t.Errorf("a View counts %+v, %v; want 2 assets", counts, err)
		}
		tags, err := r.TagCounts(t.Context(), "w", assets.TagWindow{Limit: 1})
		if err != nil || len(tags) != 1 || tags[0].Count != 2 {
			t.Errorf("a View counts the tags %v, %v; want one of two assets", tags, err)
		}
		return nil
	}
	t.ok(t.View(t.Context(), func(r assets.Snapshot) error {
		if err := view(r); err != nil {
			return err
		}
		_ = t.meanwhile(nil, func() {
			committed <- t.Update(t.Context(), func(tx assets.Tx) error {
				return errors.Join(
					emptyRecord("w", 1).write(t.Context(), tx),
					tx.PutVersion(t.Context(), "w", sampleVersion("w", idOf(1), 3)),
					tx.DeleteAsset(t.Context(), "w", idOf(2)),
					sample("w", 3).write(t.Context(), tx),
				)
			})
		})
		return view(r)
	}))
	t.ok(<-committed)
	t.holds(t, sample("w", 3))
	hasNoTrace(t, t, "w", idOf(2))
}

// pairAt returns two assets, both perspectives of which are at one revision.
func pairAt(revision int64) []*record {
	var both []*record
	for i := range 2 {
		r := sample("w", i)
		r.reviews = nil
		r.current.Revision, r.approved.Revision = revision, revision
		both = append(both, r)
	}
	return both
}

// pairAgrees reads the pair with a list, and with single reads in a View.
func (t *storeT) pairAgrees() {
	list, err := t.Assets(t.Context(), "w", assets.Filter{}, assets.Window{Limit: 2})
	if err != nil || len(list) != 2 || list[0].Revision != list[1].Revision {
		t.Errorf("a list of %d, %v, shows half an Update", len(list), err)
	}
	err = t.View(t.Context(), func(r assets.Snapshot) error {
		first, err := r.Asset(t.Context(), "w", idOf(0))
		if err != nil {
			return err
		}
		second, err := readApproved(t.Context(), r, "w", idOf(1))
		if err != nil {
			return err
		}
		if first.Revision != second.Revision {
			t.Errorf("a View shows revision %d beside %d", first.Revision, second.Revision)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
