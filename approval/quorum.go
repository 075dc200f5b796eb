package approval

import (
	"context"
	"slices"

	"github.com/10ex/assets"
)

// tally counts the subjects whose approvals stand behind a version, as far as
// today's policy accepts them.
type tally struct {
	*decision
	submitted bool   // only approvals of versions that were submitted count
	creator   string // of the version whose approval is carried over, if one is

	subjects map[string]bool
	seen     map[assets.Number]bool
	refused  error // why the first approval that does not count does not
}

func (d *decision) newTally(submitted bool) *tally {
	return &tally{decision: d, submitted: submitted, subjects: map[string]bool{}, seen: map[assets.Number]bool{}}
}

// add counts the approvals of version n. A carried one stands for those of
// the version it came from.
func (t *tally) add(ctx context.Context, n assets.Number) error {
	if t.seen[n] {
		return nil
	}
	t.seen[n] = true
	reviews, err := t.rows.Reviews(ctx, t.asset.Workspace, t.asset.ID, n, 0)
	if err != nil {
		return err
	}
	for _, r := range sinceReset(reviews) {
		switch {
		case r.Action != assets.ActionApprove:
			continue
		case r.CarriedFrom != 0:
			err = t.add(ctx, r.CarriedFrom)
		default:
			err = t.count(ctx, r, reviews)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// count judges one approval as if it were given today.
func (t *tally) count(ctx context.Context, r assets.Review, reviews []assets.Review) error {
	refused, err := t.judgeApproval(ctx, r, reviews)
	switch {
	case err != nil:
		return err
	case refused == nil:
		t.subjects[r.By] = true
	case t.refused == nil:
		t.refused = refused
	}
	return nil
}

func (t *tally) judgeApproval(ctx context.Context, r assets.Review, reviews []assets.Review) (refused, err error) {
	if !t.policy.accepts(r.ByKind) {
		return assets.ErrKindCannotApprove, nil
	}
	if t.policy.ForbidSelfApproval {
		v, err := t.rows.Version(ctx, t.asset.Workspace, t.asset.ID, r.Version)
		if err != nil {
			return nil, err
		}
		if r.By == v.CreatedBy || r.By == t.creator {
			return assets.ErrSelfApproval, nil
		}
	}
	if t.submitted && !slices.ContainsFunc(sinceReset(reviews), isSubmit) {
		return assets.Errorf(assets.ErrInvalidTransition, "version %d was approved without being submitted", r.Version), nil
	}
	return nil, nil
}

// suffices answers nil when the quorum is reached, or why it is not.
func (t *tally) suffices() error {
	quorum := t.policy.quorum()
	switch {
	case len(t.subjects) >= quorum:
		return nil
	case t.refused != nil:
		return t.refused
	}
	return assets.Errorf(assets.ErrInvalidTransition, "the approvals count %d of %d", len(t.subjects), quorum)
}

// sinceReset answers the reviews of a version behind its last
// request_changes, archive or reopen.
func sinceReset(reviews []assets.Review) []assets.Review {
	for i, r := range slices.Backward(reviews) {
		switch r.Action {
		case assets.ActionRequestChanges, assets.ActionArchive, assets.ActionReopen:
			return reviews[i+1:]
		}
	}
	return reviews
}

func isSubmit(r assets.Review) bool { return r.Action == assets.ActionSubmit }
