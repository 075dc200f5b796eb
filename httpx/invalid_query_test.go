package httpx_test

import (
	"maps"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// parameter has the properties of a query parameter.
type parameter struct {
	good string
	many bool     // it may be repeated
	bad  []string // decoded; includes values over a limit
	inGo func(value string) (assets.Query, bool)
}

func textOf(n int) string { return strings.Repeat("z", n-len(marked)) + marked }

// asText returns a function that makes the query of a value.
func asText(set func(q *assets.Query, value string)) func(string) (assets.Query, bool) {
	return func(value string) (assets.Query, bool) {
		var q assets.Query
		set(&q, value)
		return q, true
	}
}

// hostParameter is a parameter with an id of the host.
func hostParameter(set func(q *assets.Query, value string)) parameter {
	return parameter{good: "x1", bad: []string{textOf(256)}, inGo: asText(set)}
}

var (
	pageLimit      = parameter{good: "7", bad: []string{marked, "0", "-1", "1.5", "+", "99999999999999999999z"}}
	lifetime       = parameter{good: "60", bad: []string{marked, "0", "-1", "604801", "1000000000000000000", "1.5"}}
	instant        = parameter{good: "2026-01-02T03:04:05Z", bad: []string{marked, "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05 02:00", "2026-13-02T03:04:05Z"}}
	renditionWidth = parameter{good: "640", bad: []string{marked, "0", "-160", "161", "0160", "160.0", "+160", "99999999999999999999"}}
	selector       = parameter{good: "1", bad: []string{marked, "0", "-1", "01", "+1", "1.5", "Current", "99999999999999999999x"}}
)

// eventParameters are those of pages and streams of events.
var eventParameters = map[string]parameter{
	"after": {}, "limit": pageLimit,
	"type":             {good: "asset.created", many: true, bad: []string{marked, "asset.Created", textOf(300)}},
	"asset_id":         {good: unknownID, many: true, bad: []string{marked, unknownID + "0", textOf(300)}},
	"campaign_id":      {good: "x1", bad: []string{textOf(256)}},
	"in_force_changed": {good: "true", bad: []string{marked, "1", "True"}},
}

// queries has every query parameter of every operation.
var queries = map[string]map[string]parameter{
	"list_assets": {
		"type":               {good: "copy", many: true, bad: []string{marked, "Copy", textOf(300)}, inGo: asText(func(q *assets.Query, v string) { q.Types = []assets.Type{assets.Type(v)} })},
		"status":             {good: "draft", many: true, bad: []string{marked, "Draft", textOf(300)}, inGo: asText(func(q *assets.Query, v string) { q.Statuses = []assets.Status{assets.Status(v)} })},
		"asset_id":           {good: unknownID, many: true, bad: []string{marked, unknownID + "0", textOf(300)}, inGo: asText(func(q *assets.Query, v string) { q.IDs = []assets.ID{assets.ID(v)} })},
		"agent_slug":         {good: "a-b", bad: []string{"Zqzq", "zqzq_", textOf(256)}, inGo: asText(func(q *assets.Query, v string) { q.AgentSlug = v })},
		"run_id":             hostParameter(func(q *assets.Query, v string) { q.RunID = v }),
		"campaign_id":        hostParameter(func(q *assets.Query, v string) { q.CampaignID = v }),
		"brand_id":           hostParameter(func(q *assets.Query, v string) { q.BrandID = v }),
		"brief_id":           hostParameter(func(q *assets.Query, v string) { q.BriefID = v }),
		"perspective":        {good: "current", bad: []string{marked, "Approved", "approved,current"}, inGo: asText(func(q *assets.Query, v string) { q.Perspective = assets.Perspective(v) })},
		"created_by":         hostParameter(func(q *assets.Query, v string) { q.CreatedBy = v }),
		"last_action":        {good: "request_changes", bad: []string{marked, "comment", "Approve"}, inGo: asText(func(q *assets.Query, v string) { q.LastAction = assets.Action(v) })},
		"media_type":         {good: "text/plain", bad: []string{marked, "text/", "image/*", "zqzq/" + textOf(300)}, inGo: asText(func(q *assets.Query, v string) { q.MediaType = v })},
		"sort":               {good: "created", bad: []string{marked, "submitted", "Created", "title"}, inGo: asText(func(q *assets.Query, v string) { q.Sort = assets.Sort(v) })},
		"include_text":       {good: "true", bad: []string{marked, "1", "True"}},
		"preview_width":      renditionWidth,
		"tag":                {good: "k:v", many: true, bad: []string{marked, ":" + marked, marked + ":", "Zqzq:a", "k: ", "k:zqzq\n", "k:" + textOf(201)}, inGo: tagInGo},
		"q":                  {good: "spring s", bad: []string{textOf(201)}, inGo: asText(func(q *assets.Query, v string) { q.Search = v })},
		"created_after":      instant,
		"created_before":     instant,
		"order":              {good: "asc", bad: []string{marked, "ASC", "ascending"}},
		"limit":              pageLimit,
		"cursor":             {},
		"include_total":      {good: "true", bad: []string{marked, "1", "True"}},
		"preview_expires_in": withGo(lifetime, func(d time.Duration) assets.Query { return assets.Query{PreviewExpiresIn: d} }),
	},
	"list_asset_tags": {"key": {good: "k", bad: []string{"Zqzq", "zq:zq", textOf(65)}}, "limit": pageLimit, "cursor": {}},
	"list_exports":    {"limit": pageLimit, "cursor": {}},
	"list_webhooks":   {"limit": pageLimit, "cursor": {}},
	"list_webhook_deliveries": {
		"state": {good: "failed", bad: []string{marked, "Failed", "lost"}}, "limit": pageLimit, "cursor": {},
	},
	"list_events":           eventParameters,
	"stream_events":         eventParameters,
	"list_asset_versions":   {"limit": pageLimit, "cursor": {}},
	"list_asset_reviews":    {"limit": pageLimit, "cursor": {}},
	"list_review_links":     {"limit": pageLimit, "cursor": {}},
	"diff_asset":            {"from": selector, "to": selector},
	"get_asset":             {"version": {good: "current", bad: []string{marked, "1", "Approved"}}},
	"preview_asset":         {"version": selector, "width": renditionWidth, "download": {good: "1", bad: []string{marked, "0", "true"}}},
	"explain_asset":         {"version": selector},
	"get_asset_preview_url": {"version": selector, "expires_in": lifetime, "width": renditionWidth},
}

// allQueries has the parameters of every operation. Counts have the filters of a list.
func allQueries() map[string]map[string]parameter {
	all, counts := maps.Clone(queries), map[string]parameter{}
	for _, name := range filters() {
		counts[name] = queries["list_assets"][name]
	}
	all["count_assets"] = counts
	return all
}

// filters returns the names of the filters of a list, without its status.
func filters() []string {
	return []string{
		"type", "asset_id", "agent_slug", "run_id", "campaign_id", "brand_id", "brief_id", "created_by", "last_action", "media_type",
		"tag", "q", "created_after", "created_before",
	}
}

func tagInGo(value string) (assets.Query, bool) {
	key, value, ok := strings.Cut(value, ":")
	return assets.Query{Tags: []assets.Tag{{Key: key, Value: value}}}, ok && key != "" && value != ""
}

// withGo adds the query in Go to a parameter whose limit the Library checks too.
func withGo(p parameter, query func(time.Duration) assets.Query) parameter {
	p.inGo = func(value string) (assets.Query, bool) { return query(604801 * time.Second), value == "604801" }
	return p
}

// get sends a GET request with a raw query.
func (srv *invalidServer) get(path, query string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(srv.TB.Context(), "GET", base+srv.Fill(path), nil)
	r.URL.RawQuery = query
	r.Header.Set("Authorization", "Bearer "+srv.Bearers["owner"])
	rec := httptest.NewRecorder()
	srv.Mux.ServeHTTP(rec, r)
	return rec
}

func TestInvalidQueries(t *testing.T) {
	queries := allQueries()
	for name, parameters := range queries {
		t.Run(name, func(t *testing.T) {
			backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
				srv := newInvalidServer(t, db)
				op := srv.operation(name)
				path := op.Path
				before := srv.traces(t)
				all, good := url.Values{}, url.Values{}
				for param, p := range parameters {
					t.Run(param, func(t *testing.T) { srv.refuseQueries(t, path, param, p) })
					if p.good != "" {
						all.Set(param, "\x00"+marked)
						good.Set(param, p.good)
					}
				}
				checkRefusal(t, srv.get(ownPath(path), all.Encode()), 422, "query", slices.Sorted(maps.Keys(all)))
				if !op.Stream { // which would not end
					want{Status: 200}.Check(t, srv.Server, srv.get(ownPath(path), good.Encode()))
				}
				if diff := cmp.Diff(before, srv.traces(t)); diff != "" {
					t.Errorf("refused requests left traces: %s", diff)
				}
			})
		})
	}
}

