package httpx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/searchwords"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/store/memory"
)

func TestListTotal(t *testing.T) {
	t.Parallel()
	run(t, newTagged, []scenario{
		{"TEN06 requested", call{Method: "GET", Path: "{base}?include_total=true&limit=1", As: "reader"}, want{Status: 200, Body: []string{`"total":3}`}}},
		{"TEN06 of a filter", call{Method: "GET", Path: "{base}?include_total=true&tag=channel:mail", As: "reader"}, want{Status: 200, Body: []string{`"total":1}`}}},
		{"of nothing", call{Method: "GET", Path: "{base}?include_total=true&status=approved", As: "reader"}, want{Status: 200, Body: []string{`{"items":[],"next_cursor":null,"total":0}`}}},
		{"not requested", call{Method: "GET", Path: "{base}?include_total=false", As: "reader"}, want{Status: 200, Body: []string{`"total":null}`}}},
		{"LST05 other words", call{Method: "GET", Path: "{base}?include_total=True", As: "reader"}, want{Status: 422, Locs: []string{"query.include_total"}}},
		{"LST05 a number", call{Method: "GET", Path: "{base}?include_total=1", As: "reader"}, want{Status: 422, Locs: []string{"query.include_total"}}},
		{"LST05 empty, then twice", call{Method: "GET", Path: "{base}?include_total=&limit=1&limit=1&status=", As: "reader"}, want{Status: 422, Locs: []string{"query.include_total", "query.limit", "query.status"}}},
		{"LST05 misspelt", call{Method: "GET", Path: "{base}?include_totals=true", As: "reader"}, want{Status: 422, Locs: []string{"query.include_totals"}}},
	})
}

