package assetstest

import (
	"context"
	"errors"
	"fmt"

	"github.com/10ex/assets"
)

// faultyReader is a Reader with a step for each call.
type faultyReader struct {
	*Injector
	name  string // store, view or tx
	inner assets.Reader
}

func (r *faultyReader) Asset(ctx context.Context, ws string, id assets.ID) (*assets.Asset, error) {
	if err := r.strike(r.name + ".Asset"); err != nil {
		return nil, err
	}
	return r.inner.Asset(ctx, ws, id)
}

func (r *faultyReader) Assets(ctx context.Context, ws string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	if err := r.strike(r.name + ".Assets"); err != nil {
		return nil, err
	}
	return r.inner.Assets(ctx, ws, f, w)
}

func (r *faultyReader) Version(ctx context.Context, ws string, id assets.ID, n assets.Number) (assets.Version, error) {
	if err := r.strike(r.name + ".Version"); err != nil {
		return assets.Version{}, err
	}
	return r.inner.Version(ctx, ws, id, n)
}

func (r *faultyReader) Versions(ctx context.Context, ws string, id assets.ID) ([]assets.Version, error) {
	if err := r.strike(r.name + ".Versions"); err != nil {
		return nil, err
	}
	return r.inner.Versions(ctx, ws, id)
}

func (r *faultyReader) Reviews(ctx context.Context, ws string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	if err := r.strike(r.name + ".Reviews"); err != nil {
		return nil, err
	}
	return r.inner.Reviews(ctx, ws, id, n, limit)
}

func (r *faultyReader) Requested(ctx context.Context, ws, subject, operation, key string) (assets.Request, error) {
	if err := r.strike(r.name + ".Requested"); err != nil {
		return assets.Request{}, err
	}
	return r.inner.Requested(ctx, ws, subject, operation, key)
}

// faultyHistory is a History with a step for each call.
type faultyHistory struct {
	faults *Injector
	name   string // store or view
	inner  assets.History
}

func (h *faultyHistory) VersionsAt(ctx context.Context, ws string, versions []assets.Ref) ([]assets.Version, error) {
	if err := h.faults.strike(h.name + ".VersionsAt"); err != nil {
		return nil, err
	}
	return h.inner.VersionsAt(ctx, ws, versions)
}

func (h *faultyHistory) VersionsBefore(ctx context.Context, ws string, id assets.ID, w assets.VersionWindow) ([]assets.Version, error) {
	if err := h.faults.strike(h.name + ".VersionsBefore"); err != nil {
		return nil, err
	}
	return h.inner.VersionsBefore(ctx, ws, id, w)
}

func (h *faultyHistory) ReviewsBefore(ctx context.Context, ws string, id assets.ID, w assets.ReviewWindow) ([]assets.Review, error) {
	if err := h.faults.strike(h.name + ".ReviewsBefore"); err != nil {
		return nil, err
	}
	return h.inner.ReviewsBefore(ctx, ws, id, w)
}

// faultyCatalog is a Catalog with a step for each call.
type faultyCatalog struct {
	faults *Injector
	name   string // store or view
	inner  assets.Catalog
}

func (c *faultyCatalog) Count(ctx context.Context, ws string, f assets.Filter) (int64, error) {
	if err := c.faults.strike(c.name + ".Count"); err != nil {
		return 0, err
	}
	return c.inner.Count(ctx, ws, f)
}

func (c *faultyCatalog) UsageByType(ctx context.Context, ws string) (map[assets.Type]assets.UsageCount, error) {
	if err := c.faults.strike(c.name + ".UsageByType"); err != nil {
		return nil, err
	}
	return c.inner.UsageByType(ctx, ws)
}

func (c *faultyCatalog) CountWindow(ctx context.Context, ws string, f assets.Filter, w assets.Window) (int64, error) {
	if err := c.faults.strike(c.name + ".CountWindow"); err != nil {
		return 0, err
	}
	return c.inner.CountWindow(ctx, ws, f, w)
}

