package review

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

// severalPage is the data of the page on which several versions are looked through, and
// decided about at once.
type severalPage struct {
	frame
	Filter filter
	Items  []severalItem
	Ready  int // that are included at first
	Now    assets.Time
	Fields []field
	Draft  draftForm
}

// severalItem is one of several versions.
type severalItem struct {
	*assets.Asset
	Pick    string
	Kind    string
	Source  string
	Text    *string
	Changed assets.Number // the version that was ticked, if it is not the newest one any more
	Shown   bool          // the page shows the whole content
	Link    string
}

// picked is one ticked box: a version of an asset, by its digest.
type picked struct {
	id     assets.ID
	number assets.Number
	sha256 string
}

// several shows the ticked versions whole; if the form is confirmed it decides about
// them.
func (v *visit) several() error {
	if err := v.parseForm(); err != nil {
		return err
	}
	picks, err := picksOf(v.r.PostForm["pick"])
	if err != nil {
		return err
	}
	if len(picks) == 0 {
		return v.redirect(filterOf(v.r.PostForm).with())
	}
	if v.r.PostForm.Get("confirm") != "" {
		return v.decideSeveral(picks)
	}
	return v.lookThrough(http.StatusOK, picks, draft{})
}

// picksOf parses ticked boxes. Of an asset that is ticked twice the first one counts.
func picksOf(values []string) (picks []picked, err error) {
	if len(values) > assets.MaxBulkItems {
		return nil, errForm
	}
	for _, value := range values {
		parts := strings.Split(value, ":")
		if len(parts) != 3 {
			return nil, errForm
		}
		id, bad := assets.ParseID(parts[0])
		n, wrong := strconv.Atoi(parts[1])
		if bad != nil || wrong != nil || n < 1 || parts[2] == "" {
			return nil, errForm
		}
		if !slices.ContainsFunc(picks, func(p picked) bool { return p.id == id }) {
			picks = append(picks, picked{id, assets.Number(n), parts[2]})
		}
	}
	return picks, nil
}

// lookThrough shows the versions.
func (v *visit) lookThrough(status int, picks []picked, typed draft) error {
	found, err := v.find(picks)
	if err != nil {
		return err
	}
	f := filterOf(v.r.PostForm)
	p := &severalPage{frame: v.frame(v.lang.text("several.title")), Filter: f, Now: v.lib.Now(), Fields: f.hidden()}
	p.Draft = draftForm{Comment: typed.comment, Missing: typed.missing, Open: typed.missing}
	for _, pick := range picks {
		a := found[pick.id]
		if a == nil {
			continue // deleted meanwhile
		}
		item := severalItem{
			Asset: a, Kind: contentKind(a.Content), Source: sourceOf(a.ID, a.Version), Link: string(a.ID) + f.with(),
			Pick: string(a.ID) + ":" + strconv.Itoa(int(a.Version)) + ":" + a.Content.SHA256,
		}
		if a.Text != nil {
			item.Text = a.Text.Text
		}
		item.Shown = surelyShown(a.Content.MediaType) && (item.Kind == kindPicture || item.Kind == kindText && item.Text != nil)
		if a.Version != pick.number || a.Content.SHA256 != pick.sha256 {
			item.Changed, item.Shown = pick.number, false
		}
		if item.Shown {
			p.Ready++
		}
		p.Items = append(p.Items, item)
	}
	return v.render(status, "several", p)
}

// find returns the assets of ticked boxes by id, with short texts.
func (v *visit) find(picks []picked) (map[assets.ID]*assets.Asset, error) {
	found := map[assets.ID]*assets.Asset{}
	for chunk := range slices.Chunk(picks, assets.MaxListLimit) {
		q := assets.Query{Limit: len(chunk), IncludeText: true}
		for _, pick := range chunk {
			q.IDs = append(q.IDs, pick.id)
		}
		for {
			page, err := v.lib.List(v.r.Context(), v.by, q)
			if err != nil {
				return nil, err
			}
			for _, a := range page.Items {
				found[a.ID] = a
			}
			if q.Cursor = string(page.NextCursor); q.Cursor == "" {
				break
			}
		}
	}
	return found, nil
}

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
}

