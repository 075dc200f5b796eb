package assets

import (
	"context"
	"errors"
)

// NewComment is the input of [Library.Comment].
type NewComment struct {
	Version Number `json:"version"` // that it is about
	Text    string `json:"text"`    // 1–4,000 characters, not blank
}

// Validate normalizes a new comment in place and returns all of its problems as joined
// FieldErrors.
func (in *NewComment) Validate() error {
	var p problems
	if in.Version == 0 {
		p.add(TypeMissing, "name the version that the comment is about", "version")
	} else {
		p.number(in.Version, "version")
	}
	if in.Text == "" {
		p.add(TypeMissing, "is required", "text")
	} else if p.comment(&in.Text, "text"); in.Text == "" {
		p.add(TypeTooShort, "must not be blank", "text")
	}
	return p.err()
}

// Comment records a comment on one version of an asset, in any status, and returns it
// as a review with the action comment. A comment is no decision: it changes neither the
// status nor an approval, and no decision depends on it. Each call records one.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound, or
// ErrUnavailable.
func (l *Library) Comment(ctx context.Context, by Actor, id ID, in NewComment) (_ Review, err error) {
	ctx, op := l.observe(ctx, "Comment", &by, id)
	defer op.end(&err)
	if err := by.identify(); err != nil {
		return Review{}, err
	}
	if !by.Can(ScopeWrite) && !by.Can(ScopeApprove) {
		return Review{}, ForbiddenScope(ScopeWrite)
	}
	if err := errors.Join(checkID(&id), in.Validate()); err != nil {
		return Review{}, err
	}
	var out Review
	err = l.updateAssets(ctx, by.Workspace, []ID{id}, func(ctx context.Context, tx Tx) error {
		c, err := l.lock(ctx, tx, by, id, nil)
		if err != nil {
			return err
		}
		if err := c.comment(ctx, in); err != nil {
			return err
		}
		out = *c.review
		return nil
	})
	if err != nil {
		return Review{}, err
	}
	return out, nil
}

// comment records a comment on a version. Status, submission and last review stay as they
// are.
func (c *change) comment(ctx context.Context, in NewComment) error {
	a := c.asset
	v, err := c.tx.Version(ctx, a.Workspace, a.ID, in.Version)
	if err != nil {
		return err
	}
	return c.recordComment(ctx, c.propose(ActionComment, v.Number, v.Content.SHA256, in.Text))
}

// recordComment records a proposed review that is a comment.
func (c *change) recordComment(ctx context.Context, r Review) error {
	a := c.asset
	r.ID, _ = c.lib.NewID()
	r.FromStatus, r.ToStatus, r.At = a.Status, a.Status, c.at
	c.review = &r
	return c.commit(ctx, Event{Type: EventCommented})
}
