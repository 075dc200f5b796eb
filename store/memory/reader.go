package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/10ex/assets"
)

// reader implements [assets.Reader] over the state that load returns: the newest, a
// snapshot, or the one that a transaction builds.
type reader struct {
	load func(context.Context) (*state, error)
	keys *keyring // has no states
}

func (r reader) row(ctx context.Context, workspace string, id assets.ID) (row, error) {
	s, err := r.load(ctx)
	if err != nil {
		return row{}, err
	}
	return s.row(workspace, id), nil
}

// Asset implements [assets.Reader].
func (r reader) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	found, err := r.row(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	if found.current == nil {
		return nil, notFound("asset %s", id)
	}
	return copyAsset(found.current), nil
}

// Version implements [assets.Reader].
func (r reader) Version(ctx context.Context, workspace string, id assets.ID, n assets.Number) (assets.Version, error) {
	found, err := r.row(ctx, workspace, id)
	if err != nil {
		return assets.Version{}, err
	}
	i, ok := searchVersion(found.versions, n)
	if !ok {
		return assets.Version{}, notFound("version %d of asset %s", n, id)
	}
	return copyVersion(found.versions[i]), nil
}

// Versions implements [assets.Reader].
func (r reader) Versions(ctx context.Context, workspace string, id assets.ID) ([]assets.Version, error) {
	found, err := r.row(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	versions := make([]assets.Version, len(found.versions))
	for i, v := range found.versions {
		versions[i] = summary(v)
	}
	return versions, nil
}

// summary returns a version without what a summary leaves out.
func summary(v assets.Version) assets.Version {
	v.Words = ""
	v.Provenance.Parameters, v.Provenance.DerivedFrom, v.Provenance.Inputs = nil, nil, nil
	return v
}

// VersionsAt implements [assets.History].
func (r reader) VersionsAt(ctx context.Context, workspace string, versions []assets.Ref) ([]assets.Version, error) {
	s, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	found := []assets.Version{}
	for _, ref := range versions {
		row := s.row(workspace, ref.AssetID)
		if i, ok := searchVersion(row.versions, ref.Version); ok {
			found = append(found, summary(row.versions[i]))
		}
	}
	return found, nil
}

// VersionsBefore implements [assets.History].
func (r reader) VersionsBefore(ctx context.Context, workspace string, id assets.ID, w assets.VersionWindow) ([]assets.Version, error) {
	found, err := r.row(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	page := []assets.Version{}
	var bytes int64
	for _, v := range slices.Backward(found.versions) {
		if w.Before != 0 && v.Number >= w.Before {
			continue
		}
		if len(page) >= w.Limit || ended(len(page), bytes, w.Bytes) {
			break
		}
		if w.Summary {
			v = summary(v)
		}
		v = copyVersion(v)
		v.Words = ""
		page = append(page, v)
		bytes += v.StoredBytes()
	}
	return page, nil
}

// ReviewsBefore implements [assets.History].
func (r reader) ReviewsBefore(ctx context.Context, workspace string, id assets.ID, w assets.ReviewWindow) ([]assets.Review, error) {
	found, err := r.row(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	page := []assets.Review{}
	var bytes int64
	for _, review := range slices.Backward(found.reviews[0]) {
		at := assets.ReviewPosition{Revision: review.Revision, ID: review.ID}
		if w.Before != (assets.ReviewPosition{}) && comparePositions(at, w.Before) >= 0 || w.Decisions && review.Action == assets.ActionComment {
			continue
		}
		if len(page) >= w.Limit || ended(len(page), bytes, w.Bytes) {
			break
		}
		page = append(page, review)
		bytes += review.StoredBytes()
	}
	return page, nil
}

// ended reports whether rows of so many bytes end a page of at most maxBytes (0: no
// limit), as [assets.Window] describes.
func ended(rows int, bytes, maxBytes int64) bool { return maxBytes > 0 && rows > 1 && bytes > maxBytes }

func comparePositions(a, b assets.ReviewPosition) int {
	return cmp.Or(cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.ID, b.ID))
}

// Reviews implements [assets.Reader].
func (r reader) Reviews(ctx context.Context, workspace string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	found, err := r.row(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	decisions := []assets.Review{}
	for _, review := range slices.Backward(found.reviews[n]) {
		if limit > 0 && len(decisions) == limit {
			break
		}
		if review.Action != assets.ActionComment {
			decisions = append(decisions, review)
		}
	}
	slices.Reverse(decisions)
	return decisions, nil
}

// Requested implements [assets.Reader].
func (r reader) Requested(ctx context.Context, workspace, subject, operation, key string) (assets.Request, error) {
	s, err := r.load(ctx)
	if err != nil {
		return assets.Request{}, err
	}
	q, ok := s.requests[requestKey{workspace, subject, operation, key}]
	if !ok {
		return assets.Request{}, notFound("idempotency key")
	}
	return q, nil
}

// Upload implements [assets.Uploads].
func (r reader) Upload(ctx context.Context, workspace string, id assets.ID) (assets.Upload, error) {
	s, err := r.load(ctx)
	if err != nil {
		return assets.Upload{}, err
	}
	u, ok := s.uploads[uploadKey{workspace, id}]
	if !ok {
		return assets.Upload{}, notFound("upload %s", id)
	}
	return u, nil
}

func notFound(format string, args ...any) error {
	return fmt.Errorf("memory store: "+format+": %w", append(args, assets.ErrNotFound)...)
}
