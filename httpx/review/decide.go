package review

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

// errForm: a form is malformed.
var errForm = errors.New("the form is malformed")

// parseForm reads the form of a request.
func (v *visit) parseForm() error {
	if err := v.r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	return nil
}

// posted reads the form of a request that changes an asset, and returns the asset's id.
func (v *visit) posted() (assets.ID, error) {
	id, err := v.id()
	if err != nil {
		return "", err
	}
	return id, v.parseForm()
}

// decisionOf returns the decision in a form. It must name the version and its digest as
// they were on the screen.
func (v *visit) decisionOf() (assets.Decision, error) {
	if err := v.parseForm(); err != nil {
		return assets.Decision{}, err
	}
	form := v.r.PostForm
	n, err := strconv.Atoi(form.Get("version"))
	d := assets.Decision{
		Action: assets.Action(form.Get("action")), Version: assets.Number(n), SHA256: form.Get("sha256"),
		Comment: v.comment(form["reason"], form.Get("comment")),
	}
	if err != nil || n < 1 || d.SHA256 == "" {
		return d, errForm
	}
	if text := form.Get("revision"); text != "" && d.Action == assets.ActionRequestChanges {
		revision, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return d, errForm
		}
		d.IfRevision = []int64{revision} // somebody may have approved the version since
	}
	return d, nil
}

// comment returns the comment of a decision, with the quick reasons in front.
func (v *visit) comment(reasons []string, comment string) string {
	comment = strings.ReplaceAll(comment, "\r\n", "\n")
	if strings.TrimSpace(comment) == "" {
		return ""
	}
	names := v.reasonWords(reasons)
	if len(names) == 0 {
		return comment
	}
	return strings.Join(names, ", ") + ": " + comment
}

// reasonWords returns the words for quick reasons.
func (v *visit) reasonWords(reasons []string) (words []string) {
	for _, name := range reasonNames {
		if slices.Contains(reasons, name) {
			words = append(words, v.lang.lookUp("reason."+name, nil))
		}
	}
	return words
}

// decision records a decision about the version that was on the screen.
func (v *visit) decision() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	d, err := v.decisionOf()
	if err != nil {
		return err
	}
	if d.IfRevision != nil {
		if d.IfRevision, err = v.revisions(id, d.IfRevision[0]); err != nil {
			return err
		}
	}
	if unseen, err := v.unseen(id, &d); err != nil {
		return err
	} else if unseen {
		return v.askAgain(id, d, draft{unseen: true})
	}
	f := filterOf(v.r.PostForm)
	after, err := v.placeOf(id, f)
	if err != nil {
		return err
	}
	a, err := v.lib.Review(v.r.Context(), v.by, id, d)
	switch {
	case err == nil:
		recorded, err := v.recorded(a, d)
		if err != nil {
			return err
		}
		return v.redirect(v.afterDecision(id, d, f, after, recorded))
	case errors.Is(err, assets.ErrVersionConflict):
		return v.conflict(id, d)
	case errors.Is(err, assets.ErrPreconditionFailed):
		return v.overtaken(id, d, v.afterDecision(id, d, f, after, true), err)
	case len(assets.FieldErrors(err)) > 0:
		return v.incomplete(id, d, err)
	}
	return err
}

// recorded reports whether a decision is on record as the person's, rather than in effect
// already by somebody else's. a is the asset after it.
func (v *visit) recorded(a *assets.Asset, d assets.Decision) (bool, error) {
	if last := a.LastReview; last.Action == d.Action && last.By == v.by.Subject && last.Version == d.Version {
		return true, nil
	}
	state, err := v.lib.ReviewState(v.r.Context(), v.by, a.ID, assets.Selector(d.Version))
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(inEffect(state.Decisions, d.Action, d.Version), v.isOwn), nil
}

// inEffect returns the decisions with an action on a version that no later one has ended.
// An archive and a reopening are about every version.
func inEffect(decisions []assets.Review, action assets.Action, n assets.Number) (found []assets.Review) {
	for _, r := range decisions {
		requests := r.Action == assets.ActionRequestChanges
		switch {
		case r.Action == action && r.Version == n:
			found = append(found, r)
		case r.Action == assets.ActionArchive, r.Action == assets.ActionReopen,
			r.Version == n && requests != (action == assets.ActionRequestChanges):
			found = nil
		}
	}
	return found
}

// isOwn reports whether a review is the person's.
func (v *visit) isOwn(r assets.Review) bool { return r.By == v.by.Subject }

// placeOf returns the cursor behind an asset in the queue, before a decision removes it
// from there. It is empty if the asset is not in the queue.
func (v *visit) placeOf(id assets.ID, f filter) (string, error) {
	if cursor := v.r.PostForm.Get("after"); cursor != "" {
		return cursor, nil
	}
	q, err := f.query()
	if err != nil || !f.waiting() {
		return "", err
	}
	page, err := v.lib.List(v.r.Context(), v.by, assets.Query{IDs: []assets.ID{id}})
	if err != nil || len(page.Items) == 0 || page.Items[0].Submitted.At == 0 {
		return "", err
	}
	return v.lib.CursorAfter(v.by, q, page.Items[0])
}