// TestListShowsDecisions: items of a list have what waits and what was decided last, and
// their texts on request.
func TestListShowsDecisions(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	id := srv.CreateText("t", "first \"draft\"")
	srv.Must(200, call{Method: "POST", Path: base + "/" + id + "/approval", As: "writer", Body: `{"action":"submit","comment":"please"}`})
	item := func(query string) map[string]any {
		t.Helper()
		items, _ := srv.Must(200, call{Method: "GET", Path: base + "?" + query, As: "reader"})["items"].([]any)
		if len(items) != 1 {
			t.Fatalf("%s: %d items", query, len(items))
		}
		return items[0].(map[string]any)
	}
	waiting := item("status=pending_review&sort=submitted&order=asc&last_action=submit&include_text=true&media_type=text/plain")
	at := waiting["submitted"].(map[string]any)["at"]
	for name, want := range map[string]any{
		"text":        `first "draft"`,
		"submitted":   map[string]any{"version": 1.0, "at": at, "by": waiting["last_review"].(map[string]any)["by"]},
		"last_review": map[string]any{"action": "submit", "version": 1.0, "by": waiting["created_by"], "by_kind": "service", "at": at, "comment": "please"},
	} {
		if diff := cmp.Diff(want, waiting[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	srv.Must(200, call{Method: "POST", Path: base + "/" + id + "/approval", As: "ann", Body: `{"action":"approve","version":1}`})
	srv.Must(201, call{Method: "POST", Path: base + "/" + id + "/versions", As: "writer", Body: `{"text":"second"}`})
	for query, want := range map[string]string{
		"perspective=current&status=draft&status=approved": "2",
		"perspective=approved":                             "1",
	} {
		got := item(query)
		if fmt.Sprint(got["version"]) != want || got["submitted"] != nil || got["last_review"].(map[string]any)["action"] != "approve" {
			t.Errorf("%s: %v", query, got)
		}
		if _, ok := got["text"]; ok {
			t.Errorf("%s: it has a text", query)
		}
	}
	run(t, newTagged, []scenario{
		{"LST05 problems of all new parameters", call{Method: "GET", Path: "{base}?perspective=approved&status=draft&sort=submitted&last_action=x&media_type=x&preview_width=640&include_text=1", As: "reader"}, want{Status: 422, Locs: []string{"query.include_text", "query.last_action", "query.media_type", "query.perspective", "query.preview_width", "query.sort"}}},
		{"allowed values", call{Method: "GET", Path: "{base}?last_action=comment", As: "reader"}, want{Status: 422, Body: []string{`"msg":"must be submit, approve, request_changes, archive or reopen","type":"not_allowed"`}}},
		{"no such parameter", call{Method: "GET", Path: "{base}?creator=ann", As: "reader"}, want{Status: 422, Body: []string{`"no such parameter; the parameters are type, asset_id, `, `"type":"unknown_field"`}}},
	})
}

func TestListByTimeLST04(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.New(t, resttest.WithDatabase(db))
		id := srv.CreateText("t", "x")
		created, _ := srv.Must(200, call{Method: "GET", Path: base + "/" + id, As: "reader"})["created_at"].(string)
		for _, c := range []struct {
			name, bound, value string
			items              int // -1 if the request is refused
		}{
			{"equal to a row, inclusive", "created_after", created, 1},
			{"equal to a row, exclusive", "created_before", created, 0},
			{"another zone, inclusive", "created_after", inZone(t, created, 2), 1},
			{"another zone, exclusive", "created_before", inZone(t, created, 2), 0},
			{"lower case FIL09", "created_after", strings.ToLower(created), 1},
			{"lower case, another zone FIL09", "created_before", strings.ToLower(inZone(t, created, 2)), 0},
			{"a millisecond on", "created_after", later(t, created), 0},
			{"a millisecond on, before", "created_before", later(t, created), 1},
			{"no zone", "created_after", strings.TrimSuffix(created, "Z"), -1},
			{"a date", "created_before", created[:10], -1},
		} {
			t.Run(c.name, func(t *testing.T) {
				path := base + "?" + url.Values{c.bound: {c.value}}.Encode()
				if c.items < 0 {
					want{Status: 422, Locs: []string{"query." + c.bound}}.Check(t, srv, srv.Send(call{Method: "GET", Path: path, As: "reader"}))
					return
				}
				if items, _ := srv.Must(200, call{Method: "GET", Path: path, As: "reader"})["items"].([]any); len(items) != c.items {
					t.Errorf("%d assets, want %d", len(items), c.items)
				}
			})
		}
		raw := base + "?created_after=2026-01-31T09:00:00+02:00" // an unescaped + is a space
		want{Status: 422, Locs: []string{"query.created_after"}}.Check(t, srv, srv.Send(call{Method: "GET", Path: raw, As: "reader"}))
	})
}

// TestTagFiltersAreLiteralLST06: characters that are special in query languages are
// ordinary in the value of a tag, and the first colon ends the key.
func TestTagFiltersAreLiteralLST06(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.New(t, resttest.WithDatabase(db))
		values := []string{`"`, "a AND", "NEAR(", ":*", "%", "_", `\`, "😀", "a:b", "a", "'", "a%", "A"}
		ids := map[string]string{}
		for _, value := range values {
			body, err := json.Marshal(map[string]any{"type": "copy", "title": "t", "text": "x", "tags": map[string][]string{"k": {value}}})
			if err != nil {
				t.Fatal(err)
			}
			ids[value], _ = srv.Must(201, call{Method: "POST", Path: base, As: "writer", Body: string(body)})["id"].(string)
		}
		for value, id := range ids {
			list := srv.Must(200, call{Method: "GET", Path: base + "?" + url.Values{"tag": {"k:" + value}}.Encode(), As: "reader"})
			items, _ := list["items"].([]any)
			if len(items) != 1 || items[0].(map[string]any)["id"] != id {
				t.Errorf("tag k:%s finds %d assets, want its own", value, len(items))
			}
		}
		if items, _ := srv.Must(200, call{Method: "GET", Path: base + "?tag=k:*", As: "reader"})["items"].([]any); len(items) != len(values) {
			t.Errorf("tag k:* finds %d assets, want %d", len(items), len(values))
		}
	})
}

func inZone(t *testing.T, instant string, hours int) string {
	t.Helper()
	return parse(t, instant).In(time.FixedZone("", hours*3600)).Format(time.RFC3339Nano)
}

func later(t *testing.T, instant string) string {
	t.Helper()
	return parse(t, instant).Add(time.Millisecond).Format(time.RFC3339Nano)
}

func parse(t *testing.T, instant string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestSearchesAreLiteralLST06: no search text is an error, and characters that are special
// in query languages are not interpreted.
func TestSearchesAreLiteralLST06(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.New(t, resttest.WithDatabase(db))
		id := srv.CreateText("A and near", `"quoted" 100% _x_ k:a:b`)
		srv.CreateText("else", "nothing")
		for q, finds := range map[string]bool{
			`"`: false, "a AND": true, "NEAR(": true, ":*": false, "%": false, "_": false, `\`: false, "😀": false, "k:a:b": true,
			`"quoted"`: true, `"quo`: true, "100%": true, "_x_": true, "a AND NOT near": false, "'": false, "*": false, "a*": true,
			"(((": false, "a'b": true, "x: y": false, "-": false, "a -near": true, "\u202eabc": false, "ÀND": true, strings.Repeat("(", 200): false,
		} {
			page := srv.Must(200, call{Method: "GET", Path: base + "?" + url.Values{"q": {q}, "include_total": {"true"}}.Encode(), As: "reader"})
			items, _ := page["items"].([]any)
			if found := len(items) == 1 && items[0].(map[string]any)["id"] == id; found != finds || !finds && len(items) != 0 {
				t.Errorf("%q finds %d of 2, among them the one: %t", q, len(items), found)
			}
		}
		for _, query := range []string{"q=", "q=a&q=b", "Q=a", "q=%FF", "q=%00", "q=" + strings.Repeat("a", 201)} {
			loc := "query." + query[:1]
			want{Status: 422, Locs: []string{loc}}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "?" + query, As: "reader"}))
		}
	})
}

