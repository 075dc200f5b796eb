package review

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
)

// linkFolder is where the pages of review links are below the queue.
const linkFolder = "link"

// LinkURL returns a function for assets.Config.ReviewLinkURL. base is the address of the
// queue, as in Options; [Public] serves the links.
func LinkURL(base string) func(token string) string {
	base = strings.TrimRight(base, "/")
	return func(token string) string { return base + "/" + linkFolder + "/" + token }
}

// LogPath returns the path of a request for the page as an access log or a span may show
// it. The token of a review link, which opens a version without any other credential, is
// replaced by "…". Every other path is returned unchanged.
func LogPath(path string) string {
	before, token, found := strings.Cut("/"+path, "/"+linkFolder+"/")
	if !found || token == "" {
		return path
	}
	return strings.TrimPrefix(before+"/"+linkFolder+"/…", "/")
}

// guestVisit is a request with a review link.
type guestVisit struct {
	*visit
	token string
	state *assets.GuestState // nil: the link opens nothing
}

// guestPage is the data of a page for a guest.
type guestPage struct {
	frame
	subject
	Content  content
	Guest    string // the name of the guest
	Inviter  string
	Expires  template.HTML
	Action   string        // where the form is sent, below the queue
	Head     template.HTML // of the pages that only tell
	Text     template.HTML
	More     template.HTML
	Sign     string        // the icon of those
	Back     bool          // the link may be used again
	Approve  bool          // the guest can approve now
	Request  bool          // the guest can request changes now
	Why      template.HTML // why it cannot be approved; empty if it can, or if the link is for comments
	Answer   string        // that was chosen
	Comment  string        // that was typed
	Wrong    template.HTML // with the comment; empty if nothing is
	Unchosen bool          // the answer is
	Keep     string        // the key under which a browser keeps what is typed
	Seen     bool          // a box must be ticked to approve, because the page could not show everything
	Unseen   bool          // it was not
}

// serveLink serves what is below link/, to those who have the link. It returns the error
// that the response is about.
func (h *handler) serveLink(w http.ResponseWriter, r *http.Request) error {
	v := &visit{handler: h, w: w, r: r, rel: h.relative(r.URL.Path), public: true}
	v.lang = h.language(r.Header.Get("Accept-Language"))
	v.root = "./" + strings.Repeat("../", strings.Count(v.rel, "/"))
	v.setHeaders()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Robots-Tag", "noindex")
	g := &guestVisit{visit: v, token: v.segment(1)}
	defer v.giveBack()
	if err := g.serve(); err != nil {
		v.fail(err)
	}
	return v.failure
}

// guestBytes are the names below a link of what serveBytes serves.
var guestBytes = []string{"content", "preview", "file"}

// serve shows the version of the link, its bytes, or takes the guest's answer.
func (g *guestVisit) serve() error {
	segments := strings.Split(g.rel, "/")
	if !isRead(g.r) {
		if err := g.checkOrigin(); err != nil {
			return err
		}
	}
	switch {
	case len(segments) == 2 && g.r.Method == http.MethodPost:
		return g.answer()
	case len(segments) > 3, len(segments) == 3 && !slices.Contains(guestBytes, segments[2]):
		return assets.ErrNotFound
	case !isRead(g.r):
		return errMethod
	}
	if err := g.open(); err != nil {
		return g.refused(err, "")
	}
	if g.state.Ended != nil {
		return g.refused(g.state.Ended, "")
	}
	if len(segments) == 3 {
		return g.serveBytes(segments[2])
	}
	switch s := g.state; {
	case g.r.URL.Query().Get("said") == string(assets.ActionComment) && s.Link.Comments > 0:
		return g.done(assets.ActionComment)
	case s.Link.Decision != "":
		return g.done(assets.Action(s.Link.Decision))
	case s.Asset.CurrentVersion != s.Link.Version:
		return g.overtaken(http.StatusOK, "")
	}
	return g.show(http.StatusOK, assets.GuestAnswer{}, nil)
}

// open reads what the link opens.
func (g *guestVisit) open() (err error) {
	g.state, err = g.lib.OpenReviewLink(g.r.Context(), g.token)
	if err != nil {
		return err
	}
	// The guest reads as who invited, and nothing but the version of the link.
	g.by = assets.Actor{
		Workspace: g.state.Link.Workspace, Subject: g.state.Link.CreatedBy, Kind: assets.KindUser,
		Scopes: []assets.Scope{assets.ScopeRead}, Via: assets.ViaReview,
	}
	return nil
}

// serveBytes serves the content of the version, its preview, or a picture that is in it.
func (g *guestVisit) serveBytes(what string) error {
	g.rel = versionPath(g.state.Link.AssetID, g.state.Link.Version) + "/" + what
	g.secret = true
	if what == "file" {
		return g.serveFile()
	}
	return g.serveContent()
}

