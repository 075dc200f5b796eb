package httpx_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/backends"
)

// taggedCopies is a world with three copies of ann's, the last one archived,
// and one of another workspace.
func taggedCopies(t testing.TB, opts ...option) *world {
	t.Helper()
	w := newWorld(t, opts...)
	w.vars["base"] = base
	for _, c := range []struct{ as, tags string }{
		{"ann", `{"channel":["web","mail"]}`},
		{"ann", `{"channel":["Web","web"],"locale":["de"]}`},
		{"other", `{"channel":["web"],"foreign":["x"]}`},
		{"ann", `{"channel":["web"],"archived":["x"]}`},
	} {
		made := w.must(201, call{method: "POST", path: base, as: c.as, body: `{"type":"copy","title":"t","text":"x","tags":` + c.tags + `}`})
		w.vars["id"], _ = made["id"].(string)
	}
	w.must(200, call{method: "POST", path: "{base}/{id}/approval", as: "ann", body: `{"action":"archive"}`})
	return w
}

func TestTotal(t *testing.T) {
	t.Parallel()
	run(t, taggedCopies, []scenario{
		{"TEN06 asked", call{method: "GET", path: "{base}?include_total=true&limit=1", as: "reader"}, want{status: 200, body: []string{`"total":3}`}}},
		{"TEN06 of a filter", call{method: "GET", path: "{base}?include_total=true&tag=channel:mail", as: "reader"}, want{status: 200, body: []string{`"total":1}`}}},
		{"of nothing", call{method: "GET", path: "{base}?include_total=true&status=approved", as: "reader"}, want{status: 200, body: []string{`{"items":[],"next_cursor":null,"total":0}`}}},
		{"not asked", call{method: "GET", path: "{base}?include_total=false", as: "reader"}, want{status: 200, body: []string{`"total":null}`}}},
		{"LST05 other words", call{method: "GET", path: "{base}?include_total=True", as: "reader"}, want{status: 422, locs: []string{"query.include_total"}}},
		{"LST05 a number", call{method: "GET", path: "{base}?include_total=1", as: "reader"}, want{status: 422, locs: []string{"query.include_total"}}},
		{"LST05 empty, then twice", call{method: "GET", path: "{base}?include_total=&limit=1&limit=1&status=", as: "reader"}, want{status: 422, locs: []string{"query.include_total", "query.limit", "query.status"}}},
		{"LST05 misspelt", call{method: "GET", path: "{base}?include_totals=true", as: "reader"}, want{status: 422, locs: []string{"query.include_totals"}}},
	})
}

func TestTags(t *testing.T) {
	t.Parallel()
	run(t, taggedCopies, []scenario{
		{"TEN06 all", call{method: "GET", path: "{base}/tags", as: "reader"}, want{status: 200, body: []string{
			`{"items":[{"key":"channel","value":"Web","count":1},{"key":"channel","value":"mail","count":1},` +
				`{"key":"channel","value":"web","count":2},{"key":"locale","value":"de","count":1}],"next_cursor":null}`,
		}}},
		{"TEN06 another workspace's", call{method: "GET", path: "{base}/tags", as: "other"}, want{status: 200, body: []string{
			`{"items":[{"key":"channel","value":"web","count":1},{"key":"foreign","value":"x","count":1}],"next_cursor":null}`,
		}}},
		{"one key", call{method: "GET", path: "{base}/tags?key=locale", as: "reader"}, want{status: 200, body: []string{`{"items":[{"key":"locale","value":"de","count":1}],"next_cursor":null}`}}},
		{"a key of archived assets", call{method: "GET", path: "{base}/tags?key=archived", as: "reader"}, want{status: 200, body: []string{`{"items":[],"next_cursor":null}`}}},
		{"a limit above 200", call{method: "GET", path: "{base}/tags?limit=1000", as: "reader"}, want{status: 200}},
		{"all at once", call{method: "GET", path: "{base}/tags?key=A&limit=0&kee=x", as: "reader"}, want{status: 422, locs: []string{"query.kee", "query.key", "query.limit"}}},
		{"empty", call{method: "GET", path: "{base}/tags?key=&cursor=&limit=", as: "reader"}, want{status: 422, locs: []string{"query.cursor", "query.key", "query.limit"}}},
		{"LST03 cursor", call{method: "GET", path: "{base}/tags?cursor=abc", as: "reader"}, want{status: 400, code: "invalid_cursor"}},
		{"no credential", call{method: "GET", path: "{base}/tags"}, want{status: 401, code: "unauthorized"}},
		{"DELETE is not that of an asset", call{method: "DELETE", path: "{base}/tags", as: "ann"}, want{status: 405, code: "method_not_allowed", header: map[string]string{"Allow": "GET, HEAD"}}},
		{"PATCH is not that of an asset", call{method: "PATCH", path: "{base}/tags", as: "ann", body: `{}`}, want{status: 405, code: "method_not_allowed", header: map[string]string{"Allow": "GET, HEAD"}}},
		{"no final slash", call{method: "GET", path: "{base}/tags/", as: "reader"}, want{status: 404, code: "not_found"}},
	})
}

// TestTagWalk follows next_cursor by one tag at a time.
func TestTagWalk(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := taggedCopies(t, on(db))
		var got []string
		for cursor := ""; ; {
			page := w.must(200, call{method: "GET", path: "{base}/tags?limit=1" + cursor, as: "reader"})
			items, _ := page["items"].([]any)
			for _, item := range items {
				tag, _ := item.(map[string]any)
				got = append(got, tag["key"].(string)+":"+tag["value"].(string))
			}
			next, more := page["next_cursor"].(string)
			if !more {
				break
			}
			cursor = "&cursor=" + next
		}
		if want := []string{"channel:Web", "channel:mail", "channel:web", "locale:de"}; !slices.Equal(got, want) {
			t.Errorf("walked %q, want %q", got, want)
		}
	})
}

