package review

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/10ex/assets"
)

// assetPage is the data of the page of one asset.
type assetPage struct {
	frame
	subject
	Filter         filter
	Crumb          string // the query string of the queue
	CampaignLink   string // that of the asset's campaign
	Previous, Next string // addresses below the queue; empty if there is none
	Asked          *assets.Review
	Content        content
	Bar            bar
	Talk           []talk
	Versions       []versionLine
	MoreVersions   string // the address with all of them
	Origin         []template.HTML
	Facts          []fact
	Tags           []tagLine
	CanEdit        bool
	Actions        []action
	Notice         template.HTML // of what was recorded just now
}

// subject is a version of an asset, with what the person who looks at it may decide.
type subject struct {
	State   *assets.ReviewState
	Asset   *assets.Asset
	Version assets.Version
	Now     assets.Time
	Current bool          // the version is the newest one
	Out     assets.Number // what publishers get; 0: nothing
	OutBy   []string      // who approved that
	OutNew  bool          // it is the version
}

// subjectOf describes a version.
func (v *visit) subjectOf(s *assets.ReviewState) subject {
	a := s.Asset
	return subject{
		State: s, Asset: a, Version: s.Version, Now: v.lib.Now(),
		Current: s.Version.Number == a.CurrentVersion, Out: a.ApprovedVersion,
		OutBy: approversOf(a, a.ApprovedVersion, 0), OutNew: a.ApprovedVersion == s.Version.Number,
	}
}

// approversOf returns who approved a version, among the newest reviews. It follows
// approvals that were carried over.
func approversOf(a *assets.Asset, n assets.Number, depth int) (names []string) {
	if n == 0 || depth > 10 {
		return nil
	}
	for _, r := range a.Reviews {
		switch {
		case r.Version != n:
		case r.Action == assets.ActionApprove && r.CarriedFrom != 0:
			names = append(names, approversOf(a, r.CarriedFrom, depth+1)...)
		case r.Action == assets.ActionApprove:
			names = append(names, r.By)
		case r.Action == assets.ActionRequestChanges, r.Action == assets.ActionArchive, r.Action == assets.ActionReopen:
			names = nil
		}
	}
	return names
}

// asset shows one version of an asset. A POST carries a comment that was not sent.
func (v *visit) asset() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	sel := assets.SelectCurrent
	if text := v.r.URL.Query().Get("version"); text != "" {
		if sel, err = assets.ParseSelector(text); err != nil {
			return assets.ErrNotFound
		}
	}
	if !isRead(v.r) {
		if err := v.parseForm(); err != nil {
			return err
		}
	}
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, sel)
	if err != nil {
		return err
	}
	return v.showAsset(http.StatusOK, state, draft{comment: v.r.PostFormValue("comment"), reasons: v.r.PostForm["reason"]})
}

// draft is what was typed and not recorded.
type draft struct {
	comment string
	reasons []string
	missing bool // it was sent without a comment
}

// showAsset renders the page of an asset.
func (v *visit) showAsset(status int, state *assets.ReviewState, typed draft) error {
	query := v.r.URL.Query()
	f := filterOf(query)
	s := v.subjectOf(state)
	a := state.Asset
	title := v.lang.text("asset.title", "title", template.HTML(template.HTMLEscapeString(visibleText(a.Title))), "version", s.Version.Number) //nolint:gosec // escaped
	p := &assetPage{frame: v.frame(title), subject: s, Filter: f, Crumb: f.with()}
	p.CampaignLink = f.with("campaign_id", string(a.CampaignID))
	var err error
	if p.Content, err = v.contentOf(s, viewOf(query)); err != nil {
		return err
	}
	p.Bar = v.barOf(s, f, typed)
	p.Bar.Seen = !p.Content.Shown
	if p.Previous, p.Next, err = v.neighbours(f, a); err != nil {
		return err
	}
	p.Asked = askedFor(a, s.Version.Number)
	p.Talk = v.talk(a)
	p.Versions, p.MoreVersions = v.versionLines(s, f, query.Get("versions") == "all")
	if p.Origin, err = v.origin(s); err != nil {
		return err
	}
	p.Facts, p.Tags, p.Actions = v.facts(s.Version), v.tagLines(a, f), v.actions(s)
	p.CanEdit = v.by.Can(assets.ScopeWrite) && a.Status != assets.StatusArchived
	p.Live = "events?asset=" + string(a.ID) + "&version=" + itoa(a.CurrentVersion) + "&revision=" + strconv.FormatInt(a.Revision, 10)
	return v.render(status, "asset", p)
}

// askedFor returns the newest request for changes on a version before n.
func askedFor(a *assets.Asset, n assets.Number) *assets.Review {
	for _, r := range slices.Backward(a.Reviews) {
		if r.Action == assets.ActionRequestChanges && r.Version < n {
			return &r
		}
	}
	return nil
}

// neighbours returns the addresses of the assets before and after one in the list of a
// filter.
func (v *visit) neighbours(f filter, a *assets.Asset) (previous, next string, err error) {
	q, err := f.query()
	if err != nil || q.Sort == assets.SortSubmitted && a.Submitted.At == 0 {
		return "", "", err
	}
	beside := func(ascending bool) (string, error) {
		q := q
		q.Ascending, q.Limit = ascending, 1
		if q.Cursor, err = v.lib.CursorAfter(v.by, q, a); err != nil {
			return "", err
		}
		page, err := v.lib.List(v.r.Context(), v.by, q)
		if err != nil || len(page.Items) == 0 {
			return "", err
		}
		return string(page.Items[0].ID) + f.with(), nil
	}
	if next, err = beside(q.Ascending); err != nil {
		return "", "", err
	}
	previous, err = beside(!q.Ascending)
	return previous, next, err
}
