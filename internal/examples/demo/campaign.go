package demo

import (
	_ "embed"
	"time"

	"github.com/10ex/assets"
)

// The campaigns.
const (
	spring  = "spring-launch"
	moving  = "moving-day"
	outdoor = "outdoor-living"
)

// facts is a copy that is approved as it came.
func (f *filling) facts() {
	a := f.create(0, work{kind: assets.TypeCopy, title: "Lund chair, product facts", campaign: spring, agent: "copywriter", run: "facts-0401-1", model: "quill-2", text: factsText, filename: "lund-facts.txt", tags: assets.Tags{"language": {"en"}}})
	f.decide(3*time.Hour, "Ben", a, assets.ActionApprove, "Checked against the workshop's sheet.")
	claim := f.create(time.Hour, work{kind: assets.TypeCopy, title: "Claim, spring", campaign: spring, agent: "copywriter", run: "claim-0401-1", model: "quill-2", text: "Sit outside. It is time.\n", filename: "claim.txt", tags: assets.Tags{"language": {"en"}}})
	f.decide(2*time.Hour, "Ana", claim, assets.ActionApprove)
}

// email is a copy with a change request that was answered.
func (f *filling) email() {
	w := work{kind: assets.TypeCopy, title: "Launch e-mail, opening", campaign: spring, agent: "copywriter", run: "mail-0401-1", model: "quill-2", text: emailFirst, filename: "mail-opening.txt", tags: assets.Tags{"language": {"en"}, "channel": {"mail"}}}
	a := f.create(time.Hour, w)
	f.decide(4*time.Hour, "Ana", a, assets.ActionApprove, "Good to go for the teaser.")
	w.text, w.run = emailSecond, "mail-0402-1"
	b := f.add(20*time.Hour, a.ID, w)
	f.decide(2*time.Hour, "Ben", b, assets.ActionRequestChanges, "Facts: “Sits two” is wrong, it is a single chair. And name the last day: “end of April” brought calls last year.")
	w.text, w.run = emailThird, "mail-0402-2"
	f.add(30*time.Minute, a.ID, w)
}

// hero is a picture of which a new version waits.
func (f *filling) hero() {
	w := work{kind: assets.TypeImage, title: "Hero, living room", campaign: spring, agent: "art-director", run: "hero-0401-1", model: "easel-1", bytes: livingRoom(rust), filename: "hero-living-room.png", tags: assets.Tags{"placement": {"web-hero"}}}
	a := f.create(30*time.Minute, w)
	f.decide(2*time.Hour, "Ana", a, assets.ActionApprove, "Good. A sage one next.")
	w.bytes, w.run = livingRoom(sage), "hero-0402-1"
	w.from = []assets.Ref{{AssetID: a.ID, Version: 1}}
	f.add(10*time.Hour, a.ID, w)
}

// banner is a drawing that waits for its first approval.
func (f *filling) banner() {
	f.create(time.Hour, work{kind: assets.TypeImage, title: "Banner, free delivery", campaign: spring, agent: "art-director", run: "banner-0402-1", model: "easel-1", bytes: []byte(bannerSVG), filename: "banner.svg", media: "image/svg+xml", tags: assets.Tags{"placement": {"web-banner"}}})
	old := f.create(time.Hour, work{kind: assets.TypeImage, title: "Banner, winter sale", campaign: outdoor, agent: "art-director", run: "banner-0301-1", model: "easel-1", bytes: garden(), filename: "winter.png"})
	f.decide(time.Hour, "Ben", old, assets.ActionArchive, "The sale is over.")
}

// landingPage is a bundle of files of which a new version waits.
func (f *filling) landingPage() {
	w := work{kind: assets.TypeBundle, title: "Landing page, Lund", campaign: spring, agent: "page-builder", run: "page-0401-1", bytes: landing(1), filename: "landing-lund.zip"}
	a := f.create(time.Hour, w)
	f.decide(3*time.Hour, "Ben", a, assets.ActionApprove)
	w.bytes, w.run = landing(2), "page-0402-1"
	f.add(6*time.Hour, a.ID, w)
}

