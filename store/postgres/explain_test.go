package postgres_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
)

// node is a step of a plan that was executed.
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

// explained is the executed plan of a statement.
type explained struct {
	text string
	all  []*node
}

// explain returns how the last statement of read was executed. Those of a hot statement are
// its arguments.
func explain(t *testing.T, db *bun.DB, read func(assets.Store) error, args ...any) *explained {
	t.Helper()
	statement := sqltest.LastStatement(t, db, read)
	var text string
	if err := db.DB.QueryRowContext(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+statement, args...).Scan(&text); err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan *node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	e := &explained{text: statement + "\n" + text}
	e.collect(plans[0].Plan)
	return e
}

func (e *explained) collect(n *node) {
	e.all = append(e.all, n)
	for _, sub := range n.Plans {
		e.collect(sub)
	}
}

// String returns the plan with one step in each line.
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

// read returns the number of rows of tables and indexes that the statement read.
func (e *explained) read() float64 {
	total := 0.0
	for _, n := range e.all {
		if strings.Contains(n.Type, "Scan") && n.Type != "Subquery Scan" && n.Type != "Values Scan" {
			total += n.Loops * (n.Rows + n.Filtered + n.Recheck)
		}
	}
	return total
}

// pages returns the number of pages of tables and indexes that the statement read.
// Only this shows an index scan that goes on beyond its end.
func (e *explained) pages() float64 { return e.all[0].Hit + e.all[0].Missed }

// scans reports whether the statement scans an index.
func (e *explained) scans(index string) bool {
	for _, n := range e.all {
		if n.Index == index {
			return true
		}
	}
	return false
}

// maxRows returns the maximum of rows that a node of a type returned, and -1 if there
// is no such node.
func (e *explained) maxRows(nodeType string) float64 {
	rows := -1.0
	for _, n := range e.all {
		if strings.Contains(n.Type, nodeType) {
			rows = max(rows, n.Rows)
		}
	}
	return rows
}

// sorted returns the maximum of rows that were sorted.
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
