package assetstest

import (
	"context"
	"testing"

	"github.com/10ex/assets"
)

// TestStore tests an [assets.Store] against the obligations of its interfaces.
// open returns a new, empty store for each subtest and closes it with
// t.Cleanup; subtests run in parallel.
//
// The suite writes rows in the order in which the Library does: versions, then
// their asset, then its reviews.
func TestStore[S assets.Store](t *testing.T, open func(t *testing.T) S) {
	for _, group := range [][]storeCase{
		fieldCases, isolationCases, recordCases, historyCases, uploadCases, linkCases, listCases, searchCases, catalogCases, countsCases, contentCases, eraseCases, txCases, concurrencyCases,
	} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(&storeT{T: t, Store: open(t)})
			})
		}
	}
}

// storeCase is one subtest of the suite.
type storeCase struct {
	name string
	run  func(*storeT)
}

// storeT is a subtest with its own store.
type storeT struct {
	*testing.T
	assets.Store
}

// ok ends the test when err is not nil.
func (t *storeT) ok(err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// update runs an Update that must succeed.
func (t *storeT) update(fn func(assets.Tx) error) {
	t.Helper()
	t.ok(t.Update(t.Context(), fn))
}

// put commits the records in one Update.
func (t *storeT) put(records ...*record) {
	t.Helper()
	t.update(func(tx assets.Tx) error {
		for _, r := range records {
			if err := r.write(t.Context(), tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// list returns all that a filter selects, oldest first.
func (t *storeT) list(workspace string, f assets.Filter) []*assets.Asset {
	t.Helper()
	list, err := t.Assets(t.Context(), workspace, f, assets.Window{Ascending: true, Limit: 10_000})
	t.ok(err)
	return list
}

// same reports every field in which got differs from want.
func (t *storeT) same(what string, got, want any) {
	t.Helper()
	if d := difference(got, want); d != "" {
		t.Errorf("%s differs:\n%s", what, d)
	}
}

// holds checks that a reader returns exactly the record.
func (t *storeT) holds(r assets.Reader, want *record) {
	t.Helper()
	got, err := readRecord(t.Context(), r, want.current.Workspace, want.current.ID)
	t.ok(err)
	t.same("record", got, want)
}

// readRecord reads everything about one asset with every method of a reader.
// Parts that do not exist are nil.
func readRecord(ctx context.Context, r assets.Reader, workspace string, id assets.ID) (*record, error) {
	current, err := r.Asset(ctx, workspace, id)
	if absent(err) {
		current, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	approved, err := readApproved(ctx, r, workspace, id)
	if err != nil {
		return nil, err
	}
	versions, err := r.Versions(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	for i, v := range versions {
		if versions[i], err = r.Version(ctx, workspace, id, v.Number); err != nil {
			return nil, err
		}
	}
	reviews, err := r.Reviews(ctx, workspace, id, 0, 0)
	if err != nil && !absent(err) {
		return nil, err
	}
	return &record{current: current, approved: approved, versions: versions, reviews: reviews}, nil
}

// readApproved returns the approved perspective of an asset, or nil.
func readApproved(ctx context.Context, r assets.Reader, workspace string, id assets.ID) (*assets.Asset, error) {
	list, err := r.Assets(ctx, workspace, assets.Filter{Approved: true, IDs: []assets.ID{id}}, assets.Window{Limit: 2})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}
