package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// lastQuery is a bun query hook that remembers the last statement.
type lastQuery struct{ text string }

func (*lastQuery) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (l *lastQuery) AfterQuery(_ context.Context, e *bun.QueryEvent)                  { l.text = e.Query }

// node is a step of a plan that was carried out.
type node struct {
	Type     string  `json:"Node Type"`
	Index    string  `json:"Index Name"`
	Loops    float64 `json:"Actual Loops"`
	Rows     float64 `json:"Actual Rows"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Recheck  float64 `json:"Rows Removed by Index Recheck"`
	Plans    []*node `json:"Plans"`
}

// explained is what became of a statement.
type explained struct {
	text string
	all  []*node
}

// explain answers how the last statement of read was carried out.
func explain(t *testing.T, db *bun.DB, read func(assets.Store) error) *explained {
	t.Helper()
	last := &lastQuery{}
	st, err := store.New(db.WithQueryHook(last), store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := read(st); err != nil {
		t.Fatal(err)
	}
	var text string
	if err := db.NewRaw("EXPLAIN (ANALYZE, FORMAT JSON) ?", bun.Safe(last.text)).Scan(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan *node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	e := &explained{text: last.text + "\n" + text}
	e.collect(plans[0].Plan)
	return e
}

func (e *explained) collect(n *node) {
	e.all = append(e.all, n)
	for _, sub := range n.Plans {
		e.collect(sub)
	}
}

// read is how many rows of tables and indexes the statement looked at.
func (e *explained) read() float64 {
	total := 0.0
	for _, n := range e.all {
		if strings.Contains(n.Type, "Scan") && n.Type != "Subquery Scan" && n.Type != "Values Scan" {
			total += n.Loops * (n.Rows + n.Filtered + n.Recheck)
		}
	}
	return total
}

// walks reports whether the statement seeks in an index.
func (e *explained) walks(index string) bool {
	for _, n := range e.all {
		if n.Index == index {
			return true
		}
	}
	return false
}

// most is the most rows that nodes of a type put out.
func (e *explained) most(nodeType string) float64 {
	rows := -1.0
	for _, n := range e.all {
		if strings.Contains(n.Type, nodeType) {
			rows = max(rows, n.Rows)
		}
	}
	return rows
}

// sorted is the most rows that were sorted.
func (e *explained) sorted() float64 {
	rows := 0.0
	for _, n := range e.all {
		if strings.Contains(n.Type, "Sort") {
			for _, sub := range n.Plans {
				rows = max(rows, sub.Rows*sub.Loops)
			}
		}
	}
	return rows
}

const (
	planned   = 4000 // assets in the tests of plans
	pageLimit = 51
	branches  = 4 // each may meet the row of the cursor again
)

// fill makes a database of n assets that was never analysed.
func fill(t *testing.T, st assets.Store, n int) {
	t.Helper()
	types := []assets.Type{assets.TypeCopy, assets.TypeImage, assets.TypeBlog}
	statuses := []assets.Status{assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved, assets.StatusArchived}
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for i := range n {
			a := newAsset(i)
			a.Type, a.Status = types[i%len(types)], statuses[i%len(statuses)]
			a.CampaignID = assets.Optional(fmt.Sprintf("c%d", i%7))
			a.Tags = assets.Tags{"channel": {fmt.Sprintf("v%d", i%5), "web"}}
			a.Provenance = assets.Provenance{AgentSlug: "writer", RunID: fmt.Sprintf("r%d", i%50), BrandID: "b", BriefID: "brief"}
			approved := *a
			approved.Status = assets.StatusApproved
			if err := tx.PutAsset(t.Context(), a, &approved); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestListPlans: a list walks one index in id order and stops; a filter that
// no index has costs only what it leaves out on the way.
func TestListPlans(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	fill(t, st, planned)
	t.Run("never analysed", func(t *testing.T) { listPlans(t, st.DB()) })
	if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	t.Run("analysed", func(t *testing.T) { listPlans(t, st.DB()) })
}

func listPlans(t *testing.T, db *bun.DB) {
	t.Helper()
	tags := func(pairs ...assets.Tag) []assets.Tag { return pairs }
	draft, copied := []assets.Status{assets.StatusDraft}, []assets.Type{assets.TypeCopy}
	two := []assets.Status{assets.StatusDraft, assets.StatusPendingReview}
	for _, c := range []struct {
		name    string
		filter  assets.Filter
		index   string
		atMost  float64 // rows read, in pages
		pervade bool    // the approved perspective is all of one status
	}{
		{"none", assets.Filter{}, "asset_perspectives_id", 1, false},
		{"ids", assets.Filter{IDs: []assets.ID{newAsset(3).ID, newAsset(9).ID}}, "asset_perspectives_id", 1, false},
		{"run", assets.Filter{RunID: "r1"}, "asset_perspectives_run", 1, false},
		{"brief", assets.Filter{BriefID: "brief"}, "asset_perspectives_brief", 1, false},
		{"campaign", assets.Filter{CampaignID: "c1"}, "asset_perspectives_campaign", 1, false},
		{"agent", assets.Filter{AgentSlug: "writer"}, "asset_perspectives_agent", 1, false},
		{"brand", assets.Filter{BrandID: "b"}, "asset_perspectives_brand", 1, false},
		{"tag", assets.Filter{Tags: tags(assets.Tag{Key: "channel", Value: "web"})}, "asset_tags_value", 2, false},
		{"tag any", assets.Filter{Tags: tags(assets.Tag{Key: "channel"})}, "asset_tags_value", 2, false},
		{"status", assets.Filter{Statuses: draft}, "asset_perspectives_status", 1, false},
		{"type", assets.Filter{Types: copied}, "asset_perspectives_type", 1, false},
		{"status+type", assets.Filter{Statuses: draft, Types: copied}, "asset_perspectives_status_type", 1, false},
		{"status+campaign", assets.Filter{Statuses: draft, CampaignID: "c1"}, "asset_perspectives_status_campaign", 1, false},
		{"type+campaign", assets.Filter{Types: copied, CampaignID: "c1"}, "asset_perspectives_type_campaign", 1, false},
		{"brand+agent", assets.Filter{BrandID: "b", AgentSlug: "writer"}, "asset_perspectives_agent", 1, false},
		{"agent+status", assets.Filter{AgentSlug: "writer", Statuses: draft}, "asset_perspectives_agent", 6, true},
		{"brand+tag", assets.Filter{BrandID: "b", Tags: tags(assets.Tag{Key: "channel", Value: "v1"})}, "asset_perspectives_brand", 30, false},
		{"two tags", assets.Filter{Tags: tags(assets.Tag{Key: "channel", Value: "web"}, assets.Tag{Key: "channel", Value: "v1"})}, "asset_tags_value", 30, false},
		{"statuses", assets.Filter{Statuses: two}, "asset_perspectives_status", 2, false},
		{"statuses+types", assets.Filter{Statuses: two, Types: []assets.Type{assets.TypeCopy, assets.TypeBlog}}, "asset_perspectives_status_type", 4, false},
		{"campaign+statuses", assets.Filter{Statuses: two, CampaignID: "c1"}, "asset_perspectives_status_campaign", 2, false},
	} {
		for _, approved := range []bool{false, true} {
			if c.pervade && approved {
				continue // nothing to find, and no index for the pair
			}
			c.filter.Approved = approved
			for _, w := range []assets.Window{
				{Limit: pageLimit},
				{Limit: pageLimit, Ascending: true},
				{Limit: pageLimit, After: newAsset(planned / 2).ID},
				{Limit: pageLimit, After: newAsset(planned / 2).ID, Ascending: true},
			} {
				e := explain(t, db, func(st assets.Store) error {
					_, err := st.Assets(t.Context(), "w", c.filter, w)
					return err
				})
				switch {
				case !e.walks(c.index), e.most("Seq Scan") >= 0, e.most("Bitmap") >= 0:
					t.Fatalf("%s: the plan does not walk %s alone:\n%s", c.name, c.index, e.text)
				case e.read() > c.atMost*pageLimit+branches:
					t.Errorf("%s, %+v: %v rows were read for a page of %d:\n%s", c.name, w, e.read(), pageLimit, e.text)
				case e.sorted() > branches*pageLimit:
					t.Errorf("%s: %v rows were sorted:\n%s", c.name, e.sorted(), e.text)
				}
			}
		}
	}
}

// TestLookUpPlans: what is read for one asset, and a page of tags, is found by
// its index though nothing was ever analysed.
func TestLookUpPlans(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	fill(t, st, planned)
	id := newAsset(planned / 2).ID
	for name, c := range map[string]struct {
		read  func(st assets.Store) error
		index string
		rows  float64
	}{
		"asset": {func(st assets.Store) error {
			_, err := st.Asset(t.Context(), "w", id)
			return err
		}, "asset_perspectives_id", 1},
		"tags": {func(st assets.Store) error {
			_, err := st.TagCounts(t.Context(), "w", assets.TagWindow{Limit: 1, After: assets.Tag{Key: "channel", Value: "v3"}})
			return err
		}, "asset_tags_counted", planned},
		"tags of a key": {func(st assets.Store) error {
			_, err := st.TagCounts(t.Context(), "w", assets.TagWindow{Limit: 5, Key: "channel"})
			return err
		}, "asset_tags_counted", 2 * planned},
	} {
		e := explain(t, st.DB(), c.read)
		if !e.walks(c.index) || e.read() > c.rows || e.sorted() > 0 {
			t.Errorf("%s: %v rows were read, %v sorted:\n%s", name, e.read(), e.sorted(), e.text)
		}
	}
}
