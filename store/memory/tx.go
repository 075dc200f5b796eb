package memory

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/10ex/assets"
)

// tx implements [assets.Tx] over the state that it builds. After a failed write
// every call returns the same error, and so does the Update, as in a database.
type tx struct {
	reader

	next     *state            // nil after the Update
	kept     *contents         // of the store
	contents map[string][]byte // that PutContent has put, by key
	removed  []string          // the keys of the versions of assets that DeleteAsset has removed
	failed   error
}

func newTx(next *state, s *Store) *tx {
	t := &tx{next: next, kept: &s.contents}
	t.reader = reader{t.state, &s.keys}
	return t
}

func (t *tx) end() { t.next = nil }

// state returns what the transaction has built so far.
func (t *tx) state(ctx context.Context) (*state, error) {
	switch {
	case t.next == nil:
		return nil, errEnded
	case t.failed != nil:
		return nil, t.failed
	}
	return t.next, checkContext(ctx)
}

// write changes the state.
func (t *tx) write(ctx context.Context, alter func(*state) error) error {
	s, err := t.state(ctx)
	if err == nil {
		err = alter(s)
	}
	t.failed = err
	return err
}

// alter replaces an asset's row by one that fn has changed.
func (t *tx) alter(ctx context.Context, workspace string, id assets.ID, fn func(*row)) error {
	return t.write(ctx, func(s *state) error {
		r := s.row(workspace, id)
		fn(&r)
		s.put(workspace, r)
		return nil
	})
}

// PutAsset implements [assets.Tx].
func (t *tx) PutAsset(ctx context.Context, current, approved *assets.Asset) error {
	return t.alter(ctx, current.Workspace, current.ID, func(r *row) {
		r.current, r.approved = copyAsset(current), copyAsset(approved)
		r.words = [2][]string{r.searchWords(r.current), r.searchWords(r.approved)}
	})
}

// PutVersion implements [assets.Tx].
func (t *tx) PutVersion(ctx context.Context, workspace string, v assets.Version) error {
	return t.write(ctx, func(s *state) error {
		r := s.row(workspace, v.AssetID)
		i, exists := searchVersion(r.versions, v.Number)
		r.versions = slices.Clone(r.versions)
		if exists {
			r.versions[i].Approval = v.Approval
		} else {
			if err := s.checkKey(v.Key); err != nil {
				return err
			}
			r.versions = slices.Insert(r.versions, i, copyVersion(v))
		}
		if v.Approval == assets.ApprovalWithdrawn {
			r.withdrawals = withEntry(r.withdrawals, v.Number, r.withdrawals[v.Number]+1)
		}
		s.put(workspace, r)
		return nil
	})
}

// PutContent implements [assets.ContentTx].
func (t *tx) PutContent(ctx context.Context, key string, content []byte) error {
	return t.write(ctx, func(*state) error {
		if _, put := t.contents[key]; put || len(t.kept.having([]string{key})) > 0 {
			return fmt.Errorf("memory store: the content %s exists", key)
		}
		if t.contents == nil {
			t.contents = map[string][]byte{}
		}
		t.contents[key] = bytes.Clone(content)
		return nil
	})
}

// AddReview implements [assets.Tx].
func (t *tx) AddReview(ctx context.Context, workspace string, review assets.Review) error {
	return t.alter(ctx, workspace, review.AssetID, func(r *row) { r.addReview(review) })
}

// AddEvent implements [assets.Tx].
func (t *tx) AddEvent(ctx context.Context, e assets.Event) error {
	return t.write(ctx, func(s *state) error {
		s.append(copyEvent(e))
		return nil
	})
}

// DeleteAsset implements [assets.Tx].
func (t *tx) DeleteAsset(ctx context.Context, workspace string, id assets.ID) error {
	return t.write(ctx, func(s *state) error {
		for _, v := range s.row(workspace, id).versions {
			t.removed = append(t.removed, v.Key)
		}
		s.remove(workspace, id)
		s.links = withoutEntries(s.links, func(k linkKey, link assets.ReviewLink) bool { return k.workspace == workspace && link.AssetID == id })
		return nil
	})
}

// PutRequest implements [assets.Tx].
func (t *tx) PutRequest(ctx context.Context, workspace string, q assets.Request) error {
	return t.write(ctx, func(s *state) error {
		s.requests = withEntry(s.requests, requestKey{workspace, q.Subject, q.Operation, q.Key}, q)
		return nil
	})
}

// PutUpload implements [assets.Tx].
func (t *tx) PutUpload(ctx context.Context, u assets.Upload) error {
	return t.write(ctx, func(s *state) error {
		if err := s.checkKey(u.Key); err != nil {
			return err
		}
		s.uploads = withEntry(s.uploads, uploadKey{u.Workspace, u.ID}, u)
		return nil
	})
}

// checkKey returns ErrUnavailable if a sweep has condemned the key.
func (s *state) checkKey(key string) error {
	if _, condemned := s.condemned[key]; condemned {
		return fmt.Errorf("memory store: the content was swept: %w", assets.ErrUnavailable)
	}
	return nil
}

func searchVersion(versions []assets.Version, n assets.Number) (int, bool) {
	return slices.BinarySearchFunc(versions, n, func(v assets.Version, n assets.Number) int { return cmp.Compare(v.Number, n) })
}
