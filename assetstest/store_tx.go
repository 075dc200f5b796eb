package assetstest

import (
	"context"
	"errors"
	"fmt"

	"github.com/10ex/assets"
)

// txCases show that an Update happens as a whole or not at all.
var txCases = []storeCase{
	{"an error rolls back and is passed on unchanged CRA09", func(t *storeT) {
		before := t.seeded()
		sentinel := fmt.Errorf("refused: %w", assets.ErrVersionConflict)
		for n := range len(writeSteps) + 1 {
			err := t.Update(t.Context(), func(tx assets.Tx) error {
				t.ok(writeFirst(t.Context(), tx, n))
				return sentinel
			})
			if err != sentinel { //nolint:errorlint // unchanged means the same value
				t.Fatalf("after %d writes: got error %v, want the one of fn", n, err)
			}
			t.unchanged(before)
		}
		t.stillWrites()
	}},
	{"a panic rolls back and is passed on unchanged CRA09", func(t *storeT) {
		before := t.seeded()
		for n := range len(writeSteps) + 1 {
			reason := &struct{ step int }{n}
			func() {
				defer func() {
					if got := recover(); got != any(reason) {
						t.Errorf("after %d writes: recovered %v, want the value of fn", n, got)
					}
				}()
				_ = t.Update(t.Context(), func(tx assets.Tx) error {
					t.ok(writeFirst(t.Context(), tx, n))
					panic(reason)
				})
			}()
			t.unchanged(before)
		}
		t.stillWrites()
	}},
	{"a context cancelled inside rolls back CRA09", func(t *storeT) {
		before := t.seeded()
		for n := range len(writeSteps) + 1 {
			ctx, cancel := context.WithCancel(t.Context())
			err := t.Update(ctx, func(tx assets.Tx) error {
				t.ok(writeFirst(ctx, tx, n))
				cancel()
				return nil
			})
			t.ended(err)
			t.unchanged(before)
		}
		t.stillWrites()
	}},
	{"nothing is written after a context was cancelled DBF02", func(t *storeT) {
		before := t.seeded()
		ctx, cancel := context.WithCancel(t.Context())
		err := t.Update(ctx, func(tx assets.Tx) error {
			cancel()
			_ = writeFirst(context.WithoutCancel(ctx), tx, len(writeSteps))
			return nil
		})
		t.ended(err)
		t.unchanged(before)
		t.stillWrites()
	}},
	{"a context that has ended does nothing", func(t *storeT) {
		before := t.seeded()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		t.ended(t.Update(ctx, func(tx assets.Tx) error { return writeFirst(t.Context(), tx, len(writeSteps)) }))
		t.ended(t.View(ctx, func(r assets.Snapshot) error {
			_, err := r.Asset(ctx, "w", idOf(1))
			return err
		}))
		_, err := t.Asset(ctx, "w", idOf(1))
		t.ended(err)
		_, err = t.Assets(ctx, "w", assets.Filter{}, assets.Window{Limit: 1})
		t.ended(err)
		_, err = t.Count(ctx, "w", assets.Filter{})
		t.ended(err)
		_, err = t.Counts(ctx, "w", assets.Filter{}, 1)
		t.ended(err)
		_, err = t.TagCounts(ctx, "w", assets.TagWindow{Limit: 1})
		t.ended(err)
		t.unchanged(before)
		t.stillWrites()
	}},
	{"a failed write never splits an Update DBF02", func(t *storeT) {
		before := t.seeded()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			t.ok(sample("w", 7).write(t.Context(), tx))
			_ = sample("w", 8).write(ended, tx) // fails; fn ignores it
			_ = sample("w", 9).write(t.Context(), tx)
			return nil
		})
		if err != nil {
			t.unchanged(before)
			return
		}
		t.holds(t, sample("w", 7))
		t.holds(t, sample("w", 9))
	}},
	{"ErrNotFound leaves the Update usable", func(t *storeT) {
		t.update(func(tx assets.Tx) error {
			hasNoTrace(t, tx, "w", idOf(1))
			if _, err := tx.Requested(t.Context(), "w", "ann", "POST /", "k"); !absent(err) {
				t.Errorf("Requested: %v, want ErrNotFound", err)
			}
			return sample("w", 1).write(t.Context(), tx)
		})
		t.holds(t, sample("w", 1))
	}},
	{"an Update sees its own writes", ownWrites},
	{"View passes errors and panics on unchanged", func(t *storeT) {
		want := errors.New("mine")
		if err := t.View(t.Context(), func(assets.Snapshot) error { return want }); err != want { //nolint:errorlint // unchanged means the same value
			t.Errorf("got error %v, want the one of fn", err)
		}
		func() {
			defer func() {
				if got := recover(); got != any(want) {
					t.Errorf("recovered %v, want the value of fn", got)
				}
			}()
			_ = t.View(t.Context(), func(assets.Snapshot) error { panic(want) })
		}()
		t.stillWrites()
	}},
}

