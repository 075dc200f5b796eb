// Package approval is the review policy of a Library: which decision is
// allowed in which status, on which version, by which actor.
//
// The one rule to know: by default only people approve. Actors of kind user
// may approve if they have the scope; [Policy].Kinds allows further kinds. No
// scope does, not even "*". An actor that may not approve a version may not
// withdraw its approval either.
//
// A [Policy] is a value; its zero value is ready to use.
package approval

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// Policy implements [assets.Approver]. It is safe for concurrent use if its
// fields are not changed and Rule is safe for concurrent use.
type Policy struct {
	// Quorum is the number of distinct subjects that must approve a version;
	// 0 means one. Approvals count from the version's last request_changes,
	// archive or reopen on, and only if today's policy would accept them.
	Quorum int

	// ForbidSelfApproval refuses an approval by the creator of the version
	// with [assets.ErrSelfApproval].
	ForbidSelfApproval bool

	// RequireSubmit allows approvals of the submitted version only; any other
	// is refused with [assets.ErrInvalidTransition].
	RequireSubmit bool

	// RequireVersion requires every decision to name its version; a missing
	// one is an [*assets.FieldError] at "version".
	RequireVersion bool

	// GuestsMayDecide lets people with a review link approve and request changes. A
	// guest's decision counts as one of the subject who made the link: for the quorum,
	// and for ForbidSelfApproval. By default guests only comment, and approvals that
	// guests gave before do not count.
	GuestsMayDecide bool

	// RequireDisclosure refuses an approval, also one that a rollback would carry
	// over, of a version whose provenance has no known source_type, with
	// [assets.ErrUndisclosed].
	RequireDisclosure bool

	// Kinds lists the kinds of actor that may approve besides users. Unknown
	// kinds are refused even if they are listed.
	Kinds []assets.Kind

	// Rule is the host's own rule. It is called after all other checks, for
	// every decision that is not in effect already, while the asset is locked.
	// It should return quickly and honour ctx. Decide does not wait for it
	// longer than ctx lasts; its goroutine then goes on until it returns. On
	// SQLite every other write waits too, and so do those that share the
	// commit. The asset is a copy from before the decision.
	//
	// An error that wraps [assets.ErrRefused] refuses the decision, and callers
	// see its text. Any other error, a panic, and a result after the end of ctx
	// are internal errors, whatever they wrap.
	Rule func(ctx context.Context, by assets.Actor, a *assets.Asset, r assets.Review) error
}

var (
	_ assets.Approver        = Policy{}
	_ assets.ApprovalCounter = Policy{}
	_ assets.GuestDecider    = Policy{}
	_ assets.PolicyDescriber = Policy{}
)

// Describe implements [assets.PolicyDescriber].
func (p Policy) Describe() assets.PolicyRules {
	rules := assets.PolicyRules{
		Quorum: p.quorum(), ForbidSelfApproval: p.ForbidSelfApproval, RequireSubmit: p.RequireSubmit,
		RequireVersion: p.RequireVersion, RequireDisclosure: p.RequireDisclosure, OwnRule: p.Rule != nil,
	}
	for _, k := range []assets.Kind{assets.KindUser, assets.KindAgent, assets.KindService} {
		if p.accepts(k) {
			rules.Kinds = append(rules.Kinds, k)
		}
	}
	return rules
}

// Admit returns a [*assets.FieldError] at "version" if RequireVersion is set
// and the decision names no version, and [assets.ErrKindCannotApprove] if the
// decision is an approval and the actor's kind may not approve. The
// FieldError comes first.
func (p Policy) Admit(by assets.Actor, proposed assets.Review) error {
	if p.RequireVersion && proposed.Version == 0 {
		return assets.Invalid(assets.TypeMissing, "name the version that was reviewed", "version")
	}
	if proposed.Action == assets.ActionApprove && !p.accepts(by.Kind) {
		return kindError(by.Kind)
	}
	return nil
}

// Decide checks, in this order: the comment that request_changes requires,
// whether the decision is in effect already (ErrUnchanged), the version
// (ErrVersionConflict), the transition (ErrInvalidTransition), the right to
// approve (ErrForbiddenScope, then ErrKindCannotApprove), self-approval
// (ErrSelfApproval), the disclosure (ErrRefused), the quorum, and the Rule.
//
// With ErrUnchanged it returns the recorded review that is in effect or, if
// none is recorded, as for a draft that is to be reopened, the proposed one.
func (p Policy) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	if proposed.Action == assets.ActionRequestChanges && strings.TrimSpace(proposed.Comment) == "" {
		return assets.Review{}, assets.Invalid(assets.TypeMissing, "say what has to change", "comment")
	}
	d := &decision{policy: p, rows: r, by: by, asset: a, review: proposed}
	d.review.FromStatus = a.Status
	err := d.resolve(ctx)
	if err == nil {
		err = p.callRule(ctx, by, a, d.review)
	}
	if err != nil && !errors.Is(err, assets.ErrUnchanged) {
		return assets.Review{}, err
	}
	return d.review, err
}

// GuestsDecide implements [assets.GuestDecider].
func (p Policy) GuestsDecide() bool { return p.GuestsMayDecide }

// approver returns the subject that a review counts for: of a guest, who invited it.
func approver(r assets.Review) string { return cmp.Or(string(r.InvitedBy), r.By) }

// accepts reports whether actors of a kind may approve.
func (p Policy) accepts(k assets.Kind) bool {
	switch k {
	case assets.KindUser:
		return true
	case assets.KindAgent, assets.KindService:
		return slices.Contains(p.Kinds, k)
	}
	return false
}

// checkApprover returns an error if the actor may neither give nor withdraw
// approvals.
func (d *decision) checkApprover() error {
	accepted := d.policy.accepts(d.by.Kind)
	switch {
	case !d.by.Can(assets.ScopeApprove):
		return scopeError(d.review.Action, accepted)
	case !accepted:
		return kindError(d.by.Kind)
	}
	return nil
}

// scopeError returns the error for an actor without the scope to give or withdraw
// approvals. If its kind is not accepted either, a larger scope would not help.
func scopeError(action assets.Action, accepted bool) error {
	reason, who := "", "; the operator can issue a credential with it"
	if action == assets.ActionArchive {
		reason = "a version is approved: "
	}
	if !accepted {
		who = ", and a person has to do it"
	}
	return assets.Errorf(assets.ErrForbiddenScope, "%s%s needs the scope %s%s", reason, action, assets.ScopeApprove, who)
}

// kindError returns the error for a kind of actor that may not approve.
func kindError(k assets.Kind) error {
	return assets.Errorf(assets.ErrKindCannotApprove, "a person has to decide this: an actor of kind %s may not approve or withdraw an approval", k)
}
