package assetstest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// LedgerStore is a store that a sweep can use.
type LedgerStore interface {
	assets.Store
	blob.Ledger
}

// TestLedger tests a [blob.Ledger] that is part of a store. open is as for
// [TestStore].
func TestLedger[S LedgerStore](t *testing.T, open func(t *testing.T) S) {
	fresh := func(t *testing.T) *ledgerT {
		s := open(t)
		return &ledgerT{storeT: storeT{T: t, Store: s}, Ledger: s}
	}
	t.Run("each store has an id of its own CRA04", func(t *testing.T) {
		t.Parallel()
		id, other := fresh(t).id(), fresh(t).id()
		if id == "" || id == other {
			t.Errorf("store ids %q and %q, want two random ones", id, other)
		}
	})
	t.Run("a mark of rows that are lost is not found CRA04", func(t *testing.T) {
		t.Parallel()
		for _, written := range []int{0, 1, 3, 4, 5, 100} { // instead of 4 lost rows
			t.Run(fmt.Sprintf("%d instead of 4", written), func(t *testing.T) {
				t.Parallel()
				isLost(fresh(t), fresh(t), written)
			})
		}
	})
	for _, c := range slices.Concat(markCases, ledgerCases, erasedLedgerCases) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(fresh(t))
		})
	}
}

// ledgerT is a subtest with its own store.
type ledgerT struct {
	storeT
	blob.Ledger
}

type ledgerCase struct {
	name string
	run  func(*ledgerT)
}

var ledgerCases = []ledgerCase{
	{"a key is kept while any version names it CRA06", func(t *ledgerT) {
		first, second := sample("w", 1), sample("W", 2)
		shared := first.versions[0].Key
		second.versions[1].Key = shared
		t.put(first, second)
		keys := []string{shared, first.versions[1].Key, second.versions[0].Key}
		t.condemns(keys, false)
		t.delete("w", 1)
		t.condemns(keys, false, first.versions[1].Key)
		t.delete("W", 2)
		t.condemns(keys, false, keys...)
	}},
	{"keys are compared verbatim", func(t *ledgerT) {
		r := sample("w", 1)
		r.versions[0].Key, r.versions[1].Key = "a_c", "ab"
		t.put(r)
		texts := verbatim()
		var others []string
		for _, s := range texts {
			if s != "a_c" && s != "ab" {
				others = append(others, s)
			}
		}
		t.condemns(texts, true, others...)
		t.condemns(nil, false)
	}},
	{"thousands of keys at once", func(t *ledgerT) {
		t.put(sample("w", 1))
		var keys []string
		for i := range 5000 {
			keys = append(keys, fmt.Sprintf("w/202501/%05d", i))
		}
		t.condemns(append(slices.Clone(keys), sample("w", 1).versions[0].Key), false, keys...)
		t.refuses(keys[4999])
	}},
	{"a condemned key is refused for good CRA03", func(t *ledgerT) {
		t.put(sample("w", 1))
		key := sampleVersion("w", idOf(2), 1).Key
		t.condemns([]string{key}, true, key)
		t.accepts(key)
		t.delete("w", 50)

		t.condemns([]string{key}, false, key)
		t.refuses(key)
		t.condemns([]string{key}, false, key) // a sweep that was interrupted runs again
		t.refuses(key)
		t.holds(t, sample("w", 1))
	}},
	{"a refused key never splits an Update", func(t *ledgerT) {
		t.condemns([]string{"gone"}, false, "gone")
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			r := sample("w", 1)
			r.versions[1].Key = "gone"
			if err := r.write(t.Context(), tx); !errors.Is(err, assets.ErrUnavailable) {
				t.Errorf("got %v, want ErrUnavailable", err)
			}
			_ = sample("w", 2).write(t.Context(), tx)
			return nil // fn ignores the failure
		})
		if _, found := t.Version(t.Context(), "w", idOf(1), 2); !absent(found) {
			t.Errorf("the refused version: %v, want ErrNotFound", found)
		}
		if err != nil {
			hasNoTrace(&t.storeT, t, "w", idOf(1))
			hasNoTrace(&t.storeT, t, "w", idOf(2))
		}
	}},
	{"a version and a sweep race for a key CRA03", func(t *ledgerT) {
		for i := range 20 {
			r := emptyRecord("w", i)
			key := fmt.Sprintf("w/race/%d", i)
			r.versions[0].Key = key
			var written, swept error
			var unreferenced []string
			var wg sync.WaitGroup
			wg.Go(func() {
				written = t.Update(t.Context(), func(tx assets.Tx) error { return r.write(t.Context(), tx) })
			})
			wg.Go(func() { unreferenced, swept = t.Condemn(t.Context(), []string{key}, baseTime, false) })
			wg.Wait()
			t.ok(swept)
			condemned := slices.Contains(unreferenced, key)
			if written != nil && !errors.Is(written, assets.ErrUnavailable) {
				t.Errorf("write: %v, want ErrUnavailable", written)
			}
			if condemned == (written == nil) {
				t.Errorf("written: %v, condemned: %t; want exactly one of them", written, condemned)
			}
		}
	}},
	{"expiry removes what is older than the time", expire},
	{"a key is kept while an upload can be used CRA03", func(t *ledgerT) {
		open, used, expired := sampleUpload("w", 1), sampleUpload("w", 2), sampleUpload("W", 3)
		used.UsedAt, expired.ExpiresAt = baseTime, baseTime
		open.UsedAt, open.ExpiresAt = 0, baseTime+1
		expired.UsedAt = 0
		t.putUploads(open, used, expired, assets.Upload{ID: idOf(4), Workspace: "w", ExpiresAt: baseTime + 9})
		t.condemns([]string{open.Key, used.Key, expired.Key}, false, used.Key, expired.Key)
		used.ID = idOf(5)
		err := t.Update(t.Context(), func(tx assets.Tx) error { return tx.PutUpload(t.Context(), used) })
		if !errors.Is(err, assets.ErrUnavailable) {
			t.Errorf("an upload with a condemned key: %v, want ErrUnavailable", err)
		}
		t.holdsUpload(open)
	}},
	{"expired uploads are removed", func(t *ledgerT) {
		old, young := sampleUpload("w", 1), sampleUpload("w", 2)
		old.ExpiresAt, young.ExpiresAt = baseTime, baseTime+1
		t.putUploads(old, young)
		n, err := t.Expire(t.Context(), baseTime+1)
		t.ok(err)
		if n != 1 {
			t.Errorf("expired %d, want 1", n)
		}
		if _, err := t.Upload(t.Context(), "w", old.ID); !absent(err) {
			t.Errorf("the expired upload: %v, want ErrNotFound", err)
		}
		t.holdsUpload(young)
	}},
}

