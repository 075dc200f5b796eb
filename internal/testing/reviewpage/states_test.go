package reviewpage_test

import (
	"context"
	"slices"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// Titles of the campaign of the demo.
const (
	mail    = "Launch e-mail, opening"
	hero    = "Hero, living room"
	film    = "Moving day, three seconds"
	slides  = "Spring for partners"
	landing = "Landing page, Lund"
	article = "Why we build with ash"
	facts   = "Lund chair, product facts"
	banner  = "Banner, free delivery"
	winter  = "Banner, winter sale"
	push    = "Push message, last day"
	list    = "Checklist, moving day"
)

// state is the page in one state. Its name is that of its drawing, if there is one.
type state struct {
	name string
	who  string     // "": Mara
	news bool       // an open page is told what is new
	own  *plan      // of the state's own site; nil: it changes nothing, and is shown on a common one with the campaign
	show func(*tab) // brings the page into the state
}

// Plans of states.
var (
	changing = &plan{campaign: true}
	empty    = &plan{}
	ofTwo    = &plan{policy: approval.Policy{Quorum: 2, ForbidSelfApproval: true}}
	strict   = &plan{policy: approval.Policy{RequireSubmit: true}}
	ruled    = &plan{policy: approval.Policy{Rule: legal}}
)

// legal is a host's own rule.
func legal(_ context.Context, _ assets.Actor, _ *assets.Asset, r assets.Review) error {
	if r.Action != assets.ActionApprove {
		return nil
	}
	return assets.Errorf(assets.ErrRefused, "Legal has to tag it “legal: cleared” first.")
}

// states returns every page in all its states.
func states() []state {
	return slices.Concat(queueStates(), assetStates(), barStates(), decisionStates(), otherStates())
}

func queueStates() []state {
	return []state{
		{name: "inbox", show: on("")},
		{name: "inbox-list", show: on("?layout=list", click("tr:nth-child(1) .pickable", "tr:nth-child(3) .pickable"))},
		{name: "inbox-selected", show: on("", click(".card:nth-child(1) .pickable", ".card:nth-child(2) .pickable"))},
		{name: "inbox-menu", show: on("", click(".top .menu summary"))},
		{name: "inbox-all", show: on("?status=any&group=type")},
		{name: "inbox-all-list", show: on("?status=any&layout=list&group=none")},
		{name: "inbox-empty", own: empty, show: on("")},
		{name: "inbox-empty-drafts", own: empty, show: on("?status=draft")},
		{name: "inbox-nomatch", show: on("?q=plum+sofa")},
		{name: "inbox-news", news: true, own: changing, show: func(p *tab) {
			p.visit("")
			p.site.create(assets.TypeCopy, "New one", p.site.content(assets.TypeCopy, 1))
			p.wait("#news:not([hidden])")
		}},
		{name: "keys", show: on("", press("?"))},
		{name: "triage", show: on("triage")},
		{name: "triage-image", show: on("triage?type=image")},
		{name: "triage-end", show: on("triage?campaign_id=none")},
	}
}

func assetStates() []state {
	return []state{
		{name: "asset-copy", show: at(mail, "")},
		{name: "asset-copy-inline", show: at(mail, "?view=changes", click(".changes summary"))},
		{name: "asset-copy-split", show: at(mail, "?view=split")},
		{name: "asset-copy-menu", show: at(mail, "", click(".titled .menu summary"))},
		{name: "asset-copy-facts", show: at(mail, "", click("#how ~ .more summary", "#tags ~ .more summary"))},
		{name: "asset-older", show: at(mail, "?version=1")},
		{name: "asset-older-refused", show: at(mail, "?version=2")},
		{name: "asset-image", show: at(hero, "")},
		{name: "asset-image-full", show: at(hero, "", click("#stage img"))},
		{name: "asset-image-side", show: at(hero, "?view=side")},
		{name: "asset-image-compare", show: at(hero, "?view=swipe")},
		{name: "asset-image-difference", show: at(hero, "?view=difference")},
		{name: "asset-image-flip", show: at(hero, "?view=flip")},
		{name: "asset-image-facts", show: at(hero, "?view=facts")},
		{name: "asset-video", show: at(film, "")},
		{name: "asset-video-side", show: at(film, "?view=side")},
		{name: "asset-deck", show: at(slides, "")},
		{name: "asset-deck-side", show: at(slides, "?view=side")},
		{name: "asset-blog", show: at(article, "")},
		{name: "asset-blog-source", show: at(article, "?view=text")},
		{name: "asset-blog-changes", show: at(article, "?view=changes")},
		{name: "asset-bundle", show: at(landing, "")},
		{name: "asset-bundle-facts", show: at(landing, "?view=facts")},
		{name: "asset-unseen", own: empty, show: func(p *tab) {
			s := p.site
			v := assets.NewVersion{Submit: true, Filename: "dealer-prices.pptx", Content: strings.NewReader(string(s.archive("[Content_Types].xml", "", "ppt/presentation.xml", "")))}
			p.visit(string(s.create(assets.TypeSlide, "Dealer price list", v).ID))
		}},
		{name: "asset-news", news: true, own: changing, show: func(p *tab) {
			at(mail, "")(p)
			p.site.rewrite(mail)
			p.wait("#news:not([hidden])")
		}},
		{name: "asset-broken", show: func(p *tab) {
			p.block("/content")
			at(hero, "")(p)
			p.wait("[name=seen]")
		}},
	}
}

// barStates are those of the decision bar.
func barStates() []state {
	return []state{
		{name: "bar-first", show: at(banner, "")},
		{name: "bar-more-needed", own: ofTwo, show: ofTwoBy()},
		{name: "bar-last-needed", own: ofTwo, show: ofTwoBy("Ana")},
		{name: "bar-approved-already", own: ofTwo, show: ofTwoBy("Mara")},
		{name: "bar-approved", own: ofTwo, show: ofTwoBy("Ana", "Ben")},
		{name: "bar-self", own: ofTwo, show: func(p *tab) {
			a := p.site.createAs("Mara", assets.TypeCopy, "Launch e-mail", p.site.content(assets.TypeCopy, 1))
			p.visit(string(a.ID))
		}},
		{name: "bar-agent", who: "agent", show: at(mail, "")},
		{name: "bar-reader", who: "reader", show: at(mail, "")},
		{name: "bar-draft", own: strict, show: func(p *tab) {
			v := p.site.content(assets.TypeCopy, 1)
			v.Submit = false
			p.visit(string(p.site.create(assets.TypeCopy, "Checklist", v).ID))
		}},
		{name: "bar-rule", own: ruled, show: func(p *tab) {
			p.visit(string(p.site.create(assets.TypeCopy, "Claim", p.site.content(assets.TypeCopy, 1)).ID))
		}},
		{name: "bar-draft-open", show: at(list, "")},
		{name: "bar-sent-back", show: at(push, "")},
		{name: "bar-in-force", show: at(facts, "")},
		{name: "bar-archived", show: at(winter, "")},
		{name: "bar-archived-reader", who: "reader", show: at(winter, "")},
		{name: "request", show: at(mail, "", press("r"))},
		{name: "request-missing", show: at(mail, "", press("r"), fill("#why", " "), clickTo("#ask .dark"))},
		{name: "withdraw", show: at(facts, "", click("[data-key=r]"))},
	}
}

// ofTwoBy shows an asset that some have approved.
func ofTwoBy(names ...string) func(*tab) {
	return func(p *tab) {
		p.Helper()
		a := p.site.create(assets.TypeCopy, "Launch e-mail", p.site.content(assets.TypeCopy, 1))
		for _, name := range names {
			p.site.decide(name, a, assets.ActionApprove, "Facts match the product sheet.")
		}
		p.visit(string(a.ID))
	}
}

// decisionStates are the pages that follow a decision.
func decisionStates() []state {
	overtaken := func(p *tab) { p.site.rewrite(mail) }
	archived := func(p *tab) { p.site.decide("Ben", p.site.find(banner), assets.ActionArchive, "") }
	comment := fill("#why", "“Ten years” is not confirmed. Ask the workshop.")
	several := []func(*tab){click(".card:nth-child(1) .pickable", ".card:nth-child(2) .pickable", ".card:nth-child(3) .pickable"), clickTo(".picked .dark")}
	return []state{
		{name: "approved", own: changing, show: at(mail, "", approve)},
		{name: "approved-short", own: ofTwo, show: func(p *tab) { ofTwoBy()(p); approve(p) }},
		{name: "approved-since", own: changing, show: at(mail, "", func(p *tab) { p.site.decide("Ben", p.site.find(mail), assets.ActionApprove, "") }, approve)},
		{name: "changes-requested", own: changing, show: at(mail, "", press("r"), comment, clickTo("#ask .dark"))},
		{name: "withdrawn", own: changing, show: at(mail, "?version=1", click("[data-key=r]"), comment, clickTo("#ask .dark"))},
		{name: "conflict", own: changing, show: at(mail, "", overtaken, approve)},
		{name: "conflict-request", own: changing, show: at(mail, "", press("r"), comment, overtaken, clickTo("#ask .dark"))},
		{name: "conflict-image", own: changing, show: at(hero, "", func(p *tab) { p.site.regenerate(p.site.find(hero).ID) }, approve)},
		{name: "conflict-kept", own: changing, show: at(mail, "", press("r"), comment, overtaken, clickTo("#ask .dark"), pressTo("o"))},
		{name: "bulk", show: on("", several...)},
		{name: "bulk-missing", show: on("", append(slices.Clone(several), click(".bulk .more summary"), clickTo(".bulk .more .dark"))...)},
		{name: "bulk-result", own: changing, show: on("", append(slices.Clone(several), overtaken, clickTo("[data-key=a]"))...)},
		{name: "error-401", own: changing, show: at(mail, "", press("r"), comment, become(""), clickTo("#ask .dark"))},
		{name: "error-403", own: changing, show: at(mail, "", become("reader"), approve)},
		{name: "error-403-agent", own: changing, show: at(mail, "", become("agent"), approve)},
		{name: "error-409", own: changing, show: at(banner, "", archived, approve)},
		{name: "error-503", own: changing, show: at(mail, "", func(p *tab) { p.site.store.down.Store(true) }, press("r"), comment, clickTo("#ask .dark"))},
	}
}

func otherStates() []state {
	return []state{
		{name: "error-404", show: on("none")},
		{name: "error-405", show: on("several")},
		{name: "error-cursor", show: on("?cursor=x")},
		{name: "signin", show: on("sign-in?next=triage")},
		{name: "signin-error", show: on("sign-in", fill("#key", "nobody"), clickTo(".dark"))},
		{name: "signin-used", show: on("sign-in?code=x")},
		{name: "change-archive", show: at(mail, "/change?do=archive")},
		{name: "change-delete", show: at(list, "/change?do=delete")},
		{name: "change-rollback", show: at(mail, "/change?do=rollback&version=1")},
		{name: "link", show: at(mail, "/link?version=3")},
		{name: "exports", own: empty, show: on("exports")},
		{name: "exports-nothing", own: empty, show: on("exports", clickTo("form.block .dark"))},
		{name: "exports-made", own: changing, show: on("exports?campaign_id=spring-launch", clickTo("form.block .dark"))},
		{name: "help", show: on("help")},
	}
}

// The ways to bring the page into a state.

// on opens a page below the queue, then does more.
func on(path string, acts ...func(*tab)) func(*tab) {
	return func(p *tab) {
		p.Helper()
		p.visit(path)
		for _, act := range acts {
			act(p)
		}
	}
}

// at opens the page of the asset with a title, then does more.
func at(title, query string, acts ...func(*tab)) func(*tab) {
	return func(p *tab) {
		p.Helper()
		on(string(p.site.find(title).ID)+query, acts...)(p)
	}
}

func press(keys ...string) func(*tab)    { return func(p *tab) { p.press(keys...) } }
func pressTo(key string) func(*tab)      { return func(p *tab) { p.pressTo(key) } }
func clickTo(element string) func(*tab)  { return func(p *tab) { p.clickTo(element) } }
func fill(field, text string) func(*tab) { return func(p *tab) { p.fill(field, text) } }
func wait(element string) func(*tab)     { return func(p *tab) { p.wait(element) } }
func become(who string) func(*tab)       { return func(p *tab) { p.become(who) } }
func approve(p *tab)                     { p.approve("keys", false) }

func click(elements ...string) func(*tab) {
	return func(p *tab) {
		for _, e := range elements {
			p.click(e)
		}
	}
}
