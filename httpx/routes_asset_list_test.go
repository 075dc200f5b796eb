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

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/searchwords"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/store/memory"
)

// page is one answer of a list.
type page struct {
	Items []struct {
		ID        assets.ID `json:"id"`
		CreatedAt string    `json:"created_at"`
	} `json:"items"`
	Next  *string `json:"next_cursor"`
	Total *int64  `json:"total"`
}

func (b *bench) list(key, query string) page {
	b.t.Helper()
	rec := b.send(call{method: "GET", path: base + "?" + query, as: b.bearers[key]})
	var p page
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || rec.Code != http.StatusOK {
		b.t.Fatalf("%s: %d %s", query, rec.Code, rec.Body)
	}
	return p
}

func (p page) ids() []assets.ID {
	ids := make([]assets.ID, len(p.Items))
	for i, item := range p.Items {
		ids[i] = item.ID
	}
	return ids
}

// text makes an asset with tags.
func (b *bench) text(workspace string, in assets.NewAsset) assets.ID {
	b.t.Helper()
	in.Type, in.Title = assets.TypeCopy, "Launch"
	if in.Text == "" {
		in.Text = "words"
	}
	made, err := b.lib.Create(b.t.Context(), maker(workspace), in)
	if err != nil {
		b.t.Fatal(err)
	}
	return made.ID
}

// TestLST02OneMillisecond: rows of one millisecond from two processes are
// walked once each, in both orders, while the row of the cursor is deleted.
func TestLST02OneMillisecond(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		at := time.UnixMilli(1_770_000_000_000)
		frozen := func(c *assets.Config, _ *httpx.Options) { c.Now = func() time.Time { return at } }
		one, two := newBench(t, db, frozen), newBench(t, db, frozen)
		var made []assets.ID
		for range 250 {
			made = append(made, one.text("w1", assets.NewAsset{}), two.text("w1", assets.NewAsset{}))
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
				p := one.list("read", query+next)
				walked = append(walked, p.ids()...)
				if p.Next == nil {
					break
				}
				next = "&cursor=" + *p.Next
				if len(walked) == 70 { // the next page continues behind a row that is gone
					gone := walked[69]
					if err := two.lib.Delete(t.Context(), maker("w1"), gone, nil); err != nil {
						t.Fatal(err)
					}
					made = slices.DeleteFunc(made, func(id assets.ID) bool { return id == gone })
				}
				one, two = two, one // any process knows the cursor
			}
			if !slices.Equal(walked, want) {
				t.Errorf("%s: walked %d, want %d", order, len(walked), len(want))
			}
		}
	})
}

func TestLST03Cursors(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		for range 5 {
			b.text("w1", assets.NewAsset{Tags: assets.Tags{"lang": {"en"}}})
		}
		b.asset("w2", "draft")
		cursor := *b.list("read", "limit=2&tag=lang:en").Next
		get := func(b *bench, key, query string) call {
			return call{method: "GET", path: base + "?" + query, as: b.bearers[key]}
		}
		invalid := want{status: 400, code: "invalid_cursor"}
		flipped := []byte(cursor)
		for i := range flipped {
			flipped[i] ^= 1
			invalid.check(t, b.world, b.send(get(b, "read", "tag=lang:en&cursor="+url.QueryEscape(string(flipped)))))
			flipped[i] ^= 1
			if i > 0 {
				invalid.check(t, b.world, b.send(get(b, "read", "tag=lang:en&cursor="+cursor[:i])))
			}
		}
		for name, query := range map[string]string{
			"1 MB": "tag=lang:en&cursor=" + strings.Repeat("A", 1<<20), "another filter": "tag=lang:de&cursor=" + cursor, "no filter": "cursor=" + cursor,
			"another order": "tag=lang:en&order=asc&cursor=" + cursor, "another perspective": "tag=lang:en&status=approved&cursor=" + cursor,
			"longer": "tag=lang:en&cursor=" + cursor + "A",
		} {
			t.Run(name, func(t *testing.T) { invalid.check(t, b.world, b.send(get(b, "read", query))) })
		}
		invalid.check(t, b.world, b.send(get(b, "other", "tag=lang:en&cursor="+cursor))) // TEN05
		invalid.check(t, b.world, b.send(call{method: "GET", path: base + "/tags?cursor=" + cursor, as: b.bearers["read"]}))
		elsewhere := newBench(t, db) // after a restart, or in another process
		if n := len(elsewhere.list("read", "limit=9&tag=lang:en&cursor="+cursor).Items); n != 3 {
			t.Errorf("%d items behind an intact cursor", n)
		}
		rotated := newBench(t, db, func(c *assets.Config, _ *httpx.Options) { c.SigningKeys = [][]byte{bytes.Repeat([]byte{8}, 32)} })
		invalid.check(t, rotated.world, rotated.send(get(rotated, "read", "tag=lang:en&cursor="+cursor)))
	})
}