// TestCursorIsBoundToTheSearchLST03: a cursor is valid only with the same search words.
func TestCursorIsBoundToTheSearchLST03(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	for range 3 {
		srv.CreateText("Spring sale", "x")
	}
	page := srv.Must(200, call{Method: "GET", Path: base + "?limit=2&q=spring+sale", As: "reader"})
	cursor, _ := page["next_cursor"].(string)
	rest := srv.Must(200, call{Method: "GET", Path: base + "?limit=2&q=SPRING,+sale&cursor=" + cursor, As: "reader"})
	if items, _ := rest["items"].([]any); len(items) != 1 {
		t.Errorf("%d items after the cursor", len(items))
	}
	for _, query := range []string{"", "q=sale+spring&", "q=spring&", "q=%21&"} {
		want{Status: 400, Code: "invalid_cursor"}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "?" + query + "cursor=" + cursor, As: "reader"}))
	}
}

// TestVolumeListOfOneMillisecondLST02: assets that two processes created within one millisecond
// are listed once each, in both orders, even if the asset of a cursor is deleted.
func TestVolumeListOfOneMillisecondLST02(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		at := time.UnixMilli(1_770_000_000_000)
		frozen := func(c *assets.Config, _ *httpx.Options) { c.Now = func() time.Time { return at } }
		one, two := resttest.NewWithKeys(t, db, frozen), resttest.NewWithKeys(t, db, frozen)
		var made []assets.ID
		for range 250 {
			made = append(made, one.CreateCopy("w1", assets.NewAsset{}), two.CreateCopy("w1", assets.NewAsset{}))
		}
		slices.Sort(made)
		for _, order := range []string{"asc", "desc"} {
			want := slices.Clone(made)
			if order == "desc" {
				slices.Reverse(want)
			}
			var walked []assets.ID
			query := "limit=7&order=" + order
			for next := ""; ; {
				p := one.List("read", query+next)
				walked = append(walked, p.IDs()...)
				if p.Next == nil {
					break
				}
				next = "&cursor=" + *p.Next
				if len(walked) == 70 { // the last asset of the page is deleted
					gone := walked[69]
					if err := two.Lib.Delete(t.Context(), resttest.Maker("w1"), gone, nil); err != nil {
						t.Fatal(err)
					}
					made = slices.DeleteFunc(made, func(id assets.ID) bool { return id == gone })
				}
				one, two = two, one // a cursor is valid in every process
			}
			if !slices.Equal(walked, want) {
				t.Errorf("%s: walked %d, want %d", order, len(walked), len(want))
			}
		}
	})
}

