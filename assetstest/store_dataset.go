package assetstest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/10ex/assets"
)

var (
	allTypes    = []assets.Type{assets.TypeCopy, assets.TypeImage, assets.TypeSlide, assets.TypeVideo, assets.TypeBlog, assets.TypeBundle}
	allStatuses = []assets.Status{assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved, assets.StatusArchived}
	subjects    = []string{"ann", "ben", `it's "?" \`}
	actions     = []assets.Action{assets.ActionSubmit, assets.ActionApprove, assets.ActionRequestChanges}
	mediaTypes  = []string{"text/plain", "text/markdown", "image/png"}
	tagKeys     = []string{"channel", "locale", "a.b", "x"}
	tagValues   = []string{"de", "DE", "mail", "100%", "a_b", "a:b", `"q"`, `it's \`, "😀", "é", "e\u0301", "de ", "*"}
)

// dataset is a reproducible set of records in the workspaces w and W. They have
// few distinct values, so that filters select several rows.
type dataset struct {
	*rand.Rand
	records []*record
}

func newDataset(seed uint64, n int) *dataset {
	d := &dataset{Rand: rand.New(rand.NewPCG(seed, seed))}
	for i := range n {
		id := idAt(baseTime+assets.Time(i/5), i) // five rows share a millisecond
		d.records = append(d.records, d.record("w", id))
		if i%4 == 0 {
			d.records = append(d.records, d.record("W", id))
		}
	}
	d.Shuffle(n, func(i, j int) { d.records[i], d.records[j] = d.records[j], d.records[i] })
	return d
}

// record returns an asset in a random, valid state.
func (d *dataset) record(workspace string, id assets.ID) *record {
	first, second := d.version(workspace, id, 1), d.version(workspace, id, 2)
	a := &assets.Asset{
		ID:         id,
		Workspace:  workspace,
		Type:       oneOf(d, allTypes),
		Title:      oneOf(d, verbatim()),
		Status:     oneOf(d, allStatuses),
		CampaignID: assets.Optional(d.text("campaign", 4)),
		Tags:       d.tags(),
		CreatedBy:  oneOf(d, subjects),
		CreatedAt:  baseTime,
		UpdatedAt:  baseTime + 1,
		Revision:   3,
	}
	a.Version, a.CurrentVersion, a.Content, a.Provenance = 2, 2, second.Content, second.Provenance
	a.LastReview = d.lastReview()
	r := &record{current: a, versions: []assets.Version{first, second}}
	inForce := d.IntN(3) // 0: none
	switch a.Status {
	case assets.StatusApproved:
		inForce = 2
	case assets.StatusArchived:
		inForce = 0
	case assets.StatusPendingReview:
		a.Submitted = assets.Submission{Version: 2, At: baseTime + assets.Time(d.IntN(20)), By: oneOf(d, subjects)}
	}
	if inForce > 0 {
		v := &r.versions[inForce-1]
		v.Approval = assets.ApprovalGiven
		a.ApprovedVersion, a.ApprovedAt, a.EverApproved = v.Number, baseTime+1, true
		r.approved = shownAs(a, *v)
		r.approved.LastReview = d.lastReview()
	}
	return r
}

// lastReview returns a decision, or none.
func (d *dataset) lastReview() assets.LastReview {
	if d.IntN(4) == 0 {
		return assets.LastReview{}
	}
	return assets.LastReview{
		Action: oneOf(d, actions), Version: 2, By: oneOf(d, subjects), ByKind: assets.KindUser,
		At: baseTime + assets.Time(d.IntN(20)), Comment: oneOf(d, verbatim()),
	}
}

func (d *dataset) version(workspace string, id assets.ID, n assets.Number) assets.Version {
	v := sampleVersion(workspace, id, n)
	v.Words = strings.Join(d.words(3), " ")
	v.Content.MediaType = oneOf(d, mediaTypes)
	v.Provenance = assets.Provenance{
		AgentSlug: d.text("agent", 4),
		RunID:     d.text("run", 12),
		BrandID:   d.text("brand", 2),
		BriefID:   d.text("brief", 6),
	}
	return v
}

// searchWords are folded. Many are prefixes of others.
var searchWords = []string{"s", "sp", "spring", "springs", "sale", "sales", "strasse", "лето", "夏", "夏の", "de", "10", "100", "and", "near", "null", "or"}

func (d *dataset) words(n int) []string {
	words := make([]string, n)
	for i := range words {
		words[i] = oneOf(d, searchWords)
	}
	return words
}

// text returns one of n values or "".
func (d *dataset) text(prefix string, n int) string {
	i := d.IntN(n + 1)
	if i == n {
		return ""
	}
	return fmt.Sprintf("%s-%d", prefix, i)
}

func (d *dataset) tags() assets.Tags {
	tags := assets.Tags{}
	for _, key := range tagKeys {
		for _, value := range tagValues {
			if d.IntN(6) == 0 {
				tags[key] = append(tags[key], value)
			}
		}
	}
	return tags
}

func oneOf[T any](d *dataset, from []T) T { return from[d.IntN(len(from))] }

func (d *dataset) pick() *record { return oneOf(d, d.records) }

// filterFields set one field of a filter each, to values of random rows.
var filterFields = map[string]func(*dataset, *assets.Filter){
	"none":  func(*dataset, *assets.Filter) {},
	"type":  func(d *dataset, f *assets.Filter) { f.Types = []assets.Type{oneOf(d, allTypes)} },
	"types": func(d *dataset, f *assets.Filter) { f.Types = []assets.Type{oneOf(d, allTypes), oneOf(d, allTypes)} },
	"status": func(d *dataset, f *assets.Filter) {
		if !f.Approved {
			f.Statuses = []assets.Status{oneOf(d, allStatuses)}
		}
	},
	"statuses": func(d *dataset, f *assets.Filter) {
		if !f.Approved {
			f.Statuses = []assets.Status{oneOf(d, allStatuses), oneOf(d, allStatuses)}
		}
	},
	"ids": func(d *dataset, f *assets.Filter) {
		for range 12 {
			f.IDs = append(f.IDs, d.pick().current.ID)
		}
	},
	"agent":    func(d *dataset, f *assets.Filter) { f.AgentSlug = d.shown(f).Provenance.AgentSlug },
	"run":      func(d *dataset, f *assets.Filter) { f.RunID = d.shown(f).Provenance.RunID },
	"campaign": func(d *dataset, f *assets.Filter) { f.CampaignID = string(d.shown(f).CampaignID) },
	"brand":    func(d *dataset, f *assets.Filter) { f.BrandID = d.shown(f).Provenance.BrandID },
	"brief":    func(d *dataset, f *assets.Filter) { f.BriefID = d.shown(f).Provenance.BriefID },
	"creator":  func(d *dataset, f *assets.Filter) { f.CreatedBy = oneOf(d, subjects) },
	"decision": func(d *dataset, f *assets.Filter) { f.LastAction = oneOf(d, actions) },
	"media":    func(d *dataset, f *assets.Filter) { f.MediaType = oneOf(d, mediaTypes) },
	"tag key":  func(d *dataset, f *assets.Filter) { f.Tags = append(f.Tags, assets.Tag{Key: oneOf(d, tagKeys)}) },
	"tag": func(d *dataset, f *assets.Filter) {
		f.Tags = append(f.Tags, assets.Tag{Key: oneOf(d, tagKeys), Value: oneOf(d, tagValues)})
	},
	"tags": func(d *dataset, f *assets.Filter) {
		for key, values := range d.shown(f).Tags {
			f.Tags = append(f.Tags, assets.Tag{Key: key, Value: values[0]})
		}
	},
	"words": func(d *dataset, f *assets.Filter) { f.Words = d.words(1 + d.IntN(3)) },
	"since": func(d *dataset, f *assets.Filter) { f.Since = d.pick().current.ID },
	"until": func(d *dataset, f *assets.Filter) { f.Until = d.pick().current.ID },
	"bounds": func(d *dataset, f *assets.Filter) {
		f.Since, f.Until = idAt(baseTime+assets.Time(d.IntN(20)), 0), idAt(baseTime+20+assets.Time(d.IntN(30)), 0)
	},
}

// shown returns a random row of the filter's perspective.
func (d *dataset) shown(f *assets.Filter) *assets.Asset {
	for {
		r := d.pick()
		if !f.Approved {
			return r.current
		}
		if r.approved != nil {
			return r.approved
		}
	}
}

// filter returns a filter with one to three fields.
func (d *dataset) filter() assets.Filter {
	f := assets.Filter{Approved: d.IntN(2) == 0}
	names := []string{
		"type", "types", "status", "statuses", "ids", "agent", "run", "campaign", "brand", "brief", "creator", "decision", "media", "tag key", "tag", "tags", "words", "since", "until", "bounds",
	}
	for range 1 + d.IntN(3) {
		filterFields[oneOf(d, names)](d, &f)
	}
	return f
}

func (d *dataset) window() assets.Window {
	w := assets.Window{Ascending: d.IntN(2) == 0, Limit: 1 + d.IntN(20)}
	switch d.IntN(4) {
	case 0:
		w.After = d.pick().current.ID
	case 1:
		w.After = idAt(baseTime+assets.Time(d.IntN(60)), 4000) // no such row
	case 2:
		w.Limit = 1000
	}
	return w
}