// page returns the data that every page about the version has.
func (g *guestVisit) page(title string) *guestPage {
	s := g.state
	p := &guestPage{
		frame: g.frame(title), Guest: s.Link.Name, Inviter: s.Link.CreatedBy, Expires: g.lang.moment(s.Link.ExpiresAt),
		subject: subject{
			State: &assets.ReviewState{Asset: s.Asset, Version: s.Version}, Asset: s.Asset, Version: s.Version, Now: g.lib.Now(),
			Current: s.Version.Number == s.Asset.CurrentVersion,
		},
	}
	p.Subject, p.Home, p.Action = "", g.root+g.path(), g.path()
	return p
}

// recorded returns the number of comments and decisions that were made with the link.
func (g *guestVisit) recorded() int {
	n := g.state.Link.Comments
	if g.state.Link.Decision != "" {
		n++
	}
	return n
}

// draftKey returns the key under which a browser keeps what is typed after n records. It has
// no token. It is another one after each record, so that a page that is loaded again forgets
// nothing but what is recorded.
func (g *guestVisit) draftKey(n int) string { return fmt.Sprintf("guest %s %d", g.state.Link.ID, n) }

// path returns the address of the link below the queue.
func (g *guestVisit) path() string { return linkFolder + "/" + g.token }

// show shows the version with the form. problem is nil, or what is wrong with the answer
// that was sent.
func (g *guestVisit) show(status int, typed assets.GuestAnswer, problem error) error {
	p := g.page(g.lang.plain("guest.title", "name", g.state.Link.CreatedBy))
	var err error
	if p.Content, err = g.contentOf(p.subject, viewOf(g.r.URL.Query())); err != nil {
		return err
	}
	if p.Content.Kind != kindErased {
		p.Content.Source, p.Content.Preview = g.path()+"/content", g.path()+"/preview"
	}
	if f := p.Content.File; f != nil && f.Picture != "" {
		f.Picture = pictureLink(g.path(), f.Name)
	}
	p.Disclosure = g.disclosure(g.state.Version)
	p.Keep = g.draftKey(g.recorded())
	p.Unseen = errors.Is(problem, errUnseen)
	p.Seen = p.Unseen || !p.Content.Shown
	p.Approve, p.Request = g.state.Approve == nil, g.state.Request == nil
	if g.state.Link.Can == assets.LinkDecide && g.state.Approve != nil {
		p.Why = g.whyNot(g.state.Approve)
	}
	p.Answer, p.Comment = string(typed.Action), typed.Comment
	p.Wrong = g.lang.wrongComment(problem, "guest", typed.Comment)
	for _, f := range assets.FieldErrors(problem) {
		p.Unchosen = p.Unchosen || f.Loc[0] == "action"
	}
	return g.render(status, "guest", p)
}

// whyNot says why a guest cannot approve the version.
func (g *guestVisit) whyNot(err error) template.HTML {
	switch {
	case errors.Is(err, assets.ErrSelfApproval):
		return g.lang.text("guest.self", "name", g.state.Link.CreatedBy)
	case errors.Is(err, assets.ErrForbiddenScope):
		return g.lang.text("guest.comments")
	case errors.Is(err, assets.ErrInvalidTransition) && g.state.Version.Approval == assets.ApprovalGiven:
		return g.lang.text("guest.approved", "version", g.state.Version.Number)
	}
	return g.reason(err)
}

// answer records what the guest says about the version that was on the screen. Its form is
// the only one that is read.
func (g *guestVisit) answer() error {
	opened := g.open()
	if errors.Is(opened, assets.ErrNotFound) { // nothing is read for those who have no link
		return opened
	}
	g.takeForm()
	if err := g.parseForm(); err != nil {
		return err
	}
	form := g.r.PostForm
	typed := assets.GuestAnswer{Action: assets.Action(form.Get("answer")), Comment: strings.ReplaceAll(form.Get("comment"), "\r\n", "\n")}
	if opened != nil {
		return g.refused(opened, typed.Comment)
	}
	link := g.state.Link
	if form.Get("version") != itoa(link.Version) || form.Get("sha256") != link.SHA256 {
		return errForm
	}
	if typed.Action == assets.ActionApprove {
		return g.approve(typed)
	}
	return g.answered(typed)
}

// approve records an approval if the guest could approve what was on the screen, and has
// looked at it. What was refused a moment ago is not tried: it was not asked then whether
// they have looked.
func (g *guestVisit) approve(typed assets.GuestAnswer) error {
	s := g.state
	switch {
	case s.Ended == nil && s.Link.Decision == assets.Optional(typed.Action):
		return g.redirect(g.path()) // a second click
	case s.Ended != nil, s.Approve != nil:
		return g.refused(cmp.Or(s.Ended, s.Approve), typed.Comment)
	case g.unseen():
		return g.show(http.StatusUnprocessableEntity, typed, errUnseen)
	}
	return g.answered(typed)
}

