package review

import (
	"context"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets"
)

// maxCounting is how long the queue waits for its numbers. Without them it is shown all
// the same.
const maxCounting = time.Second

// inboxPage is the data of the queue.
type inboxPage struct {
	frame
	Filter filter
	Query  string // the filter as a query string
	Head   template.HTML
	Lead   template.HTML
	Groups []group
	Total  *int64 // what the filter selects, if it was counted
	Now    assets.Time
	More   string // the address of the next page; empty: this is the last one
	First  string // the address of the first page; empty: this is it
	Cursor string // of this page; empty: it is the first one

	Side      []side
	Grouping  []choice
	Layout    []choice
	List      bool // rather than cards
	Narrowed  int  // number of filters beside the status
	Counted   *int64
	Empty     string // the kind of emptiness: waiting, match, other; "" if there is something
	Export    bool
	MayDecide bool // about some asset
}

// group is what has one campaign, type or agent in common.
type group struct {
	Name  template.HTML
	ID    string
	Cards []card
	Count int // 0: not counted
}

// card is an asset in the queue.
type card struct {
	*assets.Asset
	Link     string
	Pick     string // the value of its box
	Thumb    string // the address of a picture; empty if there is none
	Words    string // the beginning of a text
	Length   int    // of the text, in words
	Approver string // who approved the version, which needs further approvals
}

// inbox shows the queue, or other assets.
func (v *visit) inbox() error {
	f := filterOf(v.r.URL.Query())
	q, err := f.query()
	if err != nil {
		return err
	}
	q.Limit, q.Cursor, q.IncludeText = pageSize, v.r.URL.Query().Get("cursor"), true
	now := v.lib.Now() // what comes later is news
	page, err := v.lib.List(v.r.Context(), v.by, q)
	if err != nil {
		return err
	}
	counts, err := v.counts(f, true)
	if err != nil {
		return err
	}
	p := &inboxPage{frame: v.frame(v.lang.plain(headKey(f))), Filter: f, Query: f.with(), Now: now, Export: v.opts.Exports != nil}
	p.MayDecide = v.lib.CheckAction(v.by, assets.ActionApprove) == nil || v.lib.CheckAction(v.by, assets.ActionRequestChanges) == nil
	p.Head, p.Section, p.Search = v.lang.text(headKey(f)), "all", f.get("q")
	if f.waiting() {
		p.Section = "waiting"
	}
	if page.NextCursor != "" {
		p.More = f.with("cursor", string(page.NextCursor))
	}
	p.Cursor = q.Cursor
	if q.Cursor != "" {
		p.First = "./" + f.with()
	}
	p.Groups = v.groups(page.Items, f, page.NextCursor == "" && q.Cursor == "", counts)
	p.List = p.isList()
	v.addChoices(p, counts)
	v.addLead(p, page.Items, counts)
	return v.render(http.StatusOK, "inbox", p)
}

// headKey returns the key of the heading of a filter.
func headKey(f filter) string {
	if s := f.status(); s != "" {
		return "inbox." + string(s)
	}
	return "inbox.any"
}

