package review

import (
	"errors"
	"html/template"
	"net/http"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// exportsPage is the data of the page with exports of what is approved.
type exportsPage struct {
	frame
	Filter   filter
	Items    []export.Export
	More     string
	Now      assets.Time
	Selected []choice      // the filters of a new export
	Problem  template.HTML // why no export was made
	Fields   []field
	Made     bool
}

// exports lists the exports of the workspace. A POST creates one of what a filter
// selects.
func (v *visit) exports() error {
	if v.opts.Exports == nil {
		return errors.Join(assets.ErrNotFound, errNoExports)
	}
	if !isRead(v.r) {
		return v.createExport()
	}
	return v.showExports(http.StatusOK, filterOf(v.r.URL.Query()), "")
}

func (v *visit) showExports(status int, f filter, problem template.HTML) error {
	query := v.r.URL.Query()
	page, err := v.opts.Exports.List(v.r.Context(), v.by, export.ListQuery{Cursor: query.Get("cursor")})
	if err != nil {
		return err
	}
	p := &exportsPage{
		frame: v.frame(v.lang.plain("exports.title")), Filter: f, Items: page.Items, Now: v.lib.Now(),
		Problem: problem, Made: v.made(page.Items, query.Get("made")),
	}
	p.Section = "exports"
	if page.NextCursor != "" {
		p.More = f.with("cursor", string(page.NextCursor))
	}
	for _, given := range f.hidden() {
		if given.Name == "status" || given.Name == "group" || given.Name == "layout" {
			continue
		}
		p.Fields = append(p.Fields, given)
		p.Selected = append(p.Selected, choice{Text: v.lang.text("filter.is", "field", v.lang.text("field."+given.Name), "value", v.filterValue(given))})
	}
	return v.render(status, "exports", p)
}

// made reports whether the person has made an export.
func (v *visit) made(exports []export.Export, id string) bool {
	return slices.ContainsFunc(exports, func(e export.Export) bool { return string(e.ID) == id && e.CreatedBy == v.by.Subject })
}

func (v *visit) createExport() error {
	if err := v.parseForm(); err != nil {
		return err
	}
	f := filterOf(v.r.PostForm)
	f.values.Del("status")
	q, err := f.selection()
	if err != nil {
		return err
	}
	made, err := v.opts.Exports.Create(v.r.Context(), v.by, export.Request{Query: q})
	if problems := assets.FieldErrors(err); len(problems) > 0 {
		return v.showExports(http.StatusUnprocessableEntity, f, v.exportProblem(problems))
	}
	if err != nil {
		return err
	}
	return v.redirect("exports?made=" + string(made.ID))
}

// filterValue returns the value of a filter, in words if there are any.
func (v *visit) filterValue(given field) any {
	prefix := map[string]string{"type": "type.", "last_action": "decision."}[given.Name]
	if key := prefix + given.Value; prefix != "" && v.lang.has(key) {
		return v.lang.text(key)
	}
	return given.Value
}

// exportProblem says why nothing was exported: nothing is approved, there is too much of it, or
// a filter is malformed.
func (v *visit) exportProblem(problems []*assets.FieldError) template.HTML {
	for _, p := range problems {
		switch {
		case len(p.Loc) > 0:
		case p.Type == assets.TypeTooShort:
			return v.lang.text("exports.nothing")
		case p.Type == assets.TypeTooLarge:
			return v.lang.text("exports.large")
		}
	}
	return v.lang.text("exports.refused", "detail", v.lang.problem(problems[0]))
}
