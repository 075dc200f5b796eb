package review

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/10ex/assets"
)

// triagePath is the address of triage below the queue.
const triagePath = "triage"

// triagePage is the data of the page that shows what waits one by one.
type triagePage struct {
	frame
	subject
	Filter  filter
	Content content
	Bar     bar
	Asked   *asked
	Place   position // Of is how many there were at the beginning
	Done    int
	Notice  template.HTML // of the decision before
	typed   string        // the key of its comment, if that is recorded
	Details string        // the address of the asset's page
	Leave   string
	Back    string // the address of the one before
}

// triage shows the first asset of the filter behind a cursor, whole, to be decided
// about, or the one that is named, behind which it goes on with the cursor. After the
// last one it says so. A POST carries a comment that was not sent.
func (v *visit) triage() error {
	if !isRead(v.r) {
		if err := v.parseForm(); err != nil {
			return err
		}
	}
	return v.showTriage(http.StatusOK, draft{comment: v.r.PostFormValue("comment"), reasons: v.r.PostForm["reason"]})
}

// showTriage renders the page. typed is what was typed into its form.
func (v *visit) showTriage(status int, typed draft) error {
	query := v.r.URL.Query()
	f := filterOf(query)
	cursor := query.Get("cursor")
	q, err := f.query()
	if err != nil {
		return err
	}
	q.Limit, q.Cursor = 2, cursor // the second one is prefetched
	page, err := v.lib.List(v.r.Context(), v.by, q)
	if err != nil {
		return err
	}
	done, _ := strconv.Atoi(query.Get("done"))
	of, _ := strconv.Atoi(query.Get("of"))
	p := &triagePage{Filter: f, Done: max(done, 0), Place: position{Number: max(done, 0) + 1, Of: max(of, 0)}, Leave: f.with()}
	if !query.Has("of") {
		if p.Place.Of, err = v.countOf(f); err != nil {
			return err
		}
	}
	if p.Place.Of > 0 {
		p.Place.Of = max(p.Place.Of, p.Done+min(len(page.Items), 1))
	}
	p.Place.Many = p.Place.Of > assets.MaxPlace
	if err := v.addBefore(p, query); err != nil {
		return err
	}
	if at, err := assets.ParseID(query.Get("at")); err == nil {
		return v.showOne(status, p, at, cursor, page.Items, typed)
	}
	if len(page.Items) == 0 {
		p.frame = v.frame(v.lang.plain("triage.end"))
		p.Recorded = p.typed
		return v.render(http.StatusOK, "triage-end", p)
	}
	after, err := v.lib.CursorAfter(v.by, q, page.Items[0])
	if err != nil {
		return err
	}
	return v.showOne(status, p, page.Items[0].ID, after, page.Items[1:], typed)
}

// addBefore says what was recorded before, as the address tells, if there is such a record.
func (v *visit) addBefore(p *triagePage, query url.Values) error {
	did, key := query.Get("did"), "triage.did."+query.Get("did")
	n, _ := strconv.Atoi(query.Get("version"))
	id, _ := assets.ParseID(query.Get("was"))
	if id == "" || !v.lang.has(key) {
		return nil // the address was changed
	}
	a, err := v.lib.Get(v.r.Context(), v.by, id, assets.SelectCurrent)
	if errors.Is(err, assets.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	agrees := func(r assets.Review) bool {
		if did == "already" {
			return r.Version == assets.Number(n) && r.Action != assets.ActionComment && !v.isOwn(r)
		}
		return r.Version == assets.Number(n) && string(r.Action) == did && v.isOwn(r)
	}
	if !slices.ContainsFunc(a.Reviews, agrees) {
		return nil
	}
	p.Notice = v.lang.text(key, "version", n)
	if did == string(assets.ActionRequestChanges) {
		_, p.typed = v.keepKeys(a, assets.ActionRequestChanges)
	}
	return nil
}

// countOf returns how much the filter selects, or 0 if counting takes too long.
func (v *visit) countOf(f filter) (int, error) {
	c, err := v.counts(f, false)
	if c == nil {
		return 0, err
	}
	return int(selected(f, c)), nil
}

// showOne renders the page about one asset. after is the cursor with which the triage
// goes on, and following is what is there.
func (v *visit) showOne(status int, p *triagePage, id assets.ID, after string, following []*assets.Asset, typed draft) error {
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, assets.SelectCurrent)
	if err != nil {
		return err
	}
	s := v.subjectOf(state)
	title := v.lang.plain("asset.title", "title", visibleText(s.Asset.Title), "version", s.Version.Number)
	p.frame, p.subject = v.frame(title), s
	p.Recorded = p.typed
	if len(following) > 0 {
		p.Prefetch = prefetched(following[0])
	}
	if p.Content, err = v.contentOf(s, viewOf(v.r.URL.Query())); err != nil {
		return err
	}
	p.Asked = v.asked(state)
	p.Bar = v.barOf(s, p.Filter, typed)
	p.Bar.Seen = typed.unseen || !p.Content.Shown
	p.Details = string(id) + p.Filter.with()
	number := strconv.Itoa(p.Place.Of)
	p.Bar.Fields = append(p.Bar.Fields, field{"triage", "1"}, field{"after", after},
		field{"done", strconv.Itoa(p.Done)}, field{"of", number})
	p.Bar.Skip = triagePath + p.Filter.with("cursor", after, "done", strconv.Itoa(p.Done+1), "of", number)
	p.Live = "events?asset=" + string(id) + "&version=" + strconv.Itoa(int(s.Version.Number)) + "&revision=" + strconv.FormatInt(s.Asset.Revision, 10)
	return v.render(status, "triage", p)
}