// counts returns the numbers of a filter, with those of the most frequent values of its
// status if wanted, or nil if counting takes too long.
func (v *visit) counts(f filter, frequent bool) (*assets.Counts, error) {
	ctx, cancel := context.WithTimeout(v.r.Context(), maxCounting)
	defer cancel()
	selection, err := f.selection()
	if err != nil {
		return nil, err
	}
	q := assets.CountQuery{Query: selection, Frequent: frequent && len(f.statuses()) < 2}
	if q.Frequent {
		q.FrequentOf = f.status()
	}
	c, err := v.lib.Counts(ctx, v.by, q)
	if isUncounted(v.r.Context(), err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// addLead says how much there is, and since when.
func (v *visit) addLead(p *inboxPage, items []*assets.Asset, c *assets.Counts) {
	if c != nil {
		total := selected(p.Filter, c)
		p.Total, p.Waiting = &total, &c.PendingReview
		if p.Filter.narrows() {
			p.Waiting = nil // they were counted within the filter
		}
	}
	switch {
	case len(items) == 0 && p.Filter.narrows():
		p.Empty = "match"
	case len(items) == 0 && p.Filter.waiting():
		p.Empty = "waiting"
	case len(items) == 0:
		p.Empty = "other"
	case p.Filter.waiting() && p.Total != nil && p.First == "":
		p.Lead = v.lang.text("inbox.lead.oldest", "n", *p.Total, "age", v.lang.age(items[0].Submitted.At, p.Now))
	case p.Total != nil:
		p.Lead = v.lang.text("inbox.lead", "n", *p.Total)
	}
	if p.Filter.waiting() {
		waiting := ""
		if p.Total != nil {
			waiting = strconv.FormatInt(*p.Total, 10)
		}
		p.Live = "events" + p.Filter.with("waiting", waiting, "since", strconv.FormatInt(int64(p.Now), 10))
	}
}

// selected returns how many of the counted assets have the status of a filter.
func selected(f filter, c *assets.Counts) int64 {
	var sum int64
	for _, s := range []assets.Status{assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved, assets.StatusArchived} {
		if n := c.ByStatus(s); n != nil && f.hasStatus(s) {
			sum += *n
		}
	}
	return sum
}

// groups returns the assets of a page in groups. If they are all there are, or their value
// is a frequent one, the groups are counted.
func (v *visit) groups(items []*assets.Asset, f filter, all bool, c *assets.Counts) []group {
	var groups []group
	index := map[string]int{}
	for _, a := range items {
		key, name := v.groupOf(a, f)
		i, found := index[key]
		if !found {
			i = len(groups)
			index[key] = i
			groups = append(groups, group{Name: name, ID: "group-" + strconv.Itoa(i), Count: frequency(c, f, key)})
		}
		groups[i].Cards = append(groups[i].Cards, v.card(a, f))
	}
	for i := range groups {
		if all {
			groups[i].Count = len(groups[i].Cards)
		}
	}
	return groups
}

// frequency returns how many assets are in a group, or 0 if that was not counted.
func frequency(c *assets.Counts, f filter, value string) int {
	if c == nil || value == "" {
		return 0
	}
	counts := c.Campaigns
	switch f.get("group") {
	case "type":
		counts = c.Types
	case "agent":
		counts = c.Agents
	case "none":
		return 0
	}
	for _, v := range counts {
		if v.Value == value {
			return int(v.Count)
		}
	}
	return 0
}

// groupOf returns the group of an asset, whose name is empty if nothing is grouped.
func (v *visit) groupOf(a *assets.Asset, f filter) (key string, name template.HTML) {
	l := v.lang
	switch f.get("group") {
	case "type":
		return string(a.Type), l.text("type." + string(a.Type))
	case "agent":
		if a.Provenance.AgentSlug == "" {
			return "", l.text("group.agent.none")
		}
		return a.Provenance.AgentSlug, l.text("value", "value", a.Provenance.AgentSlug)
	case "none":
		return "", ""
	}
	if a.CampaignID == "" {
		return "", l.text("group.campaign.none")
	}
	return string(a.CampaignID), l.text("value", "value", string(a.CampaignID))
}

// thumbnail is the width of the pictures in the queue.
const thumbnail = "320"

// card describes an asset in the queue.
func (v *visit) card(a *assets.Asset, f filter) card {
	c := card{
		Asset: a, Link: string(a.ID) + f.with(),
		Pick: pickOf(a),
	}
	switch {
	case a.ErasedAt != 0:
	case a.Content.MediaType == "image/svg+xml":
		c.Thumb = sourceOf(a.ID, a.Version)
	case contentKind(a.Content) == kindPicture:
		c.Thumb = versionPath(a.ID, a.Version) + "/preview?width=" + thumbnail
	}
	if a.Text != nil && a.Text.Text != nil {
		c.Words, c.Length = beginning(*a.Text.Text), len(strings.Fields(*a.Text.Text))
	}
	if last := a.LastReview; a.Status == assets.StatusPendingReview && last.Action == assets.ActionApprove && last.Version == a.Version {
		c.Approver = v.named(last.By)
	}
	return c
}

// maxWords is the number of characters of a text in the queue.
const maxWords = 240

// beginning returns the first characters of a text.
func beginning(s string) string {
	runes := []rune(s[:min(len(s), 4*maxWords)])
	if len(runes) <= maxWords {
		return visibleText(s)
	}
	return visibleText(string(runes[:maxWords])) + "…"
}
