package review

import (
	"fmt"
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
	Now    assets.Time
	Fields []field
	Back   string // the address of the page of the queue
	Draft  draftForm

	Approve, Request button
	Why              template.HTML
	RequestWhy       template.HTML // why changes cannot be requested, if Why does not say so
	Locked           bool          // Why is the reason for which a button is not usable
}

// severalKey is the key of keepKey for the comment on several versions.
const severalKey = "several"

// Usable reports whether the person may decide about some version.
func (p *severalPage) Usable() bool { return p.Approve.Usable || p.Request.Usable }

// severalItem is one of several versions.
type severalItem struct {
	*assets.Asset
	Pick    string
	Kind    string
	Source  string
	Text    *string
	Changed assets.Number // the version that was ticked, if it is not the newest one any more
	Shown   bool          // the page shows the whole content
	Ticked  bool
	Link    string

	Disclosure template.HTML // how the version was made; empty if that is not known
}

// picked is one ticked box: a version of an asset, by its digest, and the revision of the
// asset when the page was made.
type picked struct {
	id       assets.ID
	number   assets.Number
	sha256   string
	revision int64
	seen     bool // somebody has looked at what the page could not show
}

// pickOf returns the value of the box of an asset.
func pickOf(a *assets.Asset) string {
	return fmt.Sprintf("%s:%d:%s:%d", a.ID, a.Version, a.Content.SHA256, a.Revision)
}

// isOf reports whether the box is about the newest version of its asset.
func (p picked) isOf(a *assets.Asset) bool {
	return a.Version == p.number && strings.EqualFold(a.Content.SHA256, p.sha256)
}

// shownAmongSeveral reports whether the page of several versions shows the whole content of an
// asset at once. A video has to be played.
func shownAmongSeveral(a *assets.Asset) bool {
	if a.ErasedAt != 0 || !surelyShown(a.Content.MediaType) {
		return false
	}
	kind := contentKind(a.Content)
	return kind == kindPicture || kind == kindText && a.Text != nil && a.Text.Text != nil
}

// item returns the box as a part of a decision. Changes are requested only if nobody has
// decided since: an approval would be withdrawn unawares.
func (p picked) item(action assets.Action) assets.BulkItem {
	item := assets.BulkItem{AssetID: p.id, Version: p.number, SHA256: p.sha256}
	if action == assets.ActionRequestChanges {
		item.IfRevision = []int64{p.revision}
	}
	return item
}

// several shows the ticked versions whole; if the form is confirmed it decides about
// them.
func (v *visit) several() error {
	if err := v.parseForm(); err != nil {
		return err
	}
	picks, err := picksOf(v.r.PostForm["seen"], v.r.PostForm["pick"])
	if err != nil {
		return err
	}
	if len(picks) == 0 {
		return v.redirect(v.formPage())
	}
	if v.r.PostForm.Get("confirm") == "" {
		return v.lookThrough(http.StatusOK, picks, draft{})
	}
	listed, err := picksOf(nil, v.r.PostForm["listed"])
	if err != nil {
		return err
	}
	for _, pick := range picks {
		if !slices.ContainsFunc(listed, func(p picked) bool { return p.id == pick.id }) {
			listed = append(listed, pick)
		}
	}
	return v.decideSeveral(listed, picks)
}

// picksOf parses ticked boxes. Those of seen include a version and say that somebody has
// looked at it. Of an asset that is ticked twice the first one counts.
func picksOf(seen, others []string) (picks []picked, err error) {
	values := slices.Concat(seen, others)
	if len(values) > assets.MaxBulkItems {
		return nil, errForm
	}
	for i, value := range values {
		parts := strings.Split(value, ":")
		if len(parts) != 4 {
			return nil, errForm
		}
		id, bad := assets.ParseID(parts[0])
		n, wrong := strconv.Atoi(parts[1])
		revision, odd := strconv.ParseInt(parts[3], 10, 64)
		if bad != nil || wrong != nil || odd != nil || n < 1 || parts[2] == "" {
			return nil, errForm
		}
		if !slices.ContainsFunc(picks, func(p picked) bool { return p.id == id }) {
			picks = append(picks, picked{id, assets.Number(n), parts[2], revision, i < len(seen)})
		}
	}
	return picks, nil
}

// maxSeveralText is the size in bytes of the texts that the page of several versions shows.
const maxSeveralText = 512 << 10

// leaveOut removes the texts for which the page has no room, so that they are not shown. It
// returns the size of the others in bytes.
func leaveOut(picks []picked, found map[assets.ID]*assets.Asset) (size int64) {
	for _, pick := range picks {
		a := found[pick.id]
		if a == nil || a.Text == nil || a.Text.Text == nil {
			continue
		}
		n := int64(len(*a.Text.Text))
		if size+n > maxSeveralText {
			a.Text = nil
			continue
		}
		size += n
	}
	return size
}

// isTicked reports whether the box of an item is ticked: what was typed says so, or nothing
// was sent yet and the page shows the whole content.
func (t draft) isTicked(item severalItem) bool {
	if t.ticked == nil {
		return item.Shown
	}
	return slices.ContainsFunc(t.ticked, func(p picked) bool {
		return p.id == item.ID && p.isOf(item.Asset) && (p.seen || item.Shown)
	})
}

// lookThrough shows the versions.
func (v *visit) lookThrough(status int, picks []picked, typed draft) error {
	found, err := v.find(picks)
	if err != nil {
		return err
	}
	if err := v.reserve(leaveOut(picks, found) * pageMemory); err != nil {
		return err
	}
	f := filterOf(v.r.PostForm)
	p := &severalPage{frame: v.frame(v.lang.plain("several.title")), Filter: f, Now: v.lib.Now(), Fields: f.hidden(), Back: v.formPage()}
	if cursor := v.r.PostForm.Get("cursor"); cursor != "" {
		p.Fields = append(p.Fields, field{"cursor", cursor})
	}
	p.Draft = draftForm{Key: v.keepKey(severalKey), Comment: typed.comment, Wrong: typed.wrong, Open: typed.wrong != ""}
	for _, pick := range picks {
		a := found[pick.id]
		if a == nil {
			continue // deleted meanwhile
		}
		item := severalItem{
			Asset: a, Kind: contentKind(a.Content), Source: sourceOf(a.ID, a.Version), Link: string(a.ID) + f.with(),
			Pick: pickOf(a), Disclosure: v.disclosure(assets.Version{Provenance: a.Provenance}),
		}
		if a.ErasedAt != 0 {
			item.Kind = kindErased
		}
		if a.Text != nil {
			item.Text = a.Text.Text
		}
		item.Shown = shownAmongSeveral(a)
		if !pick.isOf(a) {
			item.Changed, item.Shown = pick.number, false
		}
		item.Ticked = typed.isTicked(item)
		p.Items = append(p.Items, item)
	}
	v.addButtons(p)
	return v.render(status, "several", p)
}

// addButtons makes the buttons unusable that would be refused for every asset, and says
// why.
func (v *visit) addButtons(p *severalPage) {
	approve, request := v.lib.CheckAction(v.by, assets.ActionApprove), v.lib.CheckAction(v.by, assets.ActionRequestChanges)
	p.Approve, p.Request = button{true, approve == nil}, button{true, request == nil}
	p.Why = v.lang.text("several.why")
	if approve != nil {
		p.Why, p.Locked = v.reason(approve), true
	}
	p.RequestWhy = v.requestWhy(approve, request, p.Why)
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