// result is what became of one of several decisions.
type result struct {
	Head, Text template.HTML
	Refused    bool
	Link       string
}

// decideSeveral decides about the ticked versions, and shows the result of each.
func (v *visit) decideSeveral(picks []picked) error {
	typed := v.typed(false)
	d := assets.BulkDecision{
		Action:  assets.Action(v.r.PostForm.Get("action")),
		Comment: v.comment(typed.reasons, typed.comment),
	}
	if d.Action == assets.ActionRequestChanges && d.Comment == "" {
		typed.missing = true
		return v.lookThrough(http.StatusUnprocessableEntity, picks, typed)
	}
	found, err := v.find(picks)
	if err != nil {
		return err
	}
	f := filterOf(v.r.PostForm)
	p := &resultsPage{frame: v.frame(v.lang.text("results.title")), Filter: f, Reviewer: v.by.Subject, At: v.lib.Now()}
	picks = slices.DeleteFunc(picks, func(pick picked) bool {
		a := found[pick.id]
		approved := d.Action == assets.ActionRequestChanges && a != nil && a.Status == assets.StatusApproved && a.CurrentVersion == pick.number
		if approved { // what waited when it was ticked; nobody withdraws an approval unawares
			p.Refused++
			p.Results = append(p.Results, v.approvedSince(a, pick, f))
		}
		return approved
	})
	for _, pick := range picks {
		d.Items = append(d.Items, assets.BulkItem{AssetID: pick.id, Version: pick.number, SHA256: pick.sha256})
	}
	var results []assets.BulkResult
	if len(d.Items) > 0 {
		if results, err = v.lib.BulkReview(v.r.Context(), v.by, d); err != nil {
			return err
		}
	}
	for i, r := range results {
		shown := v.resultOf(d, picks[i], found[r.AssetID], r)
		shown.Link = string(r.AssetID) + f.with()
		if shown.Refused {
			p.Refused++
		} else {
			p.Accepted++
		}
		p.Results = append(p.Results, shown)
	}
	slices.SortStableFunc(p.Results, func(a, b result) int { return cmp.Compare(order(a), order(b)) })
	p.Head = v.lang.text("results."+string(d.Action), "accepted", p.Accepted, "refused", p.Refused)
	if p.Refused > 0 {
		p.Comment = typed.comment
	}
	return v.render(http.StatusOK, "results", p)
}

// approvedSince is the result for a version that somebody has approved since it was
// ticked.
func (v *visit) approvedSince(a *assets.Asset, pick picked, f filter) result {
	args := []any{"title", visibleText(a.Title), "version", pick.number}
	return result{Head: v.lang.text("result.refused", args...), Text: v.lang.text("result.approved.text", args...), Refused: true, Link: string(a.ID) + f.with()}
}

// order sorts what was refused first.
func order(r result) int {
	if r.Refused {
		return 0
	}
	return 1
}

// resultOf describes one result. before is the asset before the decision.
func (v *visit) resultOf(d assets.BulkDecision, pick picked, before *assets.Asset, r assets.BulkResult) result {
	title := string(r.AssetID)
	if before != nil {
		title = visibleText(before.Title)
	}
	args := []any{"title", title, "version", pick.number}
	if r.Err != nil {
		key := "result.refused.text"
		if assets.Code(r.Err) == assets.Code(assets.ErrVersionConflict) && before != nil && before.CurrentVersion != pick.number {
			key, args = "result.newer.text", append(args, "newest", before.CurrentVersion)
		}
		return result{Head: v.lang.text("result.refused", args...), Text: v.lang.text(key, append(args, "reason", v.reason(r.Err))...), Refused: true}
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