// push are short messages.
func (f *filling) push() {
	f.create(2*time.Hour, work{kind: assets.TypeCopy, title: "Push message, day one", campaign: spring, agent: "copywriter", run: "push-0402-1", model: "quill-2", text: "Spring is here. Eight colours, one chair, delivered free until 30 April.\n", filename: "push-1.txt", tags: assets.Tags{"channel": {"push"}}})
	a := f.create(20*time.Minute, work{kind: assets.TypeCopy, title: "Push message, last day", campaign: spring, agent: "copywriter", run: "push-0402-1", model: "quill-2", text: "Last chance!!! Free delivery ends TODAY.\n", filename: "push-2.txt", tags: assets.Tags{"channel": {"push"}}})
	f.decide(time.Hour, "Ana", a, assets.ActionRequestChanges, "Tone: No shouting, please. One sentence, no exclamation mark.")
}

// article is a blog.
func (f *filling) article() {
	w := work{kind: assets.TypeBlog, title: "Why we build with ash", campaign: outdoor, agent: "blog-writer", run: "blog-0402-1", model: "quill-2", text: articleFirst, filename: "why-ash.md", tags: assets.Tags{"language": {"en"}}}
	a := f.create(3*time.Hour, w)
	f.decide(2*time.Hour, "Ben", a, assets.ActionApprove)
	w.text, w.run = articleSecond, "blog-0403-1"
	f.add(8*time.Hour, a.ID, w)
	f.create(time.Hour, work{kind: assets.TypeImage, title: "Garden, evening", campaign: outdoor, agent: "art-director", run: "garden-0403-1", model: "easel-1", bytes: garden(), filename: "garden.png", tags: assets.Tags{"placement": {"blog"}}})
}

// deck is a PDF.
func (f *filling) deck() {
	w := work{kind: assets.TypeSlide, title: "Spring for partners", campaign: spring, agent: "deck-builder", run: "deck-0402-1", bytes: deckPDF(1), filename: "spring-for-partners.pdf", tags: assets.Tags{"audience": {"partners"}}}
	a := f.create(time.Hour, w)
	f.decide(time.Hour, "Ana", a, assets.ActionApprove)
	w.bytes, w.run = deckPDF(2), "deck-0403-1"
	f.add(4*time.Hour, a.ID, w)
}

var (
	//go:embed moving-day-1.webm
	filmFirst []byte
	//go:embed moving-day-2.webm
	filmSecond []byte
)

// film is a video.
func (f *filling) film() {
	w := work{kind: assets.TypeVideo, title: "Moving day, three seconds", campaign: moving, agent: "video-cutter", run: "film-0402-1", model: "reel-1", bytes: filmFirst, filename: "moving-day.webm", tags: assets.Tags{"placement": {"social"}}}
	a := f.create(2*time.Hour, w)
	f.decide(5*time.Hour, "Ana", a, assets.ActionApprove)
	w.bytes, w.run = filmSecond, "film-0403-1"
	f.add(3*time.Hour, a.ID, w)
	f.create(time.Hour, work{kind: assets.TypeCopy, title: "Caption, moving day", campaign: moving, agent: "copywriter", run: "caption-0403-1", model: "quill-2", text: "Three boxes, one chair, no lift.\nWe carry it up.\n", filename: "caption.txt", tags: assets.Tags{"channel": {"social"}}})
}

// drafts are not submitted yet.
func (f *filling) drafts() {
	f.create(time.Hour, work{kind: assets.TypeCopy, title: "Checklist, moving day", campaign: moving, agent: "copywriter", run: "list-0403-1", model: "quill-2", text: "- Measure the door\n- Book the lift\n- Keep the screws\n", filename: "checklist.txt", draft: true})
	f.create(time.Hour, work{kind: assets.TypeCopy, title: "تنبيه اليوم الأول", campaign: spring, agent: "copywriter", run: "push-0403-ar", model: "quill-2", text: "وصل الربيع. ثمانية ألوان وكرسي واحد، والتوصيل مجاني حتى ٣٠ أبريل.\n", filename: "push-ar.txt", tags: assets.Tags{"language": {"ar"}, "channel": {"push"}}})
}