func (c *faultyCatalog) Counts(ctx context.Context, ws string, f assets.Filter, frequent int) (assets.Counts, error) {
	if err := c.faults.strike(c.name + ".Counts"); err != nil {
		return assets.Counts{}, err
	}
	return c.inner.Counts(ctx, ws, f, frequent)
}

func (c *faultyCatalog) TagCounts(ctx context.Context, ws string, w assets.TagWindow) ([]assets.TagCount, error) {
	if err := c.faults.strike(c.name + ".TagCounts"); err != nil {
		return nil, err
	}
	return c.inner.TagCounts(ctx, ws, w)
}

// faultyUploads is an Uploads with a step for each call.
type faultyUploads struct {
	faults *Injector
	name   string // store, view or tx
	inner  assets.Uploads
}

func (u *faultyUploads) Upload(ctx context.Context, ws string, id assets.ID) (assets.Upload, error) {
	if err := u.faults.strike(u.name + ".Upload"); err != nil {
		return assets.Upload{}, err
	}
	return u.inner.Upload(ctx, ws, id)
}

// faultyLinks is a Links with a step for each call.
type faultyLinks struct {
	faults *Injector
	name   string // store, view or tx
	inner  assets.Links
}

func (l *faultyLinks) Link(ctx context.Context, ws string, id assets.ID) (assets.ReviewLink, error) {
	if err := l.faults.strike(l.name + ".Link"); err != nil {
		return assets.ReviewLink{}, err
	}
	return l.inner.Link(ctx, ws, id)
}

func (l *faultyLinks) LinksBefore(ctx context.Context, ws string, asset assets.ID, w assets.LinkWindow) ([]assets.ReviewLink, error) {
	if err := l.faults.strike(l.name + ".LinksBefore"); err != nil {
		return nil, err
	}
	return l.inner.LinksBefore(ctx, ws, asset, w)
}

func (l *faultyLinks) CountLinks(ctx context.Context, ws string, at assets.Time) (int, error) {
	if err := l.faults.strike(l.name + ".CountLinks"); err != nil {
		return 0, err
	}
	return l.inner.CountLinks(ctx, ws, at)
}

// faultySnapshot is a Snapshot with a step for each call.
type faultySnapshot struct {
	faultyReader
	faultyHistory
	faultyCatalog
	faultyUploads
	faultyLinks
}

func newFaultySnapshot(in *Injector, name string, inner assets.Snapshot) faultySnapshot {
	return faultySnapshot{
		faultyReader{in, name, inner},
		faultyHistory{in, name, inner},
		faultyCatalog{in, name, inner},
		faultyUploads{in, name, inner},
		faultyLinks{in, name, inner},
	}
}

// faultyStore is a Store with a step for each call, begin and commit.
type faultyStore struct {
	faultySnapshot
	inner assets.Store
}

func (s *faultyStore) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	if err := s.strike("view.begin"); err != nil {
		return err
	}
	return s.inner.View(ctx, func(r assets.Snapshot) error {
		seen := newFaultySnapshot(s.Injector, "view", r)
		return fn(&seen)
	})
}

func (s *faultyStore) MaxSearches() int { return s.inner.MaxSearches() }

// errAgain rolls back a transaction whose function then runs again.
var errAgain = errors.New("serialization failure")

func (s *faultyStore) Update(ctx context.Context, fn func(assets.Tx) error) error {
	if err := s.strike(stepBegin); err != nil {
		return err
	}
	kept := false
	once := func() error {
		return s.inner.Update(ctx, func(tx assets.Tx) error {
			kept = false
			if err := fn(newFaultyTx(s.Injector, tx)); err != nil {
				return err
			}
			return s.commit(&kept)
		})
	}
	err := once()
	if errors.Is(err, errAgain) {
		err = once()
	}
	if err == nil && kept {
		return fmt.Errorf("commit: %w: %w", assets.ErrOutcomeUnknown, ErrInjected)
	}
	if err != nil {
		return err
	}
	return s.strike(stepCommitted)
}

