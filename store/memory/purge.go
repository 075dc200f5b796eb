package memory

import (
	"context"
	"maps"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/webhook/record"
)

// PurgeRows implements [assets.Purger].
func (s *Store) PurgeRows(ctx context.Context, workspace string, gone func(keys []string) error) (int64, error) {
	removed, err := s.purgeAccess(ctx, workspace)
	if err != nil {
		return removed, err
	}
	var keys, small []string
	var rows int64
	err = s.change(ctx, func(next *state) error {
		rows, keys = next.purge(workspace)
		if removed+rows > 0 {
			next.purges = withEntry(next.purges, workspace, true)
		}
		small = next.unnamed(s.contents.having(slices.Clone(keys)))
		return nil
	})
	if err != nil {
		return removed, err
	}
	removed += rows
	s.contents.remove(small)
	if len(keys) > 0 {
		err = gone(keys)
	}
	return removed, err
}

// purgeAccess removes what is no part of a state: API keys, and webhooks with their
// deliveries.
func (s *Store) purgeAccess(ctx context.Context, workspace string) (int64, error) {
	s.keys.mu.Lock()
	n := len(s.keys.byPrefix)
	maps.DeleteFunc(s.keys.byPrefix, func(_ string, k apikey.Key) bool { return k.Workspace == workspace })
	n -= len(s.keys.byPrefix)
	s.keys.mu.Unlock()

	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return int64(n), err
	}
	n += len(h.byID) + len(h.deliveries)
	maps.DeleteFunc(h.byID, func(_ assets.ID, w *record.Webhook) bool { return w.Workspace == workspace })
	maps.DeleteFunc(h.deliveries, func(_ assets.ID, d *delivery) bool { return d.Workspace == workspace })
	return int64(n - len(h.byID) - len(h.deliveries)), nil
}

// purge removes everything of a workspace. It returns the number of removed rows and the
// keys of contents that they had.
func (s *state) purge(workspace string) (n int64, keys []string) {
	for _, r := range s.workspaces[workspace] {
		n++
		for _, v := range r.versions {
			keys = append(keys, v.Key)
		}
	}
	for k, u := range s.uploads {
		if k.workspace == workspace && u.Key != "" && u.UsedAt == 0 { // a used one is that of a version
			keys = append(keys, u.Key)
		}
	}
	size := func() int {
		return len(s.requests) + len(s.uploads) + len(s.links) + len(s.exports) + len(s.journal)
	}
	before := size()
	s.workspaces = withoutEntries(s.workspaces, func(w string, _ []*row) bool { return w == workspace })
	s.requests = withoutEntries(s.requests, func(k requestKey, _ assets.Request) bool { return k.workspace == workspace })
	s.uploads = withoutEntries(s.uploads, func(k uploadKey, _ assets.Upload) bool { return k.workspace == workspace })
	s.links = withoutEntries(s.links, func(k linkKey, _ assets.ReviewLink) bool { return k.workspace == workspace })
	s.exports = withoutEntries(s.exports, func(_ assets.ID, x frozenExport) bool { return x.record.Workspace == workspace })
	s.journal = slices.DeleteFunc(slices.Clone(s.journal), func(e assets.Event) bool {
		return e.Workspace == workspace && e.Type != assets.EventPurged
	})
	slices.Sort(keys)
	return n + int64(before-size()), slices.Compact(keys)
}

// EndPurge implements [assets.Purger].
func (s *Store) EndPurge(ctx context.Context, e assets.Event) (ended bool, err error) {
	err = s.change(ctx, func(next *state) error {
		if ended = next.purges[e.Workspace]; ended {
			next.purges = withoutEntries(next.purges, func(w string, _ bool) bool { return w == e.Workspace })
			next.append(copyEvent(e))
		}
		return nil
	})
	if ended && err == nil {
		s.changed.Send()
	}
	return ended && err == nil, err
}

// Scrub implements [assets.Purger]. Nothing is left.
func (s *Store) Scrub(ctx context.Context) error { return checkContext(ctx) }
