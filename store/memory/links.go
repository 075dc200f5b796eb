package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/10ex/assets"
)

type linkKey struct {
	workspace string
	id        assets.ID
}

// Link implements [assets.Links].
func (r reader) Link(ctx context.Context, workspace string, id assets.ID) (assets.ReviewLink, error) {
	s, err := r.load(ctx)
	if err != nil {
		return assets.ReviewLink{}, err
	}
	link, ok := s.links[linkKey{workspace, id}]
	if !ok {
		return assets.ReviewLink{}, notFound("review link %s", id)
	}
	return r.withKeyEnd(link), nil
}

// withKeyEnd returns a link with the end of the key that it was made with, and whether
// it was revoked.
func (r reader) withKeyEnd(link assets.ReviewLink) assets.ReviewLink {
	r.keys.mu.RLock()
	defer r.keys.mu.RUnlock()
	k := r.keys.byPrefix[string(link.KeyPrefix)]
	link.KeyEndsAt, link.KeyRevoked = k.ExpiresAt, k.RevokedAt != 0
	if link.KeyRevoked && (k.ExpiresAt == 0 || k.RevokedAt < k.ExpiresAt) {
		link.KeyEndsAt = k.RevokedAt
	}
	return link
}

// LinksBefore implements [assets.Links].
func (r reader) LinksBefore(ctx context.Context, workspace string, asset assets.ID, w assets.LinkWindow) ([]assets.ReviewLink, error) {
	s, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	page := []assets.ReviewLink{}
	for k, link := range s.links {
		if k.workspace == workspace && link.AssetID == asset && (w.Before == "" || link.ID < w.Before) {
			page = append(page, r.withKeyEnd(link))
		}
	}
	slices.SortFunc(page, func(a, b assets.ReviewLink) int { return cmp.Compare(b.ID, a.ID) })
	return page[:min(len(page), w.Limit)], nil
}

// CountLinks implements [assets.Links].
func (r reader) CountLinks(ctx context.Context, workspace string, at assets.Time) (n int, err error) {
	s, err := r.load(ctx)
	if err != nil {
		return 0, err
	}
	for k, link := range s.links {
		if k.workspace != workspace {
			continue
		}
		if link = r.withKeyEnd(link); link.Ended(at) == nil {
			n++
		}
	}
	return n, nil
}

// PutLink implements [assets.Tx].
func (t *tx) PutLink(ctx context.Context, link assets.ReviewLink) error {
	return t.write(ctx, func(s *state) error {
		link.KeyEndsAt, link.KeyRevoked, link.URL = 0, false, ""
		s.links = withEntry(s.links, linkKey{link.Workspace, link.ID}, link)
		return nil
	})
}
