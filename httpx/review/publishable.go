package review

import (
	"html/template"

	"github.com/10ex/assets"
)

// publishing is the panel about what publishers get, and why or what
// is missing.
type publishing struct {
	Out       bool
	Because   []string // who approved it
	Steps     []template.HTML
	Withdrawn template.HTML
}

// publishing explains the version that is shown, as it is in the rest of the page.
func (v *visit) publishing(s subject) publishing {
	p := s.State.Publishability
	panel := publishing{Out: p.Publishable, Because: v.reviewers(p.Because)}
	for _, m := range p.Missing {
		key, version := "publish.missing."+string(m.Code), p.Version
		if m.InForce != 0 {
			key, version = "publish.missing.nothing", m.InForce
		}
		panel.Steps = append(panel.Steps, v.lang.text(key, "n", m.Count, "version", version))
	}
	if r := p.WithdrawnBy; r != nil {
		panel.Withdrawn = v.lang.text("publish.withdrawn", "name", v.reviewer(*r), "time", v.lang.moment(r.At))
	}
	return panel
}

// disclosures are the keys of the words for what a source type means.
var disclosures = map[assets.Disclosure]string{
	assets.DisclosureMadeByAI:     "disclosure.ai",
	assets.DisclosureEditedWithAI: "disclosure.ai_edited",
	assets.DisclosureCaptured:     "disclosure.captured",
	assets.DisclosureEdited:       "disclosure.edited",
	assets.DisclosureMadeByPeople: "disclosure.people",
	assets.DisclosureCorrected:    "disclosure.corrected",
	assets.DisclosureComputed:     "disclosure.computed",
	assets.DisclosureComposed:     "disclosure.composed",
}

// disclosure returns the words for how a version was made. If that is not known they say so
// if the policy requires it; otherwise there are none.
func (v *visit) disclosure(version assets.Version) template.HTML {
	key := disclosures[version.Provenance.Disclosure()]
	if rules := v.lib.PolicyRules(); key == "" && rules != nil && rules.RequireDisclosure {
		key = "disclosure.none"
	}
	if key == "" {
		return ""
	}
	return v.lang.text(key)
}
