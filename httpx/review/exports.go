package review

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strconv"

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
		frame: v.frame(v.lang.text("exports.title")), Filter: f, Items: page.Items, Now: v.lib.Now(),
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

// helpPage is the data of the page that explains the words and the keys.
type helpPage struct{ frame }

func (v *visit) help() error {
	return v.render(http.StatusOK, "help", helpPage{v.frame(v.lang.text("help.title"))})
}

// news is what a script asks for while a page is open.
type news struct {
	Say  string `json:"say,omitempty"`  // what is new, in words; empty: nothing
	Stop bool   `json:"stop,omitempty"` // what is on the screen cannot be decided about any more

	Revision int64 `json:"revision,omitempty"` // of the asset, to ask with from then on
}

// events tells what is new about the page that a script names: an asset with version
// and revision, or a filter with the number of what waits.
func (v *visit) events() error {
	query := v.r.URL.Query()
	var found news
	var err error
	if id := query.Get("asset"); id != "" {
		found, err = v.newsOf(assets.ID(id), query.Get("version"), query.Get("revision"))
	} else {
		found, err = v.newsOfQueue(filterOf(query), query.Get("waiting"))
	}
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(v.w).Encode(found)
}

func (v *visit) newsOf(id assets.ID, version, revision string) (news, error) {
	page, err := v.lib.List(v.r.Context(), v.by, assets.Query{IDs: []assets.ID{id}})
	if err != nil {
		return news{}, err
	}
	if len(page.Items) == 0 {
		return news{Say: v.lang.plain("news.deleted"), Stop: true}, nil
	}
	a := page.Items[0]
	shown, _ := strconv.Atoi(version)
	switch {
	case a.CurrentVersion > assets.Number(shown):
		return news{Say: v.lang.plain("news.version", "version", a.CurrentVersion), Stop: true}, nil
	case strconv.FormatInt(a.Revision, 10) != revision:
		return news{Say: v.lang.plain("news.changed"), Revision: a.Revision}, nil
	}
	return news{}, nil
}

func (v *visit) newsOfQueue(f filter, waiting string) (news, error) {
	c, err := v.counts(f)
	if err != nil || c == nil {
		return news{}, err
	}
	before, _ := strconv.ParseInt(waiting, 10, 64)
	if more := c.PendingReview - before; more > 0 {
		return news{Say: v.lang.plain("news.waiting", "n", more)}, nil
	}
	return news{}, nil
}