// TestTEN06SameWordsInBoth: nothing of another workspace is found or counted.
func TestTEN06SameWordsInBoth(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newTenants(t, db)
		in := assets.NewAsset{Tags: assets.Tags{"lang": {"en"}, "both": {"x", "y"}}, CampaignID: "c"}
		in.Provenance = assets.Provenance{AgentSlug: "bot", RunID: "r", BrandID: "b", BriefID: "f"}
		own := b.text("w1", in)
		for range 3 {
			id := b.text("w2", in)
			if _, err := b.lib.Review(t.Context(), maker("w2"), id, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
				t.Fatal(err)
			}
		}
		for _, query := range []string{"", "tag=lang:en", "tag=both:*&tag=lang:*", "run_id=r", "agent_slug=bot", "campaign_id=c", "brand_id=b", "brief_id=f", "type=copy", "status=draft"} {
			p := b.list("read", "include_total=true&"+query)
			if !slices.Equal(p.ids(), []assets.ID{own}) || *p.Total != 1 {
				t.Errorf("%q: %v of %d", query, p.ids(), *p.Total)
			}
		}
		if p := b.list("read", "status=approved&include_total=true"); len(p.Items) != 0 || *p.Total != 0 {
			t.Errorf("approved elsewhere: %v", p)
		}
		for key, n := range map[string]int{"read": 1, "other": 3} {
			rec := b.send(call{method: "GET", path: base + "/tags", as: b.bearers[key]})
			items := fmt.Sprintf(`{"items":[{"key":"both","value":"x","count":%[1]d},{"key":"both","value":"y","count":%[1]d},{"key":"lang","value":"en","count":%[1]d}],`, n)
			want{status: 200, body: []string{items}}.check(t, b.world, rec)
		}
	})
}

// FuzzTagFilter: whatever a filter holds, it is a list or 422 at the
// parameter, and what it finds has the tag.
func FuzzTagFilter(f *testing.F) {
	for _, seed := range []string{"k:v", "k:*", "k:a:b", "k:", ":v", "k", "K:v", "k: v ", "k:\x00", "k:\xff", "k:e\u0301", "a.b-c_d:\"", "k:**", strings.Repeat("k", 65) + ":v"} {
		f.Add(seed)
	}
	b := newBench(f, memory.New())
	b.text("w1", assets.NewAsset{Tags: assets.Tags{"k": {"v", "a:b", "é"}, "other": {"*"}}})
	f.Fuzz(func(t *testing.T, tag string) {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, base+"?"+url.Values{"tag": {tag}}.Encode(), nil)
		r.Header.Set("Authorization", "Bearer "+b.bearers["read"])
		b.mux.ServeHTTP(rec, r)
		switch rec.Code {
		case http.StatusOK:
			found := strings.Contains(rec.Body.String(), `"items":[{`)
			key, value, _ := strings.Cut(tag, ":")
			has := value == "*" && (key == "k" || key == "other") || key == "k" && slices.Contains([]string{"v", "a:b", "é"}, searchwords.NFC(strings.TrimSpace(value)))
			if found != has {
				t.Errorf("%q finds it: %v", tag, found)
			}
		case http.StatusUnprocessableEntity:
			if got := locs(t, rec.Body.Bytes()); !slices.Equal(got, []string{"query.tag"}) {
				t.Errorf("%q: %s", tag, rec.Body)
			}
		default:
			t.Errorf("%q: %d %s", tag, rec.Code, rec.Body)
		}
	})
}
