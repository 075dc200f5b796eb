package review

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

// action is a link in the menu of an asset, to a page that asks before it changes
// something.
type action struct {
	Text template.HTML
	Icon template.HTML
	Link string
}

// The changes that have a page of their own.
const (
	doArchive  = "archive"
	doDelete   = "delete"
	doRollback = "rollback"
)

// actions returns what the person can do with the asset beside deciding.
func (v *visit) actions(s subject, f filter) (all []action) {
	id := string(s.Asset.ID)
	erased := s.Version.ErasedAt != 0
	if !erased {
		all = append(all, action{v.lang.text("menu.download"), icon("download"), sourceOf(s.Asset.ID, s.Version.Number)},
			action{v.lang.text("menu.link"), icon("link"), id + "/link" + f.with("version", itoa(s.Version.Number))})
	}
	if !s.Current && !erased && v.by.Can(assets.ScopeWrite) && s.Asset.Status != assets.StatusArchived {
		all = append(all, action{v.lang.text("menu.rollback", "version", s.Version.Number), icon("back"), id + "/change" + f.with("do", doRollback, "version", itoa(s.Version.Number))})
	}
	if p := s.State.Permission(assets.ActionArchive); p.Err == nil && !p.InEffect {
		all = append(all, action{v.lang.text("menu.archive"), icon("box"), id + "/change" + f.with("do", doArchive)})
	}
	if s.Asset.Status == assets.StatusDraft && s.Current && !s.Asset.EverApproved && v.by.Can(assets.ScopeWrite) {
		all = append(all, action{v.lang.text("menu.delete"), icon("cross"), id + "/change" + f.with("do", doDelete)})
	}
	return all
}

func itoa(n assets.Number) string { return strconv.Itoa(int(n)) }

// changePage is the data of the page that asks before a change.
type changePage struct {
	frame
	subject
	Do      string
	Head    template.HTML
	Text    template.HTML
	Button  template.HTML
	Revises bool     // the form has a field for a reason
	Content *content // what comes back, for a rollback
	Back    string   // the address of the page with the menu, below the queue
	Fields  []field
	Keep    string // the key under which a browser keeps the reason
}

// change asks whether to archive, delete or roll back, and does it.
func (v *visit) change() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if !isRead(v.r) {
		return v.makeChange(id)
	}
	query := v.r.URL.Query()
	do := query.Get("do")
	if !slices.Contains([]string{doArchive, doDelete, doRollback}, do) {
		return assets.ErrNotFound
	}
	n, _ := strconv.Atoi(query.Get("version"))
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, assets.Selector(max(n, 0)))
	if err != nil {
		return err
	}
	s := v.subjectOf(state)
	args := []any{"title", visibleText(s.Asset.Title), "version", s.Version.Number, "out", s.Out, "newest", s.Asset.CurrentVersion}
	key := "change." + do
	text := key + ".text"
	switch {
	case do == doArchive && s.Out != 0:
		text = key + ".out"
	case do == doRollback && s.Version.Approval == assets.ApprovalGiven:
		text = key + ".given"
	}
	p := &changePage{
		frame: v.frame(v.lang.plain(key, args...)), subject: s, Do: do, Head: v.lang.text(key, args...),
		Text: v.lang.text(text, args...), Button: v.lang.text(key+".button", args...), Revises: do != doDelete,
		Back: s.link(filterOf(query)), Fields: s.place(filterOf(query)),
		Keep: v.keepKey(fmt.Sprintf("%s %s %d", id, do, s.Asset.Revision)),
	}
	if do == doRollback {
		l := viewOf(query)
		l.compare = cmp.Or(l.compare, itoa(s.Asset.CurrentVersion))
		c, err := v.contentOf(s, l)
		if err != nil {
			return err
		}
		p.Content = &c
	}
	return v.render(http.StatusOK, "change", p)
}