// afterDecision returns the address that follows a decision: the receipt, or the next
// asset in triage.
func (v *visit) afterDecision(id assets.ID, d assets.Decision, f filter, after string, recorded bool) string {
	if v.r.PostForm.Get("triage") != "" {
		did := string(d.Action)
		if !recorded {
			did = "already"
		}
		done, _ := strconv.Atoi(v.r.PostForm.Get("done"))
		return triagePath + f.with("cursor", after, "done", strconv.Itoa(done+1), "of", v.r.PostForm.Get("of"),
			"did", did, "was", string(id), "version", strconv.Itoa(int(d.Version)))
	}
	return string(id) + "/decided" + f.with("action", string(d.Action), "version", strconv.Itoa(int(d.Version)), "after", after)
}

// incomplete shows the page of the asset again, with the form whose comment is missing or
// too long.
func (v *visit) incomplete(id assets.ID, d assets.Decision, cause error) error {
	typed := v.typed()
	typed.wrong = v.lang.wrongComment(cause, "ask", d.Comment)
	if typed.wrong == "" || d.Action != assets.ActionRequestChanges {
		return cause
	}
	return v.askAgain(id, d, typed)
}

// askAgain shows the page that has the form again, at its own address, with what the form
// lacks.
func (v *visit) askAgain(id assets.ID, d assets.Decision, typed draft) error {
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, assets.Selector(d.Version))
	if err != nil {
		return err
	}
	form := v.r.PostForm
	inTriage := form.Get("triage") != ""
	if inTriage && state.Asset.CurrentVersion != d.Version {
		return v.conflict(id, d)
	}
	to := string(id) + filterOf(form).with("version", itoa(d.Version))
	if inTriage {
		to = triageAt(id, form)
	}
	v.shownAt(to)
	if inTriage {
		return v.showTriage(http.StatusUnprocessableEntity, typed)
	}
	return v.showAsset(http.StatusUnprocessableEntity, state, typed)
}

// typed returns what was typed into the form of a decision.
func (v *visit) typed() draft {
	return draft{comment: v.r.PostForm.Get("comment"), reasons: v.r.PostForm["reason"]}
}

// conflictPage is the data of the page about a decision that was not recorded, because
// something newer has arrived.
type conflictPage struct {
	frame
	subject
	Filter  filter
	Decided assets.Number // the version that was on the screen
	Head    template.HTML
	Content content
	Talk    []talk

	MoreTalk string // the address with all of it
	Look     string // the address of the newest version, below the queue
	Fields   []field
	Comment  string
}

// overtaken shows that nothing was decided, because the asset has changed: that there is
// a newer version, if there is one. If the change is this very decision, which was sent
// twice, it goes on to the address next.
func (v *visit) overtaken(id assets.ID, d assets.Decision, next string, cause error) error {
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, assets.SelectCurrent)
	if err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(state.Decisions, func(r assets.Review) bool { return v.repeats(r, d) }):
		return v.redirect(next)
	case state.Version.Number != d.Version:
		return v.conflict(id, d)
	}
	return cause
}

// repeats reports whether a review is the person's decision d, recorded after its form was
// made: the form was sent twice.
func (v *visit) repeats(r assets.Review, d assets.Decision) bool {
	return v.isOwn(r) && r.Action == d.Action && r.Version == d.Version && len(d.IfRevision) > 0 && r.Revision > slices.Min(d.IfRevision) &&
		strings.TrimSpace(r.Comment) == strings.TrimSpace(d.Comment)
}

// conflict shows that nothing was decided, and what changed since.
func (v *visit) conflict(id assets.ID, d assets.Decision) error {
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, assets.SelectCurrent)
	if err != nil {
		return err
	}
	s, f := v.subjectOf(state), filterOf(v.r.PostForm)
	p := &conflictPage{
		frame: v.frame(v.lang.plain("conflict.title")), subject: s, Filter: f, Decided: d.Version,
		Comment: v.r.PostForm.Get("comment"),
	}
	p.Talk, p.MoreTalk = v.talk(s.Asset, f)
	p.Head = v.lang.text("conflict."+string(d.Action), "version", d.Version, "newest", s.Version.Number, "time", v.lang.moment(s.Version.CreatedAt))
	p.Look = string(id) + f.with()
	if v.r.PostForm.Get("triage") != "" {
		p.Look = triageAt(id, v.r.PostForm)
	}
	for _, reason := range v.r.PostForm["reason"] {
		p.Fields = append(p.Fields, field{"reason", reason})
	}
	if d.Version != s.Version.Number {
		seen := looks{view: comparison(s), compare: itoa(d.Version)}
		v.shownAt(compareLink(s, f, d.Version))
		if p.Content, err = v.contentOf(s, seen); err != nil {
			return err
		}
	}
	return v.render(http.StatusConflict, "conflict", p)
}
