package review

import (
	"errors"
	"html/template"
	"slices"
	"strconv"

	"github.com/10ex/assets"
)

// bar is the decision bar at the foot of a page. It always names the version.
type bar struct {
	Version assets.Number
	SHA256  string
	Head    template.HTML // the first line, with the mark of the version in it
	Why     template.HTML // the second line: the consequence, or why something is not possible
	Locked  bool          // Why is a reason
	Then    template.HTML // the same for the strip; empty if there is nothing to decide

	RequestWhy template.HTML // why changes cannot be requested, if Why does not say so

	Approve  button
	Request  button // request changes to the current version, or withdraw an approval
	Withdraw bool   // Request withdraws what publishers get, or got
	Submit   button
	Reopen   button
	Newest   assets.Number // look at it instead; 0: it is the one on the screen
	Seen     bool          // a box must be ticked, because the page could not show everything
	Unseen   bool          // it was not

	Action string  // where the forms are sent, below the queue
	Fields []field // hidden ones of every form
	Draft  draftForm
	Skip   string // the address of the next one, in triage
}

// button is one that is shown, and may be unusable for a reason that the page says.
type button struct{ Shown, Usable bool }

// draftForm is the state of the form that requests changes.
type draftForm struct {
	Key     string // under which a browser keeps the comment
	Comment string
	Reasons []reasonBox
	Open    bool          // shown without a click
	Wrong   template.HTML // with the comment; empty if nothing is
}

type reasonBox struct {
	Value   string
	Checked bool
}

// reasonNames are the quick reasons. They stand in front of the comment.
var reasonNames = []string{"facts", "tone", "brand", "legal", "length", "quality"}

// barOf returns the bar for a version.
func (v *visit) barOf(s subject, f filter, typed draft) bar {
	b := bar{
		Version: s.Version.Number, SHA256: s.Version.Content.SHA256, Action: string(s.Asset.ID) + "/decision",
		Fields: append(s.place(f), field{"version", strconv.Itoa(int(s.Version.Number))}, field{"sha256", s.Version.Content.SHA256}),
		Draft:  draftForm{Comment: typed.comment, Open: typed.wrong != "" || typed.comment != "", Wrong: typed.wrong},
	}
	b.Draft.Key, _ = v.keepKeys(s.Asset, assets.ActionRequestChanges)
	for _, name := range reasonNames {
		box := reasonBox{Value: name}
		for _, given := range typed.reasons {
			box.Checked = box.Checked || given == name
		}
		b.Draft.Reasons = append(b.Draft.Reasons, box)
	}
	mark := v.lang.mark(b.Version, "on")
	b.Head = v.lang.text("bar.decide", "mark", mark)
	switch {
	case s.Asset.Status == assets.StatusArchived:
		v.archivedBar(&b, s, mark)
	case !s.Current:
		v.olderBar(&b, s, mark)
	default:
		v.currentBar(&b, s, mark)
	}
	if typed.unseen && b.Approve.Usable {
		b.Why, b.Locked, b.Unseen = v.lang.text("bar.unseen"), true, true
	}
	return b
}

// archivedBar is that of an archived asset, whose approvals are withdrawn.
func (v *visit) archivedBar(b *bar, s subject, mark template.HTML) {
	reopen := s.State.Permission(assets.ActionReopen)
	b.Head, b.Why = v.lang.text("bar.archived", "mark", mark), v.lang.text("why.archived")
	b.Reopen = button{true, reopen.Err == nil}
	if reopen.Err != nil {
		b.Why, b.Locked = v.reason(reopen.Err), true
	}
}

// olderBar is that of a version that is not the newest one. Its approval can be taken
// back.
func (v *visit) olderBar(b *bar, s subject, mark template.HTML) {
	b.Head, b.Why, b.Newest = v.lang.text("bar.look", "mark", mark), v.lang.text("why.older"), s.Asset.CurrentVersion
	if s.Version.Approval != assets.ApprovalGiven {
		return
	}
	request := s.State.Permission(assets.ActionRequestChanges)
	b.Withdraw, b.Request = true, button{true, request.Err == nil}
	switch {
	case request.Err != nil:
		b.Why, b.Locked = v.reason(request.Err), true
	case s.OutNew:
		b.Why = v.lang.text("why.older.out")
	default:
		b.Why = v.lang.text("why.older.given")
	}
}

