package assets

import (
	"context"
	"errors"
	"slices"
)

// Limits of what Get returns.
const (
	maxReviewsShown = 100
	summaryBytes    = 4 << 10  // of a version's summary at most, as stored
	reviewBytes     = 20 << 10 // of a review at most
)

// Get returns an asset showing the selected version, with all its versions as
// summaries, that is without the Parameters, DerivedFrom and Inputs of their
// provenance, and with its newest 100 reviews. Its status is that of the version: of
// one that is not current it is approved if that version is in force, otherwise
// archived if the asset is, otherwise draft. Everything is read from one snapshot.
// Versions and Reviews return the whole of both in pages.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, or ErrUnavailable.
func (l *Library) Get(ctx context.Context, by Actor, id ID, sel Selector) (_ *Asset, err error) {
	ctx, op := l.observe(ctx, "Get", &by, id)
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, err
	}
	if err := checkSelected(&id, sel); err != nil {
		return nil, err
	}
	var a *Asset
	err = l.readHistory(ctx, func(r Snapshot, maxBytes int64) (_ *Asset, _ *[]Review, err error) {
		a, err = readWhole(ctx, r, by.Workspace, id, sel, maxBytes)
		return a, nil, err
	})
	if err != nil {
		return nil, err
	}
	return l.present(a), nil
}

// readHistory calls read with a snapshot. read returns an asset with its history, and its
// decisions if it reads these too. It stops when the versions, the reviews, or
// the decisions, are more than maxBytes; 0 is no limit. It is called again, without a limit,
// once memory for all that there is has been reserved.
func (l *Library) readHistory(ctx context.Context, read func(r Snapshot, maxBytes int64) (a *Asset, decisions *[]Review, err error)) error {
	reserved := false
	return l.readResult(ctx, func(maxBytes int64) (kept, needs int64, err error) {
		if reserved {
			maxBytes = 0
		}
		var a *Asset
		var decisions *[]Review
		err = l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
			a, decisions, err = read(r, maxBytes)
			return err
		})
		if err != nil {
			return 0, 0, err
		}
		reviews := int64(maxReviewsShown)
		if kept = historyBytes(a); decisions != nil {
			kept, reviews = kept+reviewsBytes(*decisions), 2*reviews
		}
		if kept > maxBytes && !reserved {
			needs = int64(a.CurrentVersion)*summaryBytes + reviews*reviewBytes
			reserved = true
			a.Versions, a.Reviews = nil, nil // nothing is held while the call waits
			if decisions != nil {
				*decisions = nil
			}
		}
		return kept, needs, nil
	})
}

// readWhole reads an asset with its history: see Library.readHistory.
func readWhole(ctx context.Context, r Snapshot, ws string, id ID, sel Selector, maxBytes int64) (a *Asset, err error) {
	if sel == SelectCurrent {
		a, err = r.Asset(ctx, ws, id)
	} else {
		a, _, err = selectVersion(ctx, r, ws, id, sel)
	}
	if err != nil {
		return nil, err
	}
	err = a.readHistory(ctx, r, maxBytes)
	return a, err
}

// readHistory reads the versions and reviews: see Library.readHistory.
func (a *Asset) readHistory(ctx context.Context, r Snapshot, maxBytes int64) (err error) {
	a.Versions, err = r.VersionsBefore(ctx, a.Workspace, a.ID, VersionWindow{Limit: int(a.CurrentVersion), Bytes: maxBytes, Summary: true})
	if err != nil {
		return err
	}
	a.Reviews, err = r.ReviewsBefore(ctx, a.Workspace, a.ID, ReviewWindow{Limit: maxReviewsShown, Bytes: maxBytes})
	if a.Reviews == nil {
		a.Reviews = []Review{} // [] in JSON
	}
	slices.Reverse(a.Versions)
	slices.Reverse(a.Reviews)
	return err
}

// historyBytes returns the size of an asset's versions and reviews, as stored.
func historyBytes(a *Asset) (n int64) {
	for i := range a.Versions {
		n += a.Versions[i].StoredBytes()
	}
	return n + reviewsBytes(a.Reviews)
}

// reviewsBytes returns the size of reviews, as stored.
func reviewsBytes(reviews []Review) (n int64) {
	for i := range reviews {
		n += reviews[i].StoredBytes()
	}
	return n
}