// commit is the step before the commit. It sets kept if the transaction is to
// be committed and reported as unknown.
func (s *faultyStore) commit(kept *bool) error {
	f, ok := s.step(stepCommit)
	switch {
	case !ok:
		return nil
	case f == Reruns:
		return errAgain
	case f == CommitLost:
		return fmt.Errorf("commit: %w: %w", assets.ErrOutcomeUnknown, ErrInjected)
	case f == CommitKept:
		*kept = true
		return nil
	}
	return injected(f, stepCommit)
}

// faultyTx is a Tx with a step for each call.
type faultyTx struct {
	faultyReader
	faultyUploads
	faultyLinks
	inner assets.Tx
}

// faultyContentTx is a faultyTx of a store that has Contents.
type faultyContentTx struct {
	*faultyTx
	inner assets.ContentTx
}

func newFaultyTx(in *Injector, inner assets.Tx) assets.Tx {
	tx := &faultyTx{faultyReader{in, "tx", inner}, faultyUploads{in, "tx", inner}, faultyLinks{in, "tx", inner}, inner}
	if contents, ok := inner.(assets.ContentTx); ok {
		return &faultyContentTx{tx, contents}
	}
	return tx
}

func (t *faultyContentTx) PutContent(ctx context.Context, key string, content []byte) error {
	if err := t.strike("tx.PutContent"); err != nil {
		return err
	}
	return t.inner.PutContent(ctx, key, content)
}

// faultyContents is a Contents with a step for each call.
type faultyContents struct {
	faults *Injector
	inner  assets.Contents
}

func (c *faultyContents) ReadContents(ctx context.Context, keys []string) (map[string][]byte, error) {
	if err := c.faults.strike("store.ReadContents"); err != nil {
		return nil, err
	}
	return c.inner.ReadContents(ctx, keys)
}

func (t *faultyTx) PutAsset(ctx context.Context, current, approved *assets.Asset) error {
	if err := t.strike("tx.PutAsset"); err != nil {
		return err
	}
	return t.inner.PutAsset(ctx, current, approved)
}

func (t *faultyTx) PutVersion(ctx context.Context, ws string, v assets.Version) error {
	if err := t.strike("tx.PutVersion"); err != nil {
		return err
	}
	return t.inner.PutVersion(ctx, ws, v)
}

func (t *faultyTx) AddReview(ctx context.Context, ws string, r assets.Review) error {
	if err := t.strike("tx.AddReview"); err != nil {
		return err
	}
	return t.inner.AddReview(ctx, ws, r)
}

func (t *faultyTx) AddAttestations(ctx context.Context, all []assets.Attestation) error {
	if err := t.strike("tx.AddAttestations"); err != nil {
		return err
	}
	return t.inner.AddAttestations(ctx, all)
}

func (t *faultyTx) AddEvent(ctx context.Context, e assets.Event) error {
	if err := t.strike("tx.AddEvent"); err != nil {
		return err
	}
	return t.inner.AddEvent(ctx, e)
}

func (t *faultyTx) DeleteAsset(ctx context.Context, ws string, id assets.ID) error {
	if err := t.strike("tx.DeleteAsset"); err != nil {
		return err
	}
	return t.inner.DeleteAsset(ctx, ws, id)
}

func (t *faultyTx) EraseContent(ctx context.Context, ws string, id assets.ID, key string, at assets.Time) error {
	if err := t.strike("tx.EraseContent"); err != nil {
		return err
	}
	return t.inner.EraseContent(ctx, ws, id, key, at)
}

func (t *faultyTx) PutRequest(ctx context.Context, ws string, r assets.Request) error {
	if err := t.strike("tx.PutRequest"); err != nil {
		return err
	}
	return t.inner.PutRequest(ctx, ws, r)
}

func (t *faultyTx) PutUpload(ctx context.Context, u assets.Upload) error {
	if err := t.strike("tx.PutUpload"); err != nil {
		return err
	}
	return t.inner.PutUpload(ctx, u)
}

func (t *faultyTx) PutLink(ctx context.Context, link assets.ReviewLink) error {
	if err := t.strike("tx.PutLink"); err != nil {
		return err
	}
	return t.inner.PutLink(ctx, link)
}