// currentBar is that of the newest version.
func (v *visit) currentBar(b *bar, s subject, mark template.HTML) {
	approve, request := s.State.Permission(assets.ActionApprove), s.State.Permission(assets.ActionRequestChanges)
	if s.Asset.Status == assets.StatusApproved {
		b.Head, b.Why = v.lang.text("bar.out", "mark", mark), v.approvedBy(s)
		b.Withdraw, b.Request = true, button{true, request.Err == nil}
		if request.Err != nil {
			b.Why, b.Locked = v.reason(request.Err), true
		}
		return
	}
	b.Approve = button{true, approve.Err == nil && !approve.InEffect}
	if s.Asset.Status == assets.StatusPendingReview {
		b.Request = button{true, request.Err == nil}
	} else if submit := s.State.Permission(assets.ActionSubmit); submit.Err == nil {
		b.Submit = button{true, true}
	}
	switch {
	case approve.Err != nil:
		b.Why, b.Locked = v.whyNot(s, approve.Err), true
		if !b.Request.Usable && !b.Submit.Usable {
			b.Head = v.lang.text("bar.look", "mark", mark)
		}
	case approve.InEffect:
		b.Why, b.Locked = v.approvedAlready(s), true
	default:
		b.Why, b.Then = v.consequence(s, approve.Status, "bar"), v.consequence(s, approve.Status, "then")
	}
	if b.Request.Shown {
		b.RequestWhy = v.requestWhy(approve.Err, request.Err, b.Why)
	}
}

// requestWhy says why changes cannot be requested. It returns "" if they can be, or if what is
// said about an approval says it: actors of a kind that may not approve decide nothing.
func (v *visit) requestWhy(approve, request error, said template.HTML) template.HTML {
	if request == nil || errors.Is(approve, assets.ErrKindCannotApprove) || v.reason(request) == said {
		return ""
	}
	return v.lang.text("why.request", "reason", v.reason(request))
}

// approvedBy says who approved the version.
func (v *visit) approvedBy(s subject) template.HTML {
	if len(s.OutBy) == 0 {
		return v.lang.text("approved.at", "time", v.lang.moment(s.Asset.ApprovedAt))
	}
	return v.lang.text("approved.by", "names", v.lang.join(s.OutBy), "time", v.lang.moment(s.Asset.ApprovedAt))
}

// approvedAlready says that the person has approved the version, which needs others.
func (v *visit) approvedAlready(s subject) template.HTML {
	for _, r := range s.State.Approvals {
		if r.By == v.by.Subject {
			return v.lang.text("why.approved", "time", v.lang.moment(r.At), "given", len(s.State.Approvals), "n", s.State.Quorum)
		}
	}
	return v.lang.text("why.in_effect")
}

// consequence says what an approval of the version, after which the asset has a status,
// does to publishers. kind is the place: bar or then.
func (v *visit) consequence(s subject, after assets.Status, kind string) template.HTML {
	given, needed := len(s.State.Approvals)+1, s.State.Quorum
	key := kind
	if needed > 1 {
		key += ".quorum"
	}
	switch {
	case after != assets.StatusApproved && s.Out == 0:
		key += ".nothing"
	case after != assets.StatusApproved:
		key += ".keep"
	case s.Out == 0:
		key += ".first"
	default:
		key += ".replace"
	}
	return v.lang.text(key, "version", s.Version.Number, "out", s.Out, "given", given, "needed", needed, "left", needed-given,
		"ordinal", v.lang.text("ordinal", "n", given))
}

// whyNot says why the version cannot be approved.
func (v *visit) whyNot(s subject, err error) template.HTML {
	if errors.Is(err, assets.ErrInvalidTransition) && s.Asset.Status == assets.StatusDraft {
		if last := lastDecision(s.State.Decisions, s.Version.Number); last.Action == assets.ActionRequestChanges {
			return v.lang.text("why.requested", "name", v.reviewer(last), "version", last.Version)
		}
		return v.lang.text("why.draft")
	}
	return v.reason(err)
}

// lastDecision returns the newest decision on a version, by which the policy decides; zero if
// there is none.
func lastDecision(decisions []assets.Review, n assets.Number) assets.Review {
	for _, r := range slices.Backward(decisions) {
		if r.Version == n {
			return r
		}
	}
	return assets.Review{}
}

// reason returns the words for a refusal. Those of a host's own rule are its own.
func (v *visit) reason(err error) template.HTML {
	switch code := assets.Code(err); {
	case errors.Is(err, assets.ErrSelfApproval):
		return v.lang.text("why.self")
	case errors.Is(err, assets.ErrKindCannotApprove):
		return v.lang.text("why.kind." + string(v.by.Kind))
	case errors.Is(err, assets.ErrForbiddenScope):
		return v.lang.text("why.scope")
	case errors.Is(err, assets.ErrGuestsDecide):
		return v.lang.text("why.guests")
	case errors.Is(err, assets.ErrUndisclosed):
		return v.lang.text("why.undisclosed")
	case errors.Is(err, assets.ErrRefused):
		return v.lang.text("value", "value", visibleText(assets.Detail(err)))
	case v.lang.has("why." + code):
		return v.lang.text("why." + code)
	}
	return v.lang.text("why.other")
}
