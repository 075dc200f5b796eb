package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// Counts implements [assets.Catalog]. It is one statement, which reads all that
// matches: once to count by status, and once for each list of frequent values.
func (r reader) Counts(ctx context.Context, workspace string, f assets.Filter, frequent int) (assets.Counts, error) {
	query, args := newPlan(r.engine, workspace, f, assets.Window{}).countsStatement(frequent)
	var rows []countsRow
	if err := r.read(ctx, &rows, query, args...); err != nil {
		return assets.Counts{}, err
	}
	lists := map[string][]assets.ValueCount{}
	var c assets.Counts
	for _, row := range rows {
		if row.Kind == "" {
			c = assets.Counts{Draft: row.Draft, PendingReview: row.PendingReview, Approved: row.Approved, Archived: row.Archived, InForce: row.InForce}
			continue
		}
		lists[row.Kind] = append(lists[row.Kind], assets.ValueCount{Value: row.Value, Count: row.Draft})
	}
	if frequent > 0 {
		c.Campaigns, c.Types, c.Agents = ordered(lists["campaign_id"]), ordered(lists["type"]), ordered(lists["agent_slug"])
	}
	return c, nil
}

// countsRow is a row of countsStatement. That of no kind has the counts by status. Any
// other one has how often a column, the kind, has a value, as Draft.
type countsRow struct {
	Kind          string
	Value         string
	Draft         int64
	PendingReview int64
	Approved      int64
	Archived      int64
	InForce       int64
}

// ordered returns values in their order, which a UNION does not promise.
func ordered(all []assets.ValueCount) []assets.ValueCount {
	slices.SortFunc(all, func(a, b assets.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return append([]assets.ValueCount{}, all...)
}

// countsStatement returns SQL that counts the rows of the plan: see countsRow.
func (p *plan) countsStatement(frequent int) (string, []any) {
	var s sqlText
	s.WriteString("SELECT '' AS kind, '' AS value")
	for _, status := range []assets.Status{assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved, assets.StatusArchived} {
		s.WriteString(", coalesce(sum(CASE status WHEN '" + string(status) + "' THEN 1 ELSE 0 END), 0) AS " + string(status))
	}
	s.WriteString(", coalesce(sum(CASE WHEN approved_version > 0 THEN 1 ELSE 0 END), 0) AS in_force FROM (")
	p.writeFound(&s, "a.status, a.approved_version")
	s.WriteString(") AS found")
	if frequent <= 0 {
		return s.String(), s.args
	}
	for _, column := range []struct{ name, index string }{{"campaign_id", "campaign"}, {"type", "type"}, {"agent_slug", "agent"}} {
		s.WriteString(" UNION ALL SELECT * FROM (SELECT '" + column.name + "' AS kind, " + column.name + " AS value, count(*) AS draft, 0, 0, 0, 0 FROM (")
		p.groupedBy(column.name, column.index).writeFound(&s, "a."+column.name)
		s.term(") AS found GROUP BY "+column.name+" ORDER BY draft DESC, value LIMIT ?", frequent)
		s.WriteString(") AS " + column.index)
	}
	return s.String(), s.args
}

// groupedBy returns the plan for the rows that have a column. If it would scan the
// index of ids, it scans that of the column, which has the values in order.
func (p *plan) groupedBy(column, index string) *plan {
	grouped := *p
	grouped.conditions = slices.Concat(p.conditions, []condition{{sql: "a." + column + " IS NOT NULL"}})
	if p.index == "id" && p.search == "" && p.tag == nil && len(p.ids.oneOf) == 0 {
		grouped.index = index
	}
	return &grouped
}

// writeFound selects columns of all rows of the plan.
func (p *plan) writeFound(s *sqlText, columns string) {
	if p.search == "" || !p.engine.postgres() {
		p.writeBranches(s, columns)
		return
	}
	s.WriteString("SELECT " + columns + " FROM (")
	p.writeMatches(s)
	s.WriteString(") AS d")
	p.writeLookup(s, "d.id", condition{sql: showsMatch})
	s.WriteString(" ON TRUE")
}
