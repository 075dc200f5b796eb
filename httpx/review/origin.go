package review

import (
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// origin says in sentences how a version was made.
func (v *visit) origin(s subject) (all []template.HTML, err error) {
	p, l := s.Version.Provenance, v.lang
	add := func(key, value string) {
		if value != "" {
			all = append(all, l.text(key, "value", value))
		}
	}
	if p.AgentSlug != "" {
		all = append(all, l.text("origin.agent."+string(s.Asset.Type), "agent", p.AgentSlug))
	} else {
		all = append(all, l.text("origin.by", "name", s.Version.CreatedBy))
	}
	add("origin.model", p.Model)
	add("origin.run", p.RunID)
	add("origin.campaign", string(s.Asset.CampaignID))
	add("origin.brand", p.BrandID)
	add("origin.brief", p.BriefID)
	if n := s.Version.RolledBackFrom; n != 0 {
		all = append(all, l.text("origin.rollback", "version", n))
	}
	if len(p.DerivedFrom) > 0 {
		refs, err := v.refs(p.DerivedFrom)
		if err != nil {
			return nil, err
		}
		all = append(all, l.text("origin.derived", "assets", refs))
	}
	for _, in := range p.Inputs {
		all = append(all, l.text("origin.input", "kind", in.Kind, "id", in.ID))
	}
	if words := v.disclosure(s.Version); words != "" && p.SourceType != "" {
		all = append(all, l.text("source.means", "value", p.SourceType, "words", words))
	} else {
		add("source", p.SourceType)
	}
	return all, nil
}

// maxRefs is the number of assets that a sentence names.
const maxRefs = 10

// refs returns links to versions of assets, with their titles.
func (v *visit) refs(refs []assets.Ref) (template.HTML, error) {
	refs = refs[:min(len(refs), maxRefs)]
	ids := make([]assets.ID, len(refs))
	for i, r := range refs {
		ids[i] = r.AssetID
	}
	page, err := v.lib.List(v.r.Context(), v.by, assets.Query{IDs: ids, Limit: len(ids)})
	if err != nil {
		return "", err
	}
	titles := map[assets.ID]string{}
	for _, a := range page.Items {
		titles[a.ID] = a.Title
	}
	var all template.HTML
	for i, r := range refs {
		if i > 0 {
			all += v.lang.text("list.separator")
		}
		title, found := titles[r.AssetID]
		if !found { // deleted since
			title = string(r.AssetID)
		}
		all += v.refLink(r, title, found)
	}
	return all, nil
}

func (v *visit) refLink(r assets.Ref, title string, found bool) template.HTML {
	name := template.HTML("<bdi>" + template.HTMLEscapeString(visibleText(title)) + "</bdi>") //nolint:gosec // escaped
	if found {
		name = template.HTML(`<a href="`+template.HTMLEscapeString(v.root+string(r.AssetID)+"?version="+itoa(r.Version))+`">`) + name + "</a>" //nolint:gosec // escaped
	}
	return name + " " + v.lang.mark(r.Version, "")
}

// fact is a term with its value, which may be code.
type fact struct {
	Key   string
	Value string
	Code  bool
	HTML  template.HTML // instead of Value
}

// facts returns what is known about a version.
func (v *visit) facts(version assets.Version) []fact {
	c, p := version.Content, version.Provenance
	all := []fact{
		{Key: "fact.sha256", Value: c.SHA256, Code: true},
		{Key: "fact.type", Value: c.MediaType},
		{Key: "fact.size", HTML: v.lang.size(c.SizeBytes)},
		{Key: "fact.filename", Value: c.Filename},
		{Key: "fact.created", HTML: v.lang.exactMoment(version.CreatedAt)},
		{Key: "fact.creator", Value: version.CreatedBy},
		{Key: "field.agent_slug", Value: p.AgentSlug},
		{Key: "fact.model", Value: p.Model},
		{Key: "field.run_id", Value: p.RunID},
		{Key: "fact.trace", Value: p.TraceID, Code: true},
		{Key: "field.brand_id", Value: p.BrandID},
		{Key: "field.brief_id", Value: p.BriefID},
		{Key: "fact.disclosure", HTML: v.disclosure(version)},
		{Key: "fact.source", Value: p.SourceType},
		{Key: "fact.derived", Value: refsText(p.DerivedFrom)},
		{Key: "fact.inputs", Value: inputsText(p.Inputs)},
		{Key: "fact.parameters", Value: string(p.Parameters), Code: true},
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" && f.HTML == "" })
}

// refsText returns versions of assets by their ids.
func refsText(refs []assets.Ref) string {
	all := make([]string, len(refs))
	for i, r := range refs {
		all[i] = string(r.AssetID) + " v" + itoa(r.Version)
	}
	return strings.Join(all, ", ")
}

// inputsText returns what a version was generated from or for.
func inputsText(inputs []assets.Input) string {
	all := make([]string, len(inputs))
	for i, in := range inputs {
		all[i] = strings.TrimSpace(in.Kind + " " + in.ID + " " + in.SHA256)
	}
	return strings.Join(all, ", ")
}

// pair is a fact about two versions.
type pair struct {
	Key      string
	Old, New template.HTML
	Changed  bool
}

// compareFacts returns the facts of a version beside those of another one. The other one
// is read, because the versions of an asset are summaries without parameters.
func (v *visit) compareFacts(s subject, base assets.Number) (all []pair, err error) {
	old, err := v.lib.Version(v.r.Context(), v.by, s.Asset.ID, assets.Selector(base))
	if err != nil {
		return nil, err
	}
	value := func(f fact) template.HTML {
		if f.HTML != "" {
			return f.HTML
		}
		return visible(f.Value)
	}
	before := map[string]fact{}
	for _, f := range v.facts(old) {
		before[f.Key] = f
	}
	for _, f := range v.facts(s.Version) {
		other := before[f.Key]
		delete(before, f.Key)
		all = append(all, pair{f.Key, value(other), value(f), value(other) != value(f)})
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		all = append(all, pair{key, value(before[key]), "", true})
	}
	return all, nil
}

// differences returns the facts that an approval binds and that differ, without those that the
// comparison of the contents shows.
func differences(pairs []pair) (all []pair) {
	for _, p := range pairs {
		switch p.Key {
		case "fact.sha256", "fact.size", "fact.created", "fact.creator":
			continue
		}
		if p.Changed {
			all = append(all, p)
		}
	}
	return all
}

// tagLine is a tag with the address of what else has it.
type tagLine struct{ Key, Value, Link string }

func (v *visit) tagLines(a *assets.Asset, f filter) (all []tagLine) {
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		for _, value := range a.Tags[key] {
			all = append(all, tagLine{key, value, f.with("tag", key+":"+value, "status", anyStatus)})
		}
	}
	return all
}