// answered records an answer and shows what has become of it.
func (g *guestVisit) answered(typed assets.GuestAnswer) error {
	link := g.state.Link
	_, err := g.lib.AnswerReviewLink(g.r.Context(), g.token, typed)
	switch {
	case err == nil && typed.Action == assets.ActionComment:
		return g.redirect(g.path() + "?said=comment")
	case err == nil, link.Decision == assets.Optional(typed.Action) && link.Decision != "" && errors.Is(err, assets.ErrInvalidTransition):
		return g.redirect(g.path()) // it says what was decided, also after a second click
	case len(assets.FieldErrors(err)) > 0 && g.state.Ended == nil && g.state.Asset.CurrentVersion == link.Version:
		return g.show(http.StatusUnprocessableEntity, typed, err)
	}
	return g.refused(err, typed.Comment)
}

// checkOrigin refuses a form of another site. Because of the pages' Referrer-Policy a
// browser sends the origin "null" with their own forms; one that does not say in
// Sec-Fetch-Site where a form comes from is then believed, as no other site knows the
// token.
func (g *guestVisit) checkOrigin() error {
	r := g.r
	if r.Header.Get("Origin") == "null" && r.Header.Get("Sec-Fetch-Site") == "" {
		r = r.Clone(r.Context())
		r.Header.Del("Origin")
	}
	if err := g.opts.CrossOrigin.Check(r); err != nil {
		return errCrossOrigin
	}
	return nil
}

// refused shows why the link, or an answer, is refused. comment is what was typed.
func (g *guestVisit) refused(err error, comment string) error {
	status, code := httpx.Status(err)
	switch {
	case errors.Is(err, assets.ErrExpired):
		return g.tell(status, "guest.expired", "clock", comment)
	case errors.Is(err, assets.ErrWithdrawn):
		return g.tell(status, "guest.withdrawn", "cross", comment)
	case g.state == nil, status >= http.StatusInternalServerError:
		return err
	case errors.Is(err, assets.ErrVersionConflict):
		if err := g.open(); err != nil { // what is current now
			return err
		}
		return g.overtaken(status, comment)
	}
	p := g.page(g.lang.plain("guest.refused"))
	p.Head, p.Sign, p.Comment, p.Back = g.lang.text("guest.refused"), "warning", comment, true
	p.Text = g.whyNot(err)
	if code == "limit_reached" {
		p.Text = g.lang.text("guest.limit")
	}
	return g.render(status, "guesttold", p)
}

// tell shows that the link has ended.
func (g *guestVisit) tell(status int, key, icon, comment string) error {
	p := &guestPage{frame: g.frame(g.lang.plain(key))}
	text := key + ".unknown" // a sweep has removed the link
	if g.state != nil {
		p, text = g.page(g.lang.plain(key)), key+".text"
	}
	p.Home, p.Head, p.Sign, p.Comment = "", g.lang.text(key), icon, comment
	p.Text, p.More = g.lang.text(text, g.args(p)...), g.lang.text(key+".more")
	return g.render(status, "guesttold", p)
}

// args returns the places of sentences about the link.
func (g *guestVisit) args(p *guestPage) []any {
	if g.state == nil {
		return []any{"host", g.opts.Theme.name()}
	}
	s := g.state
	return []any{
		"host", g.opts.Theme.name(), "version", s.Link.Version, "newest", s.Asset.CurrentVersion, "title", visibleText(s.Asset.Title),
		"name", s.Link.CreatedBy, "time", p.Expires,
	}
}

// overtaken shows that a newer version has arrived, so that nothing can be decided.
func (g *guestVisit) overtaken(status int, comment string) error {
	p := g.page(g.lang.plain("guest.overtaken.title"))
	p.Head, p.Sign, p.Comment = g.lang.text("guest.overtaken"), "warning", comment
	p.Text, p.More = g.lang.text("guest.overtaken.text", g.args(p)...), g.lang.text("guest.overtaken.more", g.args(p)...)
	return g.render(status, "guesttold", p)
}

// done shows what the guest has said.
func (g *guestVisit) done(action assets.Action) error {
	p := g.page(g.lang.plain("guest.done.title"))
	p.Head, p.Sign = g.lang.text("guest.done"), "approved"
	p.Recorded = g.draftKey(g.recorded() - 1)
	p.Text = g.lang.text("guest.done."+string(action), g.args(p)...)
	p.More = g.lang.text("guest.done.once")
	if action == assets.ActionComment {
		p.More, p.Back = g.lang.text("guest.done.again"), true
	}
	return g.render(http.StatusOK, "guesttold", p)
}