// makeChange archives, deletes or rolls back, unless the asset has changed since the
// person was asked.
func (v *visit) makeChange(id assets.ID) error {
	if err := v.parseForm(); err != nil {
		return err
	}
	form := v.r.PostForm
	revision, err := strconv.ParseInt(form.Get("revision"), 10, 64)
	n, wrong := strconv.Atoi(form.Get("version"))
	if err != nil || wrong != nil {
		return errForm
	}
	ctx := v.r.Context()
	unchanged, err := v.revisions(id, revision)
	if err != nil {
		return err
	}
	switch form.Get("do") {
	case doArchive:
		d := assets.Decision{Action: assets.ActionArchive, Version: assets.Number(n), SHA256: form.Get("sha256"), Comment: form.Get("comment"), IfRevision: unchanged}
		_, err = v.lib.Review(ctx, v.by, id, d)
	case doDelete:
		if err = v.lib.Delete(ctx, v.by, id, unchanged); err == nil {
			return v.redirect(filterOf(form).with())
		}
	case doRollback:
		_, err = v.lib.Rollback(ctx, v.by, id, assets.Rollback{Version: assets.Number(n), Reason: form.Get("comment"), IfRevision: unchanged})
	default:
		return errForm
	}
	if errors.Is(err, assets.ErrPreconditionFailed) {
		err = v.unlessRepeated(id, form.Get("do"), assets.Decision{
			Action: assets.ActionArchive, Version: assets.Number(n), Comment: form.Get("comment"), IfRevision: []int64{revision},
		}, err)
	}
	if err != nil {
		return err
	}
	return v.redirect(string(id) + filterOf(form).with())
}

// unlessRepeated returns cause, or nil if the change that made the form stale is the person's
// own, by the same form that was sent twice.
func (v *visit) unlessRepeated(id assets.ID, do string, d assets.Decision, cause error) error {
	state, err := v.lib.ReviewState(v.r.Context(), v.by, id, assets.SelectCurrent)
	if err != nil {
		return err
	}
	switch {
	case do == doArchive && slices.ContainsFunc(state.Decisions, func(r assets.Review) bool { return v.repeats(r, d) }):
		return nil
	case do == doRollback && state.Version.RolledBackFrom == d.Version && state.Version.CreatedBy == v.by.Subject:
		return nil
	}
	return cause
}

// tags adds or removes one tag.
func (v *visit) tags() error {
	id, err := v.posted()
	if err != nil {
		return err
	}
	form := v.r.PostForm
	key, value := strings.TrimSpace(form.Get("key")), strings.TrimSpace(form.Get("value"))
	a, err := v.lib.Get(v.r.Context(), v.by, id, assets.SelectCurrent)
	if err != nil {
		return err
	}
	values := slices.Clone(a.Tags[key])
	switch form.Get("do") {
	case "add":
		if key == "" || value == "" {
			return errForm
		}
		values = append(values, value)
	case "remove":
		values = slices.DeleteFunc(values, func(v string) bool { return v == value })
	default:
		return errForm
	}
	_, err = v.lib.Edit(v.r.Context(), v.by, id, assets.Edit{Tags: assets.Tags{key: values}, IfRevision: []int64{a.Revision}})
	if err != nil {
		return err
	}
	return v.redirect(assetAt(id, form) + "#tags")
}

// linkPage is the data of the page with a preview link.
type linkPage struct {
	frame
	Asset *assets.Asset
	Link  assets.PreviewLink
	Back  string // the address of the page of the version, below the queue
}

// previewLink shows a signed public link to a preview of a version.
func (v *visit) previewLink() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	n, _ := strconv.Atoi(query.Get("version"))
	link, err := v.lib.PreviewURL(v.r.Context(), v.by, id, assets.PreviewOptions{Version: assets.Selector(max(n, 0)), ExpiresIn: v.lib.Limits().PreviewExpiry})
	if err != nil {
		return err
	}
	page, err := v.lib.List(v.r.Context(), v.by, assets.Query{IDs: []assets.ID{id}})
	if err != nil {
		return err
	}
	if len(page.Items) == 0 {
		return assets.ErrNotFound
	}
	a := page.Items[0]
	s := subject{Asset: a, Version: assets.Version{Number: link.Version}, Current: link.Version == a.CurrentVersion}
	v.w.Header().Set("Cache-Control", "no-store")
	return v.render(http.StatusOK, "link", &linkPage{frame: v.frame(v.lang.plain("link.title")), Asset: a, Link: link, Back: s.link(filterOf(query))})
}

// errNoExports: the store keeps no exports.
var errNoExports = errors.New("there are no exports")
