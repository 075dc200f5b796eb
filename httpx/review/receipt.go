package review

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/10ex/assets"
)

// receiptPage is the data of the page about a decision that was recorded.
type receiptPage struct {
	frame
	Filter  filter
	Asset   *assets.Asset
	Review  assets.Review
	Head    template.HTML
	Text    template.HTML
	Back    template.HTML // how it can be taken back
	Ordinal template.HTML
	Who     string // decided
	Already bool   // Review is somebody else's: there was nothing left to decide
	Next    *card
	Left    position // Of is how many wait
	Now     assets.Time
}

// decided shows what was recorded.
func (v *visit) decided() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	n, _ := strconv.Atoi(query.Get("version"))
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, assets.Selector(max(n, 0)))
	if err != nil {
		return err
	}
	s, f, action := v.subjectOf(state), filterOf(query), assets.Action(query.Get("action"))
	p := &receiptPage{frame: v.frame(v.lang.plain("receipt.title")), Filter: f, Asset: s.Asset, Now: s.Now}
	if !v.addRecorded(p, s, action) {
		return assets.ErrNotFound
	}
	p.Who = v.reviewer(p.Review)
	if !p.Already {
		if action == assets.ActionRequestChanges {
			_, p.Recorded = v.keepKeys(s.Asset, action)
		}
		v.describe(p, s)
	}
	if p.Next, err = v.nextAfter(f, query.Get("after")); err != nil {
		return err
	}
	if p.Next != nil {
		if p.Left, err = v.place(f, p.Next.Asset); err != nil {
			return err
		}
		p.Prefetch = prefetched(p.Next.Asset)
	}
	return v.render(http.StatusOK, "receipt", p)
}

// addRecorded adds the newest decision of the person that is in effect, else that of
// somebody else, for which there was nothing left to decide, else the person's newest one. It
// reports whether there is any.
func (v *visit) addRecorded(p *receiptPage, s subject, action assets.Action) bool {
	n := s.Version.Number
	valid := inEffect(s.State.Decisions, action, n)
	for _, r := range slices.Backward(valid) {
		if v.isOwn(r) {
			p.Review = r
			return true
		}
	}
	if len(valid) > 0 {
		v.already(p, s, valid[len(valid)-1])
		return true
	}
	for _, r := range slices.Backward(s.State.Decisions) { // taken back since
		if v.isOwn(r) && r.Action == action && r.Version == n {
			p.Review = r
			return true
		}
	}
	return false
}

// already describes the decision of somebody else that was in effect before the person's.
func (v *visit) already(p *receiptPage, s subject, r assets.Review) {
	action := r.Action
	p.Review, p.Already = r, true
	by, key := []string{v.reviewer(p.Review)}, "receipt.already"
	if action == assets.ActionApprove {
		key += ".approve"
		if s.OutNew {
			by = s.OutBy
		}
	}
	p.frame = v.frame(v.lang.plain("receipt.already.title"))
	p.Head = v.lang.text(key, "version", s.Version.Number, "names", v.lang.join(by))
	p.Text, p.Back = v.lang.text("receipt.already.text"), v.lang.text("receipt.back."+string(action))
}

// describe says what the decision of a receipt means.
func (v *visit) describe(p *receiptPage, s subject) {
	l, n, given := v.lang, s.Version.Number, len(s.State.Approvals)
	args := []any{"version", n, "title", visibleText(s.Asset.Title), "out", s.Out, "given", given, "needed", s.State.Quorum}
	key := "receipt." + string(p.Review.Action)
	switch {
	case p.Review.Action == assets.ActionApprove && p.Review.ToStatus != assets.StatusApproved:
		key += ".short"
		p.Ordinal = l.text("ordinal", "n", given)
	case p.Review.Action == assets.ActionRequestChanges && !s.Current:
		key += ".withdrawn"
	}
	p.Head = l.text(key, args...)
	switch s.Out {
	case n:
		p.Text = l.text("publishers.get.this", args...)
	case 0:
		p.Text = l.text("publishers.get.nothing", args...)
	default:
		p.Text = l.text("publishers.get.other", args...)
	}
	p.Back = l.text("receipt.back." + string(p.Review.Action))
}

// nextAfter returns the first asset of a filter behind a cursor.
func (v *visit) nextAfter(f filter, cursor string) (*card, error) {
	q, err := f.query()
	if err != nil {
		return nil, err
	}
	q.Limit, q.Cursor, q.IncludeText = 1, cursor, true
	page, err := v.lib.List(v.r.Context(), v.by, q)
	if errors.Is(err, assets.ErrInvalidCursor) {
		return nil, nil
	}
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	c := v.card(page.Items[0], f)
	return &c, nil
}
