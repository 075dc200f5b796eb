package memory

import (
	"context"
	"maps"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// State implements [blob.Ledger].
func (s *Store) State(ctx context.Context) (storeID string, latest blob.Mark, err error) {
	now, err := s.latest(ctx)
	if err != nil {
		return "", blob.Mark{}, err
	}
	return s.id, now.marks.Latest(), nil
}

// MoveMark implements [blob.Ledger].
func (s *Store) MoveMark(ctx context.Context, from blob.Mark, dry bool) (mark blob.Mark, err error) {
	err = s.change(ctx, func(next *state) error {
		var named, newest *assets.Event
		if i, found := next.searchEvent(from.Position); found {
			named = &next.journal[i]
		}
		if n := len(next.journal); n > 0 {
			newest = &next.journal[n-1]
		}
		var recorded blob.Marks
		if mark, recorded, err = next.marks.Move(from, named, newest); err == nil && !dry {
			next.marks = recorded
		}
		return err
	})
	return mark, err
}

// Condemn implements [blob.Ledger].
func (s *Store) Condemn(ctx context.Context, keys []string, at assets.Time, dry bool) (unreferenced []string, err error) {
	err = s.change(ctx, func(next *state) error {
		unreferenced = next.unreferenced(keys, at)
		if dry {
			return nil
		}
		condemned := make(map[string]assets.Time, len(unreferenced))
		maps.Copy(condemned, next.condemned)
		for _, key := range unreferenced {
			condemned[key] = at
		}
		next.condemned = condemned
		return nil
	})
	if err != nil {
		return nil, err
	}
	return unreferenced, nil
}

// unreferenced returns the keys that neither a version refers to whose content was not
// erased, nor an upload that can still be used at the time.
func (s *state) unreferenced(keys []string, at assets.Time) []string {
	referenced := make(map[string]bool)
	for _, u := range s.uploads {
		if u.Key != "" && u.UsedAt == 0 && at < u.ExpiresAt {
			referenced[u.Key] = true
		}
	}
	for _, rows := range s.workspaces {
		for _, r := range rows {
			for _, v := range r.versions {
				if v.ErasedAt == 0 {
					referenced[v.Key] = true
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return referenced[key] })
}

// Expire implements [blob.Ledger].
func (s *Store) Expire(ctx context.Context, before assets.Time) (n int, err error) {
	err = s.change(ctx, func(next *state) error {
		n = len(next.requests) + len(next.condemned) + len(next.uploads) + len(next.exports) + len(next.links)
		next.requests = withoutEntries(next.requests, func(_ requestKey, q assets.Request) bool { return q.At < before })
		next.condemned = withoutEntries(next.condemned, func(_ string, at assets.Time) bool { return at < before })
		next.uploads = withoutEntries(next.uploads, func(_ uploadKey, u assets.Upload) bool { return u.ExpiresAt < before })
		next.exports = withoutEntries(next.exports, func(_ assets.ID, x frozenExport) bool { return x.record.ExpiresAt < before })
		next.links = withoutEntries(next.links, func(_ linkKey, k assets.ReviewLink) bool { return k.ExpiresAt < before })
		n -= len(next.requests) + len(next.condemned) + len(next.uploads) + len(next.exports) + len(next.links)
		return nil
	})
	return n, err
}