func (srv *invalidServer) refuseQueries(t *testing.T, path, param string, p parameter) {
	path = ownPath(path)
	try := func(query string, locs ...string) []assets.FieldError {
		t.Helper()
		problems := checkRefusal(t, srv.get(path, query), 422, "query", locs)
		if t.Failed() {
			t.Fatalf("%s?%.200s", path, query)
		}
		return problems
	}
	good := url.QueryEscape(p.good)
	if p.good == "" { // an invalid cursor has an error code of its own
		good = marked
		want{Status: 400, Code: "invalid_cursor"}.Check(t, srv.Server, srv.get(path, param+"="+marked))
	}
	try(param+"=", param)
	try(param, param)
	upper := strings.ToUpper(param[:1]) + param[1:]
	try(upper+"="+good, upper)
	try(marked+"_member="+marked, marked+"_member")
	if !p.many {
		try(param+"="+good+"&"+param+"="+good, param)
	} else {
		try(strings.Repeat(param+"="+good+"&", 201), param)
	}
	want{Status: 400, Code: "bad_request"}.Check(t, srv.Server, srv.get(path, param+"=%zz"))
	want{Status: 400, Code: "bad_request"}.Check(t, srv.Server, srv.get(path, param+"="+marked+";"))
	bad := append([]string{marked + "\x00", marked + "\xff", marked + "\xed\xa0\x80"}, p.bad...)
	for _, value := range bad {
		overHTTP := try(param+"="+url.QueryEscape(value), param)
		if p.inGo == nil {
			continue
		}
		if q, ok := p.inGo(value); ok && !distinct(param, value) {
			_, err := srv.Lib.List(t.Context(), resttest.Maker("w1"), q)
			checkSameInGo(t, overHTTP, err)
		}
	}
}

