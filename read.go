package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Get answers an asset with all its versions and the newest 1,000 reviews, in
// the current or, with SelectApproved, the approved perspective: one
// consistent picture.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrUnavailable.
func (l *Library) Get(ctx context.Context, by Actor, id ID, sel Selector) (*Asset, error) {
	if err := l.admit(&by, ScopeRead); err != nil {
		return nil, err
	}
	if sel != SelectCurrent && sel != SelectApproved {
		return nil, Invalid(TypeUnknown, "must be current or approved", "version")
	}
	if err := checkID(&id); err != nil {
		return nil, err
	}
	var a *Asset
	err := l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		if a, _, err = l.selected(ctx, r, by.Workspace, id, sel); err != nil {
			return err
		}
		if a.Versions, err = r.Versions(ctx, by.Workspace, id); err != nil {
			return err
		}
		a.Reviews, err = r.Reviews(ctx, by.Workspace, id, 0, maxReviewsShown)
		if a.Reviews == nil {
			a.Reviews = []Review{} // [] on the wire, where only Get shows any
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.present(a), nil
}

// Version answers one version of an asset.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrUnavailable.
func (l *Library) Version(ctx context.Context, by Actor, id ID, sel Selector) (Version, error) {
	_, v, err := l.look(ctx, by, id, sel)
	return v, err
}

// look reads an asset showing the selected version, and that version.
func (l *Library) look(ctx context.Context, by Actor, id ID, sel Selector) (a *Asset, v Version, err error) {
	if err := l.admit(&by, ScopeRead); err != nil {
		return nil, Version{}, err
	}
	if sel < SelectApproved {
		return nil, Version{}, Invalid(TypeTooSmall, "must be at least 1", "version")
	}
	if err := checkID(&id); err != nil {
		return nil, Version{}, err
	}
	err = l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		a, v, err = l.selected(ctx, r, by.Workspace, id, sel)
		return err
	})
	return a, v, err
}

// selected reads an asset as a selector shows it.
func (l *Library) selected(ctx context.Context, r Reader, ws string, id ID, sel Selector) (*Asset, Version, error) {
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
	a.show(v)
	if sel == SelectApproved {
		a.Status = StatusApproved
	}
	return a, v, nil
}

// Approved answers assets as approved, in the order asked, all from one
// snapshot: the way to read what may be published. The first id that is
// unknown or has no approved version fails the call and is named.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrUnavailable.
func (l *Library) Approved(ctx context.Context, by Actor, ids ...ID) ([]*Asset, error) {
	if err := l.admit(&by, ScopeRead); err != nil {
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
	err := l.cfg.Store.View(ctx, func(r Snapshot) (err error) {
		out, err = approvedOf(ctx, r, by.Workspace, ids)
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

func approvedOf(ctx context.Context, r Reader, ws string, ids []ID) ([]*Asset, error) {
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
			return nil, whyNotApproved(ctx, r, ws, id)
		}
		shown := *a // an id may be asked for twice
		out[i] = &shown
	}
	return out, nil
}

func whyNotApproved(ctx context.Context, r Reader, ws string, id ID) error {
	_, err := r.Asset(ctx, ws, id)
	switch {
	case err == nil:
		return Errorf(ErrNotApproved, "no version of asset %s is approved", id)
	case errors.Is(err, ErrNotFound):
		return Errorf(ErrNotFound, "asset %s was not found", id)
	}
	return err
}

// Allowed says of every action whether it would be accepted from this actor
// now, naming the current version, and why the others would not.
//
// Errors: ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrUnavailable.
func (l *Library) Allowed(ctx context.Context, by Actor, id ID) ([]Permission, error) {
	if err := l.admit(&by, ScopeRead); err != nil {
		return nil, err
	}
	if err := checkID(&id); err != nil {
		return nil, err
	}
	var out []Permission
	err := l.cfg.Store.View(ctx, func(r Snapshot) error {
		a, err := r.Asset(ctx, by.Workspace, id)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, action := range allActions {
			err := l.wouldAccept(ctx, r, by, a, action)
			if err != nil && !refusal(err) {
				return fmt.Errorf("asking about %s: %w", action, err)
			}
			out = append(out, Permission{Action: action, Err: err})
		}
		return nil
	})
	return out, err
}

// wouldAccept walks the checks of Review without recording anything.
func (l *Library) wouldAccept(ctx context.Context, r Reader, by Actor, a *Asset, action Action) error {
	d := Decision{Action: action, Version: a.CurrentVersion, SHA256: a.Content.SHA256}
	if action == ActionRequestChanges {
		d.Comment = "?" // required of a real one
	}
	if err := l.admitDecision(&by, d, a.ID, nil); err != nil {
		return err
	}
	given, proposed := *a, d.proposed(by)
	proposed.AssetID = a.ID
	_, err := l.cfg.Approver.Decide(ctx, r, by, &given, proposed)
	if errors.Is(err, ErrUnchanged) {
		return nil
	}
	return l.pointToReview(err, a.ID)
}
