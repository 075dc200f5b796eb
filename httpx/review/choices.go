package review

import (
	"html/template"
	"slices"

	"github.com/10ex/assets"
)

// side is a part of the column with filters.
type side struct {
	Head template.HTML
	All  []choice
}

// choice is a link that sets one parameter.
type choice struct {
	Text    template.HTML
	Link    string
	Count   *int64
	Current bool
	Value   string
}

// addChoices adds the links that change the filter.
func (v *visit) addChoices(p *inboxPage, c *assets.Counts) {
	l, f := v.lang, p.Filter
	for _, name := range []string{"campaign", "type", "agent", "none"} {
		current := f.get("group") == name || f.get("group") == "" && name == "campaign"
		p.Grouping = append(p.Grouping, choice{Text: l.text("group." + name), Link: f.with("group", name), Current: current})
	}
	p.Layout = []choice{
		{Text: icon("cards") + l.text("layout.cards"), Link: f.with("layout", ""), Current: !p.isList()},
		{Text: icon("list") + l.text("layout.list"), Link: f.with("layout", "list"), Current: p.isList()},
	}
	p.Side = []side{v.statusChoices(f, c)}
	if c == nil {
		c = &assets.Counts{}
	}
	p.Side = append(p.Side, v.valueChoices(f, "campaign", "campaign_id", c.Campaigns),
		v.typeChoices(f, c.Types), v.valueChoices(f, "agent", "agent_slug", c.Agents))
	p.Side = slices.DeleteFunc(p.Side, func(s side) bool { return len(s.All) == 0 })
	for _, name := range filterParameters {
		if name != "status" {
			p.Narrowed += len(f.values[name])
		}
	}
}

func (p *inboxPage) isList() bool { return p.Filter.get("layout") == "list" }

func (v *visit) statusChoices(f filter, c *assets.Counts) side {
	s := side{Head: v.lang.text("side.status")}
	for _, status := range []assets.Status{assets.StatusPendingReview, assets.StatusDraft, assets.StatusApproved, assets.StatusArchived} {
		link := choice{Text: v.lang.status(status), Link: f.with("status", string(status)), Current: f.status() == status}
		if c != nil {
			link.Count = c.ByStatus(status)
		}
		s.All = append(s.All, link)
	}
	s.All = append(s.All, choice{Text: icon("list") + v.lang.text("status.any"), Link: f.with("status", anyStatus), Current: f.statuses() == nil})
	return s
}

// maxValues is the number of campaigns and agents in the column of filters.
const maxValues = 12

func (v *visit) valueChoices(f filter, name, parameter string, counts []assets.ValueCount) side {
	s := side{Head: v.lang.text("side." + name)}
	chosen := f.get(parameter)
	if chosen != "" && !slices.ContainsFunc(counts, func(c assets.ValueCount) bool { return c.Value == chosen }) {
		counts = append([]assets.ValueCount{{Value: chosen}}, counts...)
	}
	for _, c := range counts[:min(len(counts), maxValues)] {
		link := choice{Text: v.lang.text("value", "value", c.Value), Link: f.with(parameter, c.Value), Value: c.Value}
		if c.Count > 0 {
			link.Count = &c.Count
		}
		if c.Value == chosen {
			link.Current, link.Link = true, f.with(parameter, "") // a second click removes it
		}
		s.All = append(s.All, link)
	}
	return s
}

func (v *visit) typeChoices(f filter, counts []assets.ValueCount) side {
	s := side{Head: v.lang.text("side.type")}
	for _, t := range []assets.Type{assets.TypeCopy, assets.TypeImage, assets.TypeVideo, assets.TypeBlog, assets.TypeSlide, assets.TypeBundle} {
		link := choice{Text: icon(string(t)) + v.lang.text("type."+string(t)), Link: f.with("type", string(t))}
		if i := slices.IndexFunc(counts, func(c assets.ValueCount) bool { return c.Value == string(t) }); i >= 0 {
			link.Count = &counts[i].Count
		}
		if slices.Contains(f.values["type"], string(t)) {
			link.Current, link.Link = true, f.with("type", "")
		}
		s.All = append(s.All, link)
	}
	return s
}
