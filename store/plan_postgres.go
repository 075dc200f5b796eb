package store

import (
	"math"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// Postgres has no hint that names an index, and its planner errs on tables that
// were never analysed or whose columns are correlated. Lists are therefore
// written so that the planner has one choice only:
//
//   - The start of a scan is a comparison of rows with all columns of the index,
//     in its order. Since no column equals a constant, no other index has that
//     order. The planner assumes that such a range is much of the table, so that
//     sorting it looks expensive and scanning it up to the LIMIT cheap.
//   - The end of the range does not bound the scan: of a comparison of rows,
//     Postgres uses only the first column for that. Rows beyond the end therefore
//     count towards the LIMIT, which stops the scan, and an outer query removes
//     them.
//   - Filters are wrapped in CASE so that no index matches them and the planner
//     assumes they remove almost nothing; otherwise it abandons the LIMIT.
//   - A look-up by id is a LATERAL scan of one row, so that no other kind of join
//     is possible.

// maxText is greater than every text in an index.
const maxText = "\U0010FFFF"

// column is a column of an index with its value.
type column struct {
	name  string
	value any
}

// indexScan is a range of an index: columns with one value, then columns with bounds.
type indexScan struct {
	alias     string
	given     []column
	last      []string
	lower     []any // one bound for each of last
	upper     []any
	except    [][]any // bounds that the range excludes
	ascending bool
}

// writeStart writes where the scan begins. Its end is a condition of its own: see
// end.
func (w *indexScan) writeStart(s *sqlText) {
	w.writeBound(s, w.ascending)
	for _, values := range w.except {
		s.term(" AND ("+strings.Join(w.bounded(""), ", ")+") <> ("+marks(len(values))+")", values...)
	}
}

// end returns the condition that a row is not beyond the end of the scan.
func (w *indexScan) end() condition {
	var s sqlText
	w.writeBound(&s, !w.ascending)
	return condition{sql: s.String(), args: s.args}
}

// writeBound writes the lower or the upper bound.
func (w *indexScan) writeBound(s *sqlText, lower bool) {
	operator, bound := "<=", w.upper
	if lower {
		operator, bound = ">=", w.lower
	}
	var values []any
	for _, c := range w.given {
		values = append(values, c.value)
	}
	values = append(values, bound...)
	s.term("("+w.columns("")+") "+operator+" ("+marks(len(values))+")", values...)
}

// marks returns n placeholders.
func marks(n int) string { return strings.Repeat("?, ", n-1) + "?" }

// writeOrder writes the order of the index.
func (w *indexScan) writeOrder(s *sqlText) {
	direction := " DESC"
	if w.ascending {
		direction = ""
	}
	s.WriteString(" ORDER BY " + w.columns(direction))
}

// columns returns the columns of the index, each with a suffix.
func (w *indexScan) columns(suffix string) string {
	var names []string
	for _, c := range w.given {
		names = append(names, w.alias+"."+c.name+suffix)
	}
	return strings.Join(append(names, w.bounded(suffix)...), ", ")
}

// bounded returns the columns with bounds, each with a suffix.
func (w *indexScan) bounded(suffix string) []string {
	names := make([]string, len(w.last))
	for i, name := range w.last {
		names[i] = w.alias + "." + name + suffix
	}
	return names
}

// setRange bounds the scan of an index in the order of ids.
func (w *indexScan) setRange(r idRange) {
	w.last, w.lower, w.upper = []string{"id"}, []any{r.lower}, []any{assets.ID(maxText)}
	if r.exclusive {
		w.except = append(w.except, []any{r.lower})
	}
	if r.upper != "" {
		w.upper, w.except = []any{r.upper}, append(w.except, []any{r.upper})
	}
}

// setPosition bounds the scan of the index of submissions.
func (w *indexScan) setPosition(p *position) {
	w.last = []string{"submitted_at", "id"}
	w.lower, w.upper = []any{int64(-math.MaxInt64), ""}, []any{int64(math.MaxInt64), maxText}
	if p.id == "" {
		return
	}
	at := []any{p.at, p.id}
	w.except = append(w.except, at)
	if w.ascending {
		w.lower = at
	} else {
		w.upper = at
	}
}

// writePostgres writes the plan for Postgres. Several branches are merged: none is
// read further than the page needs, and their rows are sorted.
func (p *plan) writePostgres(s *sqlText) {
	switch {
	case p.search != "":
		p.writeSearch(s)
	case len(p.ids.oneOf) > 0:
		p.writeIDLookups(s)
	case p.tag != nil:
		p.writeTagScan(s)
	case len(p.branches) == 1:
		p.writeScan(s, p.branches[0])
	default:
		for i, branch := range p.branches {
			if i > 0 {
				s.WriteString(" UNION ALL ")
			}
			s.WriteString("(")
			p.writeScan(s, branch)
			s.WriteString(")")
		}
		p.writePage(s, "id")
	}
}

// writeScan writes a scan of one index of the list table.
func (p *plan) writeScan(s *sqlText, branch []condition) {
	given, rest := p.split(slices.Concat(p.conditions, branch))
	w := &indexScan{alias: "a", given: given, ascending: p.ascending}
	notNull := given[2:]
	if p.index == "submitted" {
		w.setPosition(p.submitted)
		notNull, rest = []column{{name: "submitted_at"}}, slices.Concat(rest, p.ids.conditions())
	} else {
		w.setRange(p.ids)
	}
	s.WriteString("SELECT a.* FROM (SELECT a.* FROM asset_perspectives AS a WHERE ")
	w.writeStart(s)
	for _, c := range notNull {
		s.WriteString(" AND a." + c.name + " IS NOT NULL") // the condition of the partial indexes
	}
	if len(rest) > 0 {
		s.and(opaque(holdsOrPastEnd(w.end(), rest))...)
	}
	w.writeOrder(s)
	s.term(" LIMIT ?", p.limit)
	s.WriteString(") AS a WHERE ")
	end := w.end()
	s.term(end.sql, end.args...)
	w.writeOrder(s)
}

// holdsOrPastEnd returns the condition that all conditions hold or that the row is
// beyond the end of the scan. Such rows count towards the LIMIT and so stop the
// scan.
func holdsOrPastEnd(end condition, rest []condition) []condition {
	all := sqlText{}
	all.WriteString("NOT (")
	all.term(end.sql, end.args...)
	all.WriteString(") OR (TRUE")
	all.and(rest...)
	all.WriteString(")")
	return []condition{{sql: all.String(), args: all.args}}
}

// split returns the columns of the scanned index, in its order, and the conditions
// that filter.
func (p *plan) split(conditions []condition) (given []column, rest []condition) {
	rest = slices.Clone(conditions)
	for _, name := range p.indexColumns() {
		i := slices.IndexFunc(rest, func(c condition) bool { return c.column == name })
		given = append(given, column{name, rest[i].args[0]})
		rest = slices.Delete(rest, i, i+1)
	}
	return given, rest
}

// indexColumns returns the columns of the scanned index without those of the order.
func (p *plan) indexColumns() []string {
	columns := []string{"workspace", "perspective"}
	if p.index == "id" || p.index == "submitted" {
		return columns
	}
	for name := range strings.SplitSeq(p.index, "_") {
		switch name {
		case "agent":
			name = "agent_slug"
		case "run", "brief", "campaign", "brand":
			name += "_id"
		case "creator":
			name = "created_by"
		case "decision":
			name = "last_action"
		case "media":
			name = "media_type"
		}
		columns = append(columns, name)
	}
	return columns
}

// opaque wraps conditions so that the planner has no index for them and does not
// assume that they are selective.
func opaque(conditions []condition) []condition {
	out := make([]condition, len(conditions))
	for i, c := range conditions {
		out[i] = condition{sql: "CASE WHEN " + c.sql + " THEN 1 ELSE 0 END <> 0", args: c.args}
	}
	return out
}

// writeTagScan writes a scan of asset_tags that looks each row up.
func (p *plan) writeTagScan(s *sqlText) {
	given, _ := p.split(p.conditions)
	w := &indexScan{
		alias: "t", given: append(given, column{"key", p.tag.Key}, column{"value", p.tag.Value}), ascending: p.ascending,
	}
	w.setRange(p.ids)
	s.WriteString("SELECT a.* FROM (SELECT a.* FROM asset_tags AS t LEFT")
	p.writeLookup(s, "t.id", w.end())
	s.WriteString(" ON TRUE WHERE ")
	w.writeStart(s)
	s.and(opaque(holdsOrPastEnd(w.end(), []condition{{sql: "a.id IS NOT NULL"}}))...)
	w.writeOrder(s)
	s.term(" LIMIT ?", p.limit)
	s.WriteString(") AS a WHERE a.id IS NOT NULL")
	p.writePage(s, "a.id")
}

// writeSearch writes a full-text search that sorts the matching ids and looks rows up
// until the page is full. In the order of submissions it looks all of them up.
func (p *plan) writeSearch(s *sqlText) {
	s.WriteString("SELECT a.* FROM (")
	p.writeMatches(s)
	if p.submitted == nil {
		p.writeOrder(s, "a.id")
	}
	s.WriteString(") AS d")
	p.writeLookup(s, "d.id", condition{sql: showsMatch})
	s.WriteString(" ON TRUE")
	p.writePage(s, "d.id")
}

// writeMatches selects the matching versions. The planner must read the full-text index and
// nothing else, and it must do so with one process:
//
//   - The words of a long text are stored apart from their row. The planner does not
//     count that, so that it would read all rows of a small table with their words. It
//     therefore gets a condition that looks expensive, on each row that it reads.
//   - The expression comes from a sub-select, so that the planner does not know it and
//     assumes few matches, also of a word that all rows have.
//   - It would read the matches of a large table with several processes, whose start
//     takes longer than the search. pg_backend_pid, which is not parallel safe,
//     prevents that.
func (p *plan) writeMatches(s *sqlText) {
	s.term("SELECT a.id, a.version FROM asset_words AS a WHERE pg_backend_pid() <> 0 AND a.words @@ (SELECT ?::tsquery)", p.search)
	s.WriteString(" AND CASE WHEN a.id <> '' THEN TRUE ELSE 0 < length(to_tsvector(a.id))" + strings.Repeat(" + length(to_tsvector(a.id))", 15) + " END")
	s.and(opaque(slices.Concat(p.conditions[:1], p.ids.conditions()))...)
}

// writeIDLookups writes a look-up of each of the ids.
func (p *plan) writeIDLookups(s *sqlText) {
	s.WriteString("SELECT a.* FROM (VALUES ")
	for i, id := range p.ids.oneOf {
		if i > 0 {
			s.WriteString(", ")
		}
		s.term("(?)", id)
	}
	s.WriteString(") AS given (id)")
	ids := idRange{lower: p.ids.lower, upper: p.ids.upper, exclusive: p.ids.exclusive}
	p.writeLookup(s, "given.id", ids.conditions()...)
	s.WriteString(" ON TRUE")
	p.writePage(s, "a.id")
}

// writeLookup joins the row whose id is source, unless it is filtered out. It scans
// one row, the first that is not less than the id, and compares the id.
func (p *plan) writeLookup(s *sqlText, source string, further ...condition) {
	lookup := *p
	lookup.index = "id"
	given, rest := lookup.split(p.conditions)
	w := &indexScan{alias: "a", given: given, last: []string{"id"}, ascending: true}
	s.WriteString(" JOIN LATERAL (SELECT a.* FROM (SELECT a.* FROM asset_perspectives AS a WHERE ")
	s.term("("+w.columns("")+") >= (?, ?, "+source+")", given[0].value, given[1].value)
	w.writeOrder(s)
	s.WriteString(" LIMIT 1) AS a WHERE a.id = " + source)
	for _, c := range given {
		s.term(" AND a."+c.name+" = ?", c.value)
	}
	s.and(rest...)
	s.and(further...)
	s.WriteString(") AS a")
}

// writePage sorts the rows by id, or by submission, and limits them.
func (p *plan) writePage(s *sqlText, id string) {
	p.writeOrder(s, id)
	s.term(" LIMIT ?", p.limit)
}

func (p *plan) writeOrder(s *sqlText, id string) {
	direction := ""
	if !p.ascending {
		direction = " DESC"
	}
	s.WriteString(" ORDER BY ")
	if p.submitted != nil {
		s.WriteString("a.submitted_at" + direction + ", ")
		id = "a.id"
	}
	s.WriteString(id + direction)
}