// ownPath returns a path of an operation with the variables of an invalidServer.
func ownPath(path string) string {
	return strings.NewReplacer("{asset_id}", "{id}", "{webhook_id}", "{webhook}").Replace(path)
}

// distinct reports whether the Library's error differs: it treats invalid text in a list
// of names as an unknown name.
func distinct(param, value string) bool {
	return slices.Contains([]string{"type", "status", "asset_id", "perspective", "sort", "last_action"}, param) && unencodable(value)
}

// unencodable reports whether no store can keep a text.
func unencodable(value string) bool {
	return !utf8.ValidString(value) || strings.Contains(value, "\x00")
}

// operation returns the operation of a name.
func (srv *invalidServer) operation(name string) rest.Operation {
	own, _ := httpx.Operations(srv.Lib)
	for _, op := range own {
		if op.Name == name {
			return op
		}
	}
	srv.TB.Fatalf("no operation %s", name)
	return rest.Operation{}
}

// TestInvalidQueriesCoverEveryParameter fails for a query parameter that is not in the
// tables, and for an operation whose input is not in Inputs.
func TestInvalidQueriesCoverEveryParameter(t *testing.T) {
	t.Parallel()
	own, public := httpx.Operations(resttest.New(t).Lib)
	inputs, queries := httpx.Inputs(), allQueries()
	for _, op := range slices.Concat(own, public) {
		in, ok := inputs[op.Name]
		if !ok && len(op.Scopes)+len(public) > 0 && strings.Contains(op.Path, "{") {
			t.Errorf("the input of %s is not known", op.Name)
		}
		if !ok || op.AnyParameter {
			continue
		}
		for _, name := range tagsOf(in, "query") {
			if _, ok := queries[op.Name][name]; !ok {
				t.Errorf("%s: the parameter %s is not in the table", op.Name, name)
			}
		}
	}
}

// tagsOf returns the parameters of an input from one source, such as query.
func tagsOf(in reflect.Type, source string) (names []string) {
	for _, f := range reflect.VisibleFields(in) {
		if name := f.Tag.Get(source); name != "" {
			names = append(names, name)
		}
	}
	return names
}