// writeSteps are writes of every kind to the rows of seeded.
var writeSteps = []func(context.Context, assets.Tx) error{
	func(ctx context.Context, tx assets.Tx) error { return sample("w", 7).write(ctx, tx) },
	func(ctx context.Context, tx assets.Tx) error {
		edited := emptyRecord("w", 1).current
		return tx.PutAsset(ctx, edited, nil)
	},
	func(ctx context.Context, tx assets.Tx) error {
		return tx.PutVersion(ctx, "w", sampleVersion("w", idOf(1), 3))
	},
	func(ctx context.Context, tx assets.Tx) error {
		return tx.PutVersion(ctx, "w", assets.Version{AssetID: idOf(1), Number: 1, Approval: assets.ApprovalWithdrawn})
	},
	func(ctx context.Context, tx assets.Tx) error {
		return tx.AddReview(ctx, "w", sampleReview("w", sampleVersion("w", idOf(1), 2), 9, assets.ActionArchive))
	},
	func(ctx context.Context, tx assets.Tx) error {
		return tx.AddEvent(ctx, assets.Event{
			At: baseTime, Workspace: "w", Type: assets.EventEdited, Data: assets.EventData{AssetID: idOf(1), Version: 1, By: "ann"},
		})
	},
	func(ctx context.Context, tx assets.Tx) error {
		changed := sampleRequest("seeded")
		changed.Version = 9
		return errors.Join(tx.PutRequest(ctx, "w", sampleRequest("new")), tx.PutRequest(ctx, "w", changed))
	},
	func(ctx context.Context, tx assets.Tx) error { return tx.DeleteAsset(ctx, "w", idOf(2)) },
}

// writeFirst runs the first n of writeSteps.
func writeFirst(ctx context.Context, tx assets.Tx, n int) error {
	for i, step := range writeSteps[:n] {
		if err := step(ctx, tx); err != nil {
			return fmt.Errorf("write %d: %w", i, err)
		}
	}
	return nil
}

// observation is everything that writeSteps can change, as readers see it.
type observation struct {
	assets, approved, tagged []*assets.Asset
	records                  []*record
	requests                 []assets.Request
}

// seeded stores the rows that writeSteps change and returns what readers see.
func (t *storeT) seeded() *observation {
	t.Helper()
	t.put(sample("w", 1), sample("w", 2))
	t.update(func(tx assets.Tx) error { return tx.PutRequest(t.Context(), "w", sampleRequest("seeded")) })
	return t.observe()
}

func (t *storeT) observe() *observation {
	t.Helper()
	o := &observation{
		assets:   t.list("w", assets.Filter{}),
		approved: t.list("w", assets.Filter{Approved: true}),
		tagged:   t.list("w", assets.Filter{Tags: []assets.Tag{{Key: "channel", Value: "web"}}}),
	}
	for _, n := range []int{1, 2, 7, 8, 9} {
		r, err := readRecord(t.Context(), t, "w", idOf(n))
		t.ok(err)
		o.records = append(o.records, r)
	}
	for _, key := range []string{"seeded", "new"} {
		q, err := t.Requested(t.Context(), "w", "ann", "POST /", key)
		if !absent(err) {
			t.ok(err)
		}
		o.requests = append(o.requests, q)
	}
	return o
}

// unchanged checks that a failed Update left nothing.
func (t *storeT) unchanged(before *observation) {
	t.Helper()
	t.same("store after a failed Update", t.observe(), before)
}

// ended checks that err is that of a context that ended, or ErrUnavailable.
func (t *storeT) ended(err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("got error %v, want the context's or ErrUnavailable", err)
	}
}

// stillWrites checks that no lock was left behind.
func (t *storeT) stillWrites() {
	t.Helper()
	t.put(sample("w", 20))
	t.holds(t, sample("w", 20))
}

// ownWrites reads each write in the Update that made it.
func ownWrites(t *storeT) {
	t.put(sample("w", 2))
	want := sample("w", 1)
	t.update(func(tx assets.Tx) error {
		if err := want.write(t.Context(), tx); err != nil {
			return err
		}
		t.holds(tx, want)
		want.current.Title, want.current.Tags = "second thought", assets.Tags{"new": {"tag"}}
		want.approved, want.versions[0].Approval = nil, assets.ApprovalWithdrawn
		if err := tx.PutAsset(t.Context(), want.current, nil); err != nil {
			return err
		}
		if err := tx.PutVersion(t.Context(), "w", want.versions[0]); err != nil {
			return err
		}
		t.holds(tx, want)
		found, err := tx.Assets(t.Context(), "w", assets.Filter{Tags: []assets.Tag{{Key: "new", Value: "tag"}}}, assets.Window{Limit: 5})
		if err != nil {
			return err
		}
		t.same("tagged", found, []*assets.Asset{want.current})
		if err := tx.PutRequest(t.Context(), "w", sampleRequest("k")); err != nil {
			return err
		}
		got, err := tx.Requested(t.Context(), "w", "ann", "POST /", "k")
		t.same("request", got, sampleRequest("k"))
		if err != nil {
			return err
		}
		if err := tx.DeleteAsset(t.Context(), "w", idOf(2)); err != nil {
			return err
		}
		hasNoTrace(t, tx, "w", idOf(2))
		return nil
	})
	t.holds(t, want)
	hasNoTrace(t, t, "w", idOf(2))
}
