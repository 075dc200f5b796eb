package review

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/10ex/assets"
)

// maxInvited is the number of review links that are shown at once.
const maxInvited = 20

// linkDays are how many days a review link may be valid, the default one first.
var linkDays = []int{7, 1, 30}

// invitations is the part of an asset's page about people without an account.
type invitations struct {
	Decide bool // they may decide, if the link says so
	Days   []int
	Links  []linkLine
	Older  string // the address of the page with older ones; empty: there are none
	Newest string // the address of the page with the newest ones; empty: this is it
}

// linkLine is a review link in the list of them.
type linkLine struct {
	assets.ReviewLink
	State template.HTML // whether it can be used, and what was done with it
	Live  bool
}

// linksParameter is the cursor of the review links that the page of an asset shows.
const linksParameter = "links"

// invitations returns the review links of an asset, newest first, or nil if the person may not
// manage them or there are none at this host.
func (v *visit) invitations(s subject, f filter) (*invitations, error) {
	if v.by.Kind != assets.KindUser || !v.by.Can(assets.ScopeApprove) {
		return nil, nil
	}
	cursor := v.r.URL.Query().Get(linksParameter)
	page, err := v.lib.ReviewLinks(v.r.Context(), v.by, s.Asset.ID, assets.PageQuery{Limit: maxInvited, Cursor: cursor})
	if errors.Is(err, assets.ErrNotConfigured) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := &invitations{Decide: v.lib.GuestsDecide(), Days: linkDays}
	if page.NextCursor != "" {
		all.Older = s.link(f, linksParameter, string(page.NextCursor)) + "#links"
	}
	if cursor != "" {
		all.Newest = s.link(f) + "#links"
	}
	for _, link := range page.Items {
		all.Links = append(all.Links, v.linkLine(link))
	}
	return all, nil
}

// linkLine describes a link.
func (v *visit) linkLine(link assets.ReviewLink) linkLine {
	ended := link.Ended(v.lib.Now())
	line := linkLine{ReviewLink: link, Live: ended == nil}
	switch {
	case link.Decision != "":
		line.State = v.lang.text("links."+string(link.Decision), "time", v.lang.moment(link.DecidedAt))
	case errors.Is(ended, assets.ErrWithdrawn):
		line.State = v.lang.text("links.revoked", "time", v.lang.moment(cmp.Or(link.RevokedAt, link.KeyEndsAt)))
	case ended != nil:
		line.State = v.lang.text("links.expired", "time", v.lang.moment(link.ExpiresAt))
	case link.LastUsedAt != 0:
		line.State = v.lang.text("links.used", "time", v.lang.moment(link.LastUsedAt))
	default:
		line.State = v.lang.text("links.unused")
	}
	return line
}

// invitedPage is the data of the page with a new review link.
type invitedPage struct {
	frame
	Asset *assets.Asset
	Link  assets.ReviewLink
	Back  string // the address of the page with the form, below the queue
}

// invite makes a review link and shows it. Its address is shown only here.
func (v *visit) invite() error {
	id, err := v.posted()
	if err != nil {
		return err
	}
	form := v.r.PostForm
	n, wrong := strconv.Atoi(form.Get("version"))
	days, alsoWrong := strconv.Atoi(form.Get("days"))
	if wrong != nil || alsoWrong != nil || days < 1 || days > 30 {
		return errForm
	}
	link, err := v.lib.CreateReviewLink(v.r.Context(), v.by, id, assets.NewReviewLink{
		Version: assets.Number(n), Name: form.Get("name"), Can: assets.LinkRight(form.Get("can")), ExpiresIn: time.Duration(days) * 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	a, err := v.lib.Get(v.r.Context(), v.by, id, assets.SelectCurrent)
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "no-store")
	return v.render(http.StatusOK, "invited", &invitedPage{frame: v.frame(v.lang.plain("links.made")), Asset: a, Link: link, Back: assetAt(id, form)})
}

// uninvite revokes a review link.
func (v *visit) uninvite() error {
	id, err := v.posted()
	if err != nil {
		return err
	}
	if err := v.lib.RevokeReviewLink(v.r.Context(), v.by, assets.ID(v.r.PostForm.Get("link"))); err != nil {
		return err
	}
	return v.redirect(assetAt(id, v.r.PostForm) + "#links")
}
