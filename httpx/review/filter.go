package review

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// pageSize is the number of assets on a page of the queue.
const pageSize = 50

// anyStatus is the value of the parameter status for assets of every status.
const anyStatus = "any"

// filter is what the queue shows: the filters of a list by their parameters, and how it
// is laid out.
type filter struct {
	values url.Values
}

// filterParameters are the parameters of a filter.
var filterParameters = []string{
	"status", "asset_id", "campaign_id", "type", "agent_slug", "q", "tag", "run_id", "brand_id", "brief_id",
	"created_by", "last_action", "media_type", "created_after", "created_before",
}

// layoutParameters are the parameters of what the queue looks like.
var layoutParameters = []string{"group", "layout"}

// filterOf returns the filter in a query string or a form.
func filterOf(given url.Values) filter {
	f := filter{url.Values{}}
	for _, name := range slices.Concat(filterParameters, layoutParameters) {
		for _, value := range given[name] {
			if value != "" {
				f.values[name] = append(f.values[name], value)
			}
		}
	}
	return f
}

func (f filter) get(name string) string { return f.values.Get(name) }

// statuses returns the statuses that the filter selects, or nil for all.
func (f filter) statuses() (all []assets.Status) {
	given := f.values["status"]
	if len(given) == 0 {
		return []assets.Status{assets.StatusPendingReview}
	}
	if slices.Contains(given, anyStatus) {
		return nil
	}
	for _, s := range given {
		all = append(all, assets.Status(s))
	}
	return all
}

// status returns the only status that the filter selects, or "" if there are several.
func (f filter) status() assets.Status {
	if all := f.statuses(); len(all) == 1 {
		return all[0]
	}
	return ""
}

// hasStatus reports whether the filter selects assets of a status.
func (f filter) hasStatus(s assets.Status) bool {
	all := f.statuses()
	return all == nil || slices.Contains(all, s)
}

// waiting reports whether the filter selects what waits for review.
func (f filter) waiting() bool { return f.status() == assets.StatusPendingReview }

// query returns the query that the filter is. What waits is listed oldest first,
// anything else newest first.
func (f filter) query() (assets.Query, error) {
	q, err := f.selection()
	if q.Statuses = f.statuses(); q.Statuses != nil {
		q.Perspective = assets.PerspectiveCurrent
	}
	if f.waiting() {
		q.Sort, q.Ascending = assets.SortSubmitted, true
	}
	return q, err
}

// selection returns the query without status and order.
func (f filter) selection() (assets.Query, error) {
	q := assets.Query{
		AgentSlug: f.get("agent_slug"), RunID: f.get("run_id"), CampaignID: f.get("campaign_id"), BrandID: f.get("brand_id"),
		BriefID: f.get("brief_id"), CreatedBy: f.get("created_by"), LastAction: assets.Action(f.get("last_action")),
		MediaType: f.get("media_type"), Search: f.get("q"),
	}
	for _, id := range f.values["asset_id"] {
		q.IDs = append(q.IDs, assets.ID(id))
	}
	for _, t := range f.values["type"] {
		q.Types = append(q.Types, assets.Type(t))
	}
	for _, text := range f.values["tag"] {
		key, value, _ := strings.Cut(text, ":")
		if value == "*" {
			value = ""
		}
		q.Tags = append(q.Tags, assets.Tag{Key: key, Value: value})
	}
	for name, at := range map[string]*assets.Time{"created_after": &q.CreatedAfter, "created_before": &q.CreatedBefore} {
		if text := f.get(name); text != "" {
			if at.UnmarshalJSON([]byte(`"`+strings.ReplaceAll(text, `"`, "")+`"`)) != nil {
				return q, assets.Invalid(assets.TypeMalformed, "must be a time", name)
			}
		}
	}
	return q, nil
}

// narrows reports whether the filter selects less than a status does.
func (f filter) narrows() bool {
	return slices.ContainsFunc(filterParameters, func(name string) bool { return name != "status" && f.get(name) != "" })
}

// with returns the query string of the filter with a parameter set, or removed if it is
// empty. It begins with a question mark unless nothing is left.
func (f filter) with(pairs ...string) string {
	values := maps.Clone(f.values)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			values.Del(pairs[i])
		} else {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// hidden are the fields of a form that carry the filter, in a fixed order.
func (f filter) hidden() (fields []field) {
	for _, name := range slices.Concat(filterParameters, layoutParameters) {
		for _, value := range f.values[name] {
			fields = append(fields, field{name, value})
		}
	}
	return fields
}

// field is a hidden field of a form.
type field struct{ Name, Value string }

// Everywhere returns the query string of the same search among assets of every status.
func (f filter) Everywhere() string {
	return filter{map[string][]string{"q": f.values["q"], "status": {anyStatus}}}.with()
}

// Query returns the query string of the filter.
func (f filter) Query() string { return f.with() }

// Waiting reports whether the filter selects what waits for review.
func (f filter) Waiting() bool { return f.waiting() }

// Hidden returns the fields of a form that carry the filter.
func (f filter) Hidden() []field { return f.hidden() }
