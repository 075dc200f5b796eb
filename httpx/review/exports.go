package review

import (
	"errors"
	"html/template"
	"net/http"

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
	Selected []choice // the filters of a new export
	Nothing  bool     // a new export would have been empty
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
	return v.showExports(http.StatusOK, filterOf(v.r.URL.Query()), false)
}

func (v *visit) showExports(status int, f filter, nothing bool) error {
	query := v.r.URL.Query()
	page, err := v.opts.Exports.List(v.r.Context(), v.by, export.ListQuery{Cursor: query.Get("cursor")})
	if err != nil {
		return err
	}
	p := &exportsPage{
		frame: v.frame(v.lang.plain("exports.title")), Filter: f, Items: page.Items, Now: v.lib.Now(),
		Nothing: nothing, Made: query.Get("made") != "",
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
		p.Selected = append(p.Selected, choice{Text: template.HTML(template.HTMLEscapeString(given.Name + ": " + visibleText(given.Value)))}) //nolint:gosec // escaped
	}
	return v.render(status, "exports", p)
}

func (v *visit) createExport() error {
	if err := v.parseForm(); err != nil {
		return err
	}
	f := filterOf(v.r.PostForm)
	f.values.Del("status")
	q, err := f.query()
	if err != nil {
		return err
	}
	q.Statuses, q.Perspective, q.Sort, q.Ascending = nil, "", "", false
	_, err = v.opts.Exports.Create(v.r.Context(), v.by, export.Request{Query: q})
	if len(assets.FieldErrors(err)) > 0 {
		return v.showExports(http.StatusUnprocessableEntity, f, true)
	}
	if err != nil {
		return err
	}
	return v.redirect("exports?made=1")
}
