package assetstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/10ex/assets"
)

// grace is how long a test offers a concurrent call to go first. A store may
// as well make it wait: no verdict depends on it.
const grace = 50 * time.Millisecond

// patience is how long a call may take that nothing stands in the way of.
const patience = 20 * time.Second

// concurrencyCases: what one caller does is whole for every other.
var concurrencyCases = []storeCase{
	{"IDM05 Updates of one asset happen one after the other", func(t *storeT) {
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
	{"IDM01 one of many equal first tries wins", func(t *storeT) {
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
	{"EXP04 View is one snapshot while an Update commits", snapshot},
	{"APR09 no reader sees half an Update", func(t *storeT) {
		t.put(twins(0)...)
		done := make(chan struct{})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for {
					t.twinsAgree()
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for i := range 40 {
			t.put(twins(int64(i + 1))...)
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
			return t.offer(rollBack, func() {
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
	{"who waits for a writer honours its context", func(t *storeT) {
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
			go func() { waited <- t.impatient() }()
			select {
			case err := <-waited:
				t.ended(err)
				return nil
			case <-time.After(patience):
				return errors.New("the second Update is still waiting")
			}
		})
		got, err := t.Asset(t.Context(), "w", idOf(1))
		t.ok(err)
		t.same("asset", got, sample("w", 1).current)
	}},
}

// impatient tries to change the sample asset for a short time.
func (t *storeT) impatient() error {
	ctx, cancel := context.WithTimeout(t.Context(), grace)
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

// concurrently runs fn n times at once; none may fail.
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

// offer gives fn the chance to finish now, and answers err.
func (t *storeT) offer(err error, fn func()) error {
	done := make(chan struct{})
	go func() { defer close(done); fn() }()
	select {
	case <-done:
	case <-time.After(grace):
	}
	return err
}

// snapshot reads everything twice in one View, with a commit in between where
// the store allows it.
func snapshot(t *storeT) {
	before := []*record{sample("w", 1), sample("w", 2)}
	t.put(before...)
	committed := make(chan error, 1)
	view := func(r assets.Snapshot) error {
		for _, want := range before {
			t.holds(r, want)
		}
		nothing(t, r, "w", idOf(3))
		n, err := r.Count(t.Context(), "w", assets.Filter{})
		if err != nil || n != 2 {
			t.Errorf("a View counts %d, %v; want 2", n, err)
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
		_ = t.offer(nil, func() {
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
	nothing(t, t, "w", idOf(2))
}

// twins are two assets and both their perspectives at one revision.
func twins(revision int64) []*record {
	var both []*record
	for i := range 2 {
		r := sample("w", i)
		r.reviews = nil
		r.current.Revision, r.approved.Revision = revision, revision
		both = append(both, r)
	}
	return both
}

// twinsAgree reads the twins by a list, and by single reads in a View.
func (t *storeT) twinsAgree() {
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