func TestLST04TimeBounds(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := newWorld(t, on(db))
		id := w.create("t", "x")
		created, _ := w.must(200, call{method: "GET", path: base + "/" + id, as: "reader"})["created_at"].(string)
		for _, c := range []struct {
			name, bound, value string
			items              int // -1: refused
		}{
			{"equal to a row, inclusive", "created_after", created, 1},
			{"equal to a row, exclusive", "created_before", created, 0},
			{"another zone, inclusive", "created_after", inZone(t, created, 2), 1},
			{"another zone, exclusive", "created_before", inZone(t, created, 2), 0},
			{"a millisecond on", "created_after", later(t, created), 0},
			{"a millisecond on, before", "created_before", later(t, created), 1},
			{"no zone", "created_after", strings.TrimSuffix(created, "Z"), -1},
			{"a date", "created_before", created[:10], -1},
		} {
			path := base + "?" + url.Values{c.bound: {c.value}}.Encode()
			if c.items < 0 {
				want{status: 422, locs: []string{"query." + c.bound}}.check(t, w, w.send(call{method: "GET", path: path, as: "reader"}))
				continue
			}
			if items, _ := w.must(200, call{method: "GET", path: path, as: "reader"})["items"].([]any); len(items) != c.items {
				t.Errorf("%s: %d assets, want %d", c.name, len(items), c.items)
			}
		}
		raw := base + "?created_after=2026-01-31T09:00:00+02:00" // a raw + is a space
		want{status: 422, locs: []string{"query.created_after"}}.check(t, w, w.send(call{method: "GET", path: raw, as: "reader"}))
	})
}

// TestLST06TagsAreLiteral: what a query language would read as its own is the
// value of a tag, and the first colon ends the key.
func TestLST06TagsAreLiteral(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := newWorld(t, on(db))
		values := []string{`"`, "a AND", "NEAR(", ":*", "%", "_", `\`, "😀", "a:b", "a", "'", "a%", "A"}
		ids := map[string]string{}
		for _, value := range values {
			body, err := json.Marshal(map[string]any{"type": "copy", "title": "t", "text": "x", "tags": map[string][]string{"k": {value}}})
			if err != nil {
				t.Fatal(err)
			}
			ids[value], _ = w.must(201, call{method: "POST", path: base, as: "writer", body: string(body)})["id"].(string)
		}
		for value, id := range ids {
			list := w.must(200, call{method: "GET", path: base + "?" + url.Values{"tag": {"k:" + value}}.Encode(), as: "reader"})
			items, _ := list["items"].([]any)
			if len(items) != 1 || items[0].(map[string]any)["id"] != id {
				t.Errorf("tag k:%s finds %d assets, want its own", value, len(items))
			}
		}
		if items, _ := w.must(200, call{method: "GET", path: base + "?tag=k:*", as: "reader"})["items"].([]any); len(items) != len(values) {
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

// TestLST06SearchesAreLiteral: whatever a search holds, it is an answer, and
// what a query language would read as its own finds words or nothing.
func TestLST06SearchesAreLiteral(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := newWorld(t, on(db))
		id := w.create("A and near", `"quoted" 100% _x_ k:a:b`)
		w.create("else", "nothing")
		for q, finds := range map[string]bool{
			`"`: false, "a AND": true, "NEAR(": true, ":*": false, "%": false, "_": false, `\`: false, "😀": false, "k:a:b": true,
			`"quoted"`: true, `"quo`: true, "100%": true, "_x_": true, "a AND NOT near": false, "'": false, "*": false, "a*": true,
			"(((": false, "a'b": true, "x: y": false, "-": false, "a -near": true, "\u202eabc": false, "ÀND": true, strings.Repeat("(", 200): false,
		} {
			page := w.must(200, call{method: "GET", path: base + "?" + url.Values{"q": {q}, "include_total": {"true"}}.Encode(), as: "reader"})
			items, _ := page["items"].([]any)
			if found := len(items) == 1 && items[0].(map[string]any)["id"] == id; found != finds || !finds && len(items) != 0 {
				t.Errorf("%q finds %d of 2, among them the one: %t", q, len(items), found)
			}
		}
		for _, query := range []string{"q=", "q=a&q=b", "Q=a", "q=%FF", "q=%00", "q=" + strings.Repeat("a", 201)} {
			loc := "query." + query[:1]
			want{status: 422, locs: []string{loc}}.check(t, w, w.send(call{method: "GET", path: base + "?" + query, as: "reader"}))
		}
	})
}

// TestLST03SearchBindsTheCursor: it goes on with the same words alone.
func TestLST03SearchBindsTheCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.create("Spring sale", "x")
	}
	page := w.must(200, call{method: "GET", path: base + "?limit=2&q=spring+sale", as: "reader"})
	cursor, _ := page["next_cursor"].(string)
	rest := w.must(200, call{method: "GET", path: base + "?limit=2&q=SPRING,+sale&cursor=" + cursor, as: "reader"})
	if items, _ := rest["items"].([]any); len(items) != 1 {
		t.Errorf("%d behind the cursor", len(items))
	}
	for _, query := range []string{"", "q=sale+spring&", "q=spring&", "q=%21&"} {
		want{status: 400, code: "invalid_cursor"}.check(t, w, w.send(call{method: "GET", path: base + "?" + query + "cursor=" + cursor, as: "reader"}))
	}
}
