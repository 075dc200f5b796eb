package review

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

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
	Place          position
	Asked          *asked
	Content        content
	Bar            bar
	Talk           []talk
	MoreTalk       string // the address with all of it
	Versions       []versionLine
	MoreVersions   string // the address with all of them
	Publishing     publishing
	Origin         []template.HTML
	Facts          []fact
	Tags           []tagLine
	CanEdit        bool
	EditWhy        template.HTML // why not, to those who can edit other assets
	CanComment     bool
	Remark         string       // the key of a comment that is typed
	Invitations    *invitations // nil: none
	Actions        []action
	Notice         template.HTML // of what was recorded just now
	Fields         []field       // that lead back to the page
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

	Disclosure template.HTML // how the version was made; empty if that is not known
}

// subjectOf describes a version.
func (v *visit) subjectOf(s *assets.ReviewState) subject {
	a := s.Asset
	return subject{
		State: s, Asset: a, Version: s.Version, Now: v.lib.Now(),
		Current: s.Version.Number == a.CurrentVersion, Out: a.ApprovedVersion,
		OutBy: v.reviewers(s.InForce), OutNew: a.ApprovedVersion == s.Version.Number,
		Disclosure: v.disclosure(s.Version),
	}
}

// reviewers returns who made reviews, and who invited them if they are guests.
func (v *visit) reviewers(reviews []assets.Review) (all []string) {
	for _, r := range reviews {
		all = append(all, v.reviewer(r))
	}
	return all
}

// reviewer returns who made a review. A guest may have the name of a user, so it is said who
// invited them.
func (v *visit) reviewer(r assets.Review) string {
	if r.InvitedBy == "" {
		return r.By
	}
	return who(r) + " (" + v.lang.plain("talk.guest", "name", string(r.InvitedBy)) + ")"
}

// who returns the name of who made a review. A guest's is that in the link.
func who(r assets.Review) string {
	if r.InvitedBy == "" {
		return r.By
	}
	return strings.TrimPrefix(r.By, assets.GuestPrefix)
}

// asked is what was asked for last.
type asked struct {
	Who     string // without who invited them
	By      string
	Version assets.Number
	Comment string
}

// asked returns what was asked for last; nil if nothing was.
func (v *visit) asked(s *assets.ReviewState) *asked {
	r := s.Requested
	if r == nil {
		return nil
	}
	return &asked{Who: who(*r), By: v.reviewer(*r), Version: r.Version, Comment: r.Comment}
}

// named returns the name of a subject. Of a guest it says that it is one, as a guest may have
// the name of a user.
func (v *visit) named(subject string) string {
	name, guest := strings.CutPrefix(subject, assets.GuestPrefix)
	if !guest {
		return subject
	}
	return name + " (" + v.lang.plain("guest.by") + ")"
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
	wrong   template.HTML // with the comment; empty if nothing is
	ticked  []picked      // the boxes of several versions; nil: it was not sent
	unseen  bool          // it was sent without saying that the content was looked at
}

// showAsset renders the page of an asset.
func (v *visit) showAsset(status int, state *assets.ReviewState, typed draft) error {
	query := v.r.URL.Query()
	f := filterOf(query)
	s := v.subjectOf(state)
	a := state.Asset
	title := v.lang.plain("asset.title", "title", visibleText(a.Title), "version", s.Version.Number)
	p := &assetPage{frame: v.frame(title), subject: s, Filter: f, Crumb: f.with(), Fields: s.place(f)}
	p.CampaignLink = f.with("campaign_id", string(a.CampaignID))
	var err error
	if p.Content, err = v.contentOf(s, viewOf(query)); err != nil {
		return err
	}
	p.Bar = v.barOf(s, f, typed)
	p.Bar.Seen = typed.unseen || !p.Content.Shown
	if err := v.addNeighbours(p, a); err != nil {
		return err
	}
	p.Asked = v.asked(state)
	p.Talk, p.MoreTalk = v.talk(a, f)
	p.Versions, p.MoreVersions = v.versionLines(s, f, query.Get("versions") == "all")
	p.Publishing = v.publishing(s)
	if p.Origin, err = v.origin(s); err != nil {
		return err
	}
	p.Facts, p.Tags, p.Actions = v.facts(s.Version), v.tagLines(a, f), v.actions(s, f)
	p.CanComment = v.canComment()
	p.Remark, p.Recorded = v.keepKeys(a, assets.ActionComment)
	if p.Invitations, err = v.invitations(s, f); err != nil {
		return err
	}
	p.CanEdit, p.EditWhy = v.canEdit(a)
	p.Live = "events?asset=" + string(a.ID) + "&version=" + itoa(a.CurrentVersion) + "&revision=" + strconv.FormatInt(a.Revision, 10)
	return v.render(status, "asset", p)
}

// canEdit reports whether the person may edit an asset. While a version is in force, that
// takes what an approval takes; why is the reason if the person lacks that.
func (v *visit) canEdit(a *assets.Asset) (can bool, why template.HTML) {
	if !v.by.Can(assets.ScopeWrite) || a.Status == assets.StatusArchived {
		return false, ""
	}
	if a.ApprovedVersion == 0 {
		return true, ""
	}
	if err := v.lib.CheckAction(v.by, assets.ActionApprove); err != nil {
		return false, v.reason(err)
	}
	return true, ""
}

// addNeighbours adds the addresses of the assets before and after one in the list of the
// filter, and its place there.
func (v *visit) addNeighbours(p *assetPage, a *assets.Asset) error {
	f := p.Filter
	q, err := f.query()
	if err != nil || q.Sort == assets.SortSubmitted && a.Submitted.At == 0 {
		return err
	}
	beside := func(ascending bool) (*assets.Asset, error) {
		q := q
		q.Ascending, q.Limit = ascending, 1
		if q.Cursor, err = v.lib.CursorAfter(v.by, q, a); err != nil {
			return nil, err
		}
		page, err := v.lib.List(v.r.Context(), v.by, q)
		if err != nil || len(page.Items) == 0 {
			return nil, err
		}
		return page.Items[0], nil
	}
	next, err := beside(q.Ascending)
	if err != nil {
		return err
	}
	previous, err := beside(!q.Ascending)
	if err != nil {
		return err
	}
	if next != nil {
		p.Next, p.Prefetch = string(next.ID)+f.with(), prefetched(next)
	}
	if previous != nil {
		p.Previous = string(previous.ID) + f.with()
	}
	if p.Place, err = v.place(f, a); f.waiting() && !f.narrows() && p.Place.Of > 0 {
		n := int64(p.Place.Of)
		p.Section, p.Waiting = "waiting", &n
	}
	return err
}

// maxPrefetched is the size of a content in bytes that is prefetched.
const maxPrefetched = 4 << 20

// prefetched returns the address of the picture that the page of an asset shows, if it
// does. Texts are in the page itself, which is never fetched before it is asked for: what
// is decided about must be what is there then.
func prefetched(a *assets.Asset) string {
	if contentKind(a.Content) != kindPicture || a.Content.SizeBytes > maxPrefetched {
		return ""
	}
	return sourceOf(a.ID, a.Version)
}
