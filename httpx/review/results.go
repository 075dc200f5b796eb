package review

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"slices"

	"github.com/10ex/assets"
)

// resultsPage is the data of the page with the result for each of several versions.
type resultsPage struct {
	frame
	Filter   filter
	Head     template.HTML
	Results  []result
	Reviewer string
	At       assets.Time
	Comment  string
	Refused  int
	Accepted int
	Back     string // the address of the page of the queue
}

// result is what became of one of several decisions.
type result struct {
	Head, Text template.HTML
	Refused    bool
	Link       string
}

// decideSeveral decides about the ticked versions of those that the page has listed, and shows
// the result of each.
func (v *visit) decideSeveral(listed, picks []picked) error {
	typed := v.typed()
	typed.ticked = picks
	d := assets.BulkDecision{
		Action:  assets.Action(v.r.PostForm.Get("action")),
		Comment: v.comment(typed.reasons, typed.comment),
	}
	if d.Action == assets.ActionRequestChanges && d.Comment == "" {
		typed.wrong = v.lang.text("ask.missing")
		return v.lookThrough(http.StatusUnprocessableEntity, listed, typed)
	}
	picks, unseen, err := v.splitUnseen(d.Action, listed, picks)
	if err != nil {
		return err
	}
	for _, pick := range picks {
		d.Items = append(d.Items, pick.item(d.Action))
	}
	var results []assets.BulkResult
	if len(picks) > 0 {
		results, err = v.lib.BulkReview(v.r.Context(), v.by, d)
		if typed.wrong = v.lang.wrongComment(err, "ask", d.Comment); typed.wrong != "" {
			return v.lookThrough(http.StatusUnprocessableEntity, listed, typed)
		}
		if err != nil {
			return err
		}
	}
	p := &resultsPage{frame: v.frame(v.lang.plain("results.title")), Filter: filterOf(v.r.PostForm), Reviewer: v.by.Subject, At: v.lib.Now(), Back: v.formPage()}
	for _, u := range unseen {
		p.add(u.asset.ID, result{
			Head: v.lang.text("result.refused", "title", visibleText(u.asset.Title)),
			Text: v.lang.text("result.unseen.text", "version", u.number), Refused: true,
		})
	}
	newest := v.refusedOf(picks, results)
	for i, r := range results {
		if a := newest[r.AssetID]; a != nil && v.repeated(a, d, picks[i]) {
			r.Err, r.Asset = nil, a
		}
		p.add(r.AssetID, v.resultOf(d, picks[i], newest[r.AssetID], r))
	}
	slices.SortStableFunc(p.Results, func(a, b result) int { return cmp.Compare(order(a), order(b)) })
	p.Head = v.lang.text("results."+string(d.Action), "accepted", p.Accepted, "refused", p.Refused)
	if p.Refused > 0 {
		p.Comment = typed.comment
	} else {
		p.Recorded = v.keepKey(severalKey)
	}
	return v.render(http.StatusOK, "results", p)
}

// add adds the result for an asset.
func (p *resultsPage) add(id assets.ID, r result) {
	r.Link = string(id) + p.Filter.with()
	if r.Refused {
		p.Refused++
	} else {
		p.Accepted++
	}
	p.Results = append(p.Results, r)
}

// unseenPick is a ticked box of a version that nobody has looked at.
type unseenPick struct {
	picked
	asset *assets.Asset
}

// splitUnseen splits ticked boxes into those that are decided about and those whose approval
// lacks that somebody has looked at a content that the page could not show. Those of what is
// not the newest version are refused for that. listed are the versions that the page had.
func (v *visit) splitUnseen(action assets.Action, listed, picks []picked) (others []picked, unseen []unseenPick, err error) {
	if allowed := v.lib.CheckAction(v.by, action) == nil; action != assets.ActionApprove || !allowed {
		return picks, nil, nil
	}
	found, err := v.find(listed)
	if err != nil {
		return nil, nil, err
	}
	leaveOut(listed, found)
	for _, pick := range picks {
		a := found[pick.id]
		if a == nil || pick.seen || !pick.isOf(a) || a.ErasedAt != 0 || shownAmongSeveral(a) {
			others = append(others, pick)
			continue
		}
		unseen = append(unseen, unseenPick{pick, a})
	}
	return others, unseen, nil
}

// repeated reports whether the newest decision about an asset is what the form asks for: it
// was sent twice.
func (v *visit) repeated(a *assets.Asset, d assets.BulkDecision, pick picked) bool {
	last := a.LastReview
	return last.By == v.by.Subject && last.Action == d.Action && last.Version == pick.number && last.Comment == d.Comment
}

// refusedOf returns the assets about which nothing was decided, as they are now. If they
// cannot be read, it returns none: the others are decided about, and the page must say so.
func (v *visit) refusedOf(picks []picked, results []assets.BulkResult) map[assets.ID]*assets.Asset {
	var refused []picked
	for i, r := range results {
		if r.Err != nil {
			refused = append(refused, picks[i])
		}
	}
	found, err := v.find(refused)
	if err != nil {
		v.opts.Logger.ErrorContext(v.r.Context(), "review: reading what was refused", "error", err)
	}
	return found
}

// order sorts what was refused first.
func order(r result) int {
	if r.Refused {
		return 0
	}
	return 1
}

// resultOf describes one result. newest is the asset if nothing was decided about it.
func (v *visit) resultOf(d assets.BulkDecision, pick picked, newest *assets.Asset, r assets.BulkResult) result {
	title := string(r.AssetID)
	switch {
	case r.Asset != nil:
		title = visibleText(r.Asset.Title)
	case newest != nil:
		title = visibleText(newest.Title)
	}
	args := []any{"title", title, "version", pick.number}
	if r.Err != nil {
		return result{Head: v.lang.text("result.refused", args...), Text: v.refusal(pick, newest, r.Err), Refused: true}
	}
	args = append(args, "out", r.Asset.ApprovedVersion)
	key := "result." + string(d.Action)
	if d.Action == assets.ActionApprove && r.Asset.Status != assets.StatusApproved {
		key += ".short"
	}
	text := "publishers.get.other"
	switch r.Asset.ApprovedVersion {
	case 0:
		text = "publishers.get.nothing"
	case pick.number:
		text = "publishers.get.this"
	}
	return result{Head: v.lang.text(key, args...), Text: v.lang.text(text, args...)}
}

// refusal says why nothing was decided about a version. newest is nil if the asset could
// not be read.
func (v *visit) refusal(pick picked, newest *assets.Asset, err error) template.HTML {
	changed := errors.Is(err, assets.ErrVersionConflict) || errors.Is(err, assets.ErrPreconditionFailed)
	switch {
	case errors.Is(err, assets.ErrNotFound):
		return v.lang.text("news.deleted")
	case !changed:
		return v.reason(err)
	case newest != nil && newest.CurrentVersion != pick.number:
		return v.lang.text("result.newer.text", "version", pick.number, "newest", newest.CurrentVersion)
	case newest != nil && newest.Status == assets.StatusApproved:
		return v.lang.text("result.approved.text")
	}
	return v.lang.text("result.changed.text")
}