func TestInvalidCursorsLST03(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		for range 5 {
			srv.CreateCopy("w1", assets.NewAsset{Tags: assets.Tags{"lang": {"en"}}})
		}
		srv.CreateAsset("w2", "draft")
		cursor := *srv.List("read", "limit=2&tag=lang:en").Next
		get := func(srv *resttest.KeyServer, key, query string) call {
			return call{Method: "GET", Path: base + "?" + query, As: srv.Bearers[key]}
		}
		invalid := want{Status: 400, Code: "invalid_cursor"}
		flipped := []byte(cursor)
		for i := range flipped {
			flipped[i] ^= 1
			invalid.Check(t, srv.Server, srv.Send(get(srv, "read", "tag=lang:en&cursor="+url.QueryEscape(string(flipped)))))
			flipped[i] ^= 1
			if i > 0 {
				invalid.Check(t, srv.Server, srv.Send(get(srv, "read", "tag=lang:en&cursor="+cursor[:i])))
			}
		}
		for name, query := range map[string]string{
			"1 MB": "tag=lang:en&cursor=" + strings.Repeat("A", 1<<20), "another filter": "tag=lang:de&cursor=" + cursor, "no filter": "cursor=" + cursor,
			"another order": "tag=lang:en&order=asc&cursor=" + cursor, "another perspective": "tag=lang:en&status=approved&cursor=" + cursor,
			"longer": "tag=lang:en&cursor=" + cursor + "A",
		} {
			t.Run(name, func(t *testing.T) { invalid.Check(t, srv.Server, srv.Send(get(srv, "read", query))) })
		}
		invalid.Check(t, srv.Server, srv.Send(get(srv, "other", "tag=lang:en&cursor="+cursor))) // TEN05
		invalid.Check(t, srv.Server, srv.Send(call{Method: "GET", Path: base + "/tags?cursor=" + cursor, As: srv.Bearers["read"]}))
		elsewhere := resttest.NewWithKeys(t, db) // after a restart, or in another process
		if n := len(elsewhere.List("read", "limit=9&tag=lang:en&cursor="+cursor).Items); n != 3 {
			t.Errorf("%d items after a valid cursor", n)
		}
		rotated := resttest.NewWithKeys(t, db, func(c *assets.Config, _ *httpx.Options) { c.SigningKeys = [][]byte{bytes.Repeat([]byte{8}, 32)} })
		invalid.Check(t, rotated.Server, rotated.Send(get(rotated, "read", "tag=lang:en&cursor="+cursor)))
	})
}

// FuzzTagFilter sends any tag filter: the response is a list, or 422 at the parameter, and
// the assets in it have the tag.
func FuzzTagFilter(f *testing.F) {
	for _, seed := range []string{"k:v", "k:*", "k:a:b", "k:", ":v", "k", "K:v", "k: v ", "k:\x00", "k:\xff", "k:e\u0301", "a.b-c_d:\"", "k:**", strings.Repeat("k", 65) + ":v"} {
		f.Add(seed)
	}
	srv := resttest.NewWithKeys(f, memory.New())
	srv.CreateCopy("w1", assets.NewAsset{Tags: assets.Tags{"k": {"v", "a:b", "é"}, "other": {"*"}}})
	f.Fuzz(func(t *testing.T, tag string) {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, base+"?"+url.Values{"tag": {tag}}.Encode(), nil)
		r.Header.Set("Authorization", "Bearer "+srv.Bearers["read"])
		srv.Mux.ServeHTTP(rec, r)
		switch rec.Code {
		case http.StatusOK:
			found := strings.Contains(rec.Body.String(), `"items":[{`)
			key, value, _ := strings.Cut(tag, ":")
			has := value == "*" && (key == "k" || key == "other") || key == "k" && slices.Contains([]string{"v", "a:b", "é"}, searchwords.NFC(strings.TrimSpace(value)))
			if found != has {
				t.Errorf("%q finds it: %v", tag, found)
			}
		case http.StatusUnprocessableEntity:
			if got := resttest.ProblemLocs(t, rec.Body.Bytes()); !slices.Equal(got, []string{"query.tag"}) {
				t.Errorf("%q: %s", tag, rec.Body)
			}
		default:
			t.Errorf("%q: %d %s", tag, rec.Code, rec.Body)
		}
	})
}
