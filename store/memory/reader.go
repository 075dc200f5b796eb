package memory

import (
	"context"
	"fmt"
	"slices"

	"github.com/10ex/assets"
)

// reader implements [assets.Reader] over the state that load returns: the newest, a
// snapshot, or the one that a transaction builds.
type reader struct {
	load func(context.Context) (*state, error)
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
		versions[i] = copyVersion(v)
		versions[i].Words = ""
	}
	return versions, nil
}

// Reviews implements [assets.Reader].
func (r reader) Reviews(ctx context.Context, workspace string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	found, err := r.row(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	reviews := found.reviews[n]
	if limit > 0 {
		reviews = reviews[max(0, len(reviews)-limit):]
	}
	return slices.Clone(reviews), nil
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