// expire removes two of four records, then the rest.
func expire(t *ledgerT) {
	for i, key := range []string{"old", "new"} {
		q := sampleRequest(key)
		q.At = baseTime + assets.Time(10*i)
		t.update(func(tx assets.Tx) error { return tx.PutRequest(t.Context(), "w", q) })
		_, err := t.Condemn(t.Context(), []string{key}, q.At, false)
		t.ok(err)
	}
	for _, step := range []struct {
		before assets.Time
		n      int
		left   []string
	}{{baseTime, 0, []string{"old", "new"}}, {baseTime + 10, 2, []string{"new"}}, {baseTime + 11, 2, nil}, {baseTime + 11, 0, nil}} {
		n, err := t.Expire(t.Context(), step.before)
		t.ok(err)
		if n != step.n {
			t.Errorf("expired %d, want %d", n, step.n)
		}
		for _, key := range []string{"old", "new"} {
			_, err := t.Requested(t.Context(), "w", "ann", "POST /", key)
			left := slices.Contains(step.left, key)
			if left != (err == nil) || err != nil && !absent(err) {
				t.Errorf("request %s before %d: %v, want it left: %t", key, step.before, err, left)
			}
			if left {
				t.refuses(key)
			}
		}
	}
	t.accepts("old")
}

func (t *ledgerT) id() string {
	t.Helper()
	id, _, err := t.State(t.Context())
	t.ok(err)
	return id
}

// condemns checks which of the keys Condemn returns, in any order.
func (t *ledgerT) condemns(keys []string, dry bool, want ...string) {
	t.Helper()
	got, err := t.Condemn(t.Context(), keys, baseTime, dry)
	t.ok(err)
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("condemned %d keys, want %d: %.200q and %.200q", len(got), len(want), got, want)
	}
}

// refuses checks that no version with the key can be stored.
func (t *ledgerT) refuses(key string) {
	t.Helper()
	r := emptyRecord("w", 50)
	r.versions[0].Key = key
	err := t.Update(t.Context(), func(tx assets.Tx) error { return r.write(t.Context(), tx) })
	if !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("a version with the condemned key %q: %v, want ErrUnavailable", key, err)
	}
	hasNoTrace(&t.storeT, t, "w", idOf(50))
}

// accepts checks that a version with the key can be stored.
func (t *ledgerT) accepts(key string) {
	t.Helper()
	r := emptyRecord("w", 50)
	r.versions[0].Key = key
	t.put(r)
	t.holds(t, r)
}

func (t *ledgerT) delete(workspace string, n int) {
	t.Helper()
	t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), workspace, idOf(n)) })
}
