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
	Table    string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Loops    float64 `json:"Actual Loops"`
	Rows     float64 `json:"Actual Rows"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Recheck  float64 `json:"Rows Removed by Index Recheck"`
	Hit      float64 `json:"Shared Hit Blocks"`
	Missed   float64 `json:"Shared Read Blocks"`
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
	if err := db.NewRaw("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ?", bun.Safe(last.text)).Scan(t.Context(), &text); err != nil {
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

// String shows the plan, one step in a line.
func (e *explained) String() string {
	var text strings.Builder
	for _, n := range e.all {
		by := ""
		if n.Index != "" {
			by = " by " + n.Index
		}
		fmt.Fprintf(&text, "  %s %s%s: %v × %v rows", n.Type, n.Table, by, n.Loops, n.Rows)
		if left := n.Filtered + n.Recheck; left > 0 {
			fmt.Fprintf(&text, ", %v filtered out", left)
		}
		text.WriteString("\n")
	}
	return text.String()
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

// pages is how many pages of tables and indexes the statement looked at: an
// index that is walked beyond its end shows here alone.
func (e *explained) pages() float64 { return e.all[0].Hit + e.all[0].Missed }

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
