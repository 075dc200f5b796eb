// Package approval is the review policy of a Library: which decision is
// allowed in which status, on which version, by whom.
//
// The one rule to know: only people approve. Actors of kind user always may;
// [Policy].Kinds widens that, and no scope does, not even "*". Whoever may not
// approve may not take away what is approved either.
//
// A [Policy] is a value; its zero value is ready to use.
package approval

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// Policy implements [assets.Approver]. It is safe for concurrent use as long
// as its fields are not changed and Rule is.
type Policy struct {
	// Quorum is how many distinct subjects must approve a version; 0 means
	// one. They are counted since the version's last request_changes, archive
	// or reopen, and only if today's policy would still accept them.
	Quorum int

	// ForbidSelfApproval refuses an approval by the creator of the version
	// with [assets.ErrSelfApproval].
	ForbidSelfApproval bool

	// RequireSubmit lets only the submitted version be approved; anything
	// else is [assets.ErrInvalidTransition].
	RequireSubmit bool

	// RequireVersion demands that every decision names its version; a
	// missing one is an [*assets.FieldError] at "version".
	RequireVersion bool

	// Kinds of actor that may approve besides users. Unknown kinds are
	// refused even when listed.
	Kinds []assets.Kind

	// Rule is the host's own rule. It is asked last, about every decision
	// that is not in effect already, while the asset is locked: it should be
	// quick and honour ctx, and it is abandoned, running on by itself, when
	// ctx ends. The asset is a copy, as it was before the decision.
	//
	// An error wrapping [assets.ErrRefused] refuses the decision with its
	// text, which callers may read. Any other error, a panic, and an answer
	// that comes too late are internal errors, whatever they wrap.
	Rule func(ctx context.Context, by assets.Actor, a *assets.Asset, r assets.Review) error
}

var _ assets.Approver = Policy{}

// Admit answers the missing version, which is a problem of the input, or else
// ErrKindCannotApprove.
func (p Policy) Admit(by assets.Actor, proposed assets.Review) error {
	if p.RequireVersion && proposed.Version == 0 {
		return assets.Invalid(assets.TypeMissing, "name the version that was looked at", "version")
	}
	if proposed.Action == assets.ActionApprove && !p.accepts(by.Kind) {
		return assets.ErrKindCannotApprove
	}
	return nil
}

// Decide judges in this order: the comment that request_changes requires,
// what is in effect already, the version, the transition
// (ErrInvalidTransition), what approving demands (ErrForbiddenScope, then
// ErrKindCannotApprove), ErrSelfApproval, the quorum, and the Rule.
//
// With ErrUnchanged comes the recorded review that is in effect or, where
// there is none, as for a draft that is to be reopened, the proposed one.
func (p Policy) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	if proposed.Action == assets.ActionRequestChanges && strings.TrimSpace(proposed.Comment) == "" {
		return assets.Review{}, assets.Invalid(assets.TypeMissing, "say what has to change", "comment")
	}
	d := &decision{policy: p, rows: r, by: by, asset: a, review: proposed}
	d.review.FromStatus = a.Status
	err := d.judge(ctx)
	if err == nil {
		err = p.askRule(ctx, by, a, d.review)
	}
	if err != nil && !errors.Is(err, assets.ErrUnchanged) {
		return assets.Review{}, err
	}
	return d.review, err
}

// accepts says whether actors of a kind may approve.
func (p Policy) accepts(k assets.Kind) bool {
	switch k {
	case assets.KindUser:
		return true
	case assets.KindAgent, assets.KindService:
		return slices.Contains(p.Kinds, k)
	}
	return false
}

// mayApprove judges an actor who would give an approval or take one away.
func (p Policy) mayApprove(by assets.Actor) error {
	switch {
	case !by.Can(assets.ScopeApprove):
		return assets.Errorf(assets.ErrForbiddenScope, "the credential lacks the scope %s", assets.ScopeApprove)
	case !p.accepts(by.Kind):
		return assets.ErrKindCannotApprove
	}
	return nil
}