// Version returns one version of an asset.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, or ErrUnavailable.
func (l *Library) Version(ctx context.Context, by Actor, id ID, sel Selector) (_ Version, err error) {
	ctx, op := l.observe(ctx, "Version", &by, id)
	defer op.end(&err)
	_, v, err := l.readVersionOf(ctx, by, id, sel)
	return v, err
}

// VersionOf returns one version and, from the same snapshot, the asset showing it, without
// versions and reviews. Its errors are those of Version.
func (l *Library) VersionOf(ctx context.Context, by Actor, id ID, sel Selector) (_ *Asset, _ Version, err error) {
	ctx, op := l.observe(ctx, "VersionOf", &by, id)
	defer op.end(&err)
	a, v, err := l.readVersionOf(ctx, by, id, sel)
	return l.present(a), v, err
}

// readVersionOf reads the selected version, and the asset showing it, unless there are
// field errors of the call, or others.
func (l *Library) readVersionOf(ctx context.Context, by Actor, id ID, sel Selector, others ...error) (a *Asset, v Version, err error) {
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, Version{}, err
	}
	if err := errors.Join(append(others, checkSelected(&id, sel))...); err != nil {
		return nil, Version{}, err
	}
	err = l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		a, v, err = selectVersion(ctx, r, by.Workspace, id, sel)
		return err
	})
	return a, v, err
}

// checkSelected returns field errors for a malformed id and for a selector that no version
// can have.
func checkSelected(id *ID, sel Selector) error {
	var version error
	if sel < SelectApproved {
		version = Invalid(TypeTooSmall, "must be at least 1", "version")
	}
	return errors.Join(checkID(id), version)
}

// selectVersion reads the version that sel selects, and the asset showing it.
func selectVersion(ctx context.Context, r Reader, ws string, id ID, sel Selector) (*Asset, Version, error) {
	a, err := r.Asset(ctx, ws, id)
	if err != nil {
		return nil, Version{}, err
	}
	n := Number(sel)
	switch sel {
	case SelectCurrent:
		n = a.CurrentVersion
	case SelectApproved:
		if n = a.ApprovedVersion; n == 0 {
			return nil, Version{}, ErrNotApproved
		}
	}
	v, err := r.Version(ctx, ws, id, n)
	if err != nil {
		return nil, Version{}, err
	}
	if sel != SelectApproved {
		err := a.showVersion(ctx, r, v)
		return a, v, err
	}
	a.show(v)
	a.Status, a.Submitted = StatusApproved, Submission{}
	err = a.findLastReview(ctx, r)
	return a, v, err
}

// Approved returns assets in the approved perspective, in the order of ids, all from
// one snapshot. It is how publishers read what may be published. If an id is unknown
// or has no approved version, Approved fails with an error that names the first such
// id.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, or ErrUnavailable.
func (l *Library) Approved(ctx context.Context, by Actor, ids ...ID) (_ []*Asset, err error) {
	ctx, op := l.observe(ctx, "Approved", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, err
	}
	ids = slices.Clone(ids)
	var p problems
	for i := range ids {
		p.assetID(&ids[i], "asset_ids", i)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	var out []*Asset
	err = l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		out, err = readApproved(ctx, r, by.Workspace, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, a := range out {
		l.present(a)
	}
	return out, nil
}

// readApproved reads assets in the approved perspective, in the order of ids.
func readApproved(ctx context.Context, r Reader, ws string, ids []ID) ([]*Asset, error) {
	found := make(map[ID]*Asset, len(ids))
	for chunk := range slices.Chunk(ids, MaxListLimit) {
		page, err := r.Assets(ctx, ws, Filter{Approved: true, IDs: chunk}, Window{Limit: len(chunk)})
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			found[a.ID] = a
		}
	}
	out := make([]*Asset, len(ids))
	for i, id := range ids {
		a := found[id]
		if a == nil {
			return nil, notApproved(ctx, r, ws, id)
		}
		shown := *a // ids may contain an id twice
		out[i] = &shown
	}
	return out, nil
}

// notApproved returns why Approved found no approved version of an asset.
func notApproved(ctx context.Context, r Reader, ws string, id ID) error {
	_, err := r.Asset(ctx, ws, id)
	switch {
	case err == nil:
		return Errorf(ErrNotApproved, "no version of asset %s is approved", id)
	case errors.Is(err, ErrNotFound):
		return Errorf(ErrNotFound, "asset %s was not found", id)
	}
	return err
}
