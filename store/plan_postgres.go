package store

import (
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// Postgres has no hint that names an index, and its planner errs on tables that
// were never analysed, or whose columns go together. A list is written so that
// it has no choice:
//
//   - A walk begins at a whole row of the index's columns, in their order. No
//     column equals a constant, so no other index has that order; and since
//     the planner takes such a range for much of the table, to sort it seems
//     dear, to walk it up to the LIMIT cheap.
//   - The other end of such a range would not end the walk: of a comparison of
//     rows, only the first column does. So what lies behind counts towards the
//     LIMIT, and is taken away afterwards.
//   - What filters hides in a CASE: no index is for that, and the planner
//     takes it to leave out next to nothing, lest it give up on the LIMIT.
//   - A look-up by id is a walk of one row, LATERAL: nothing joins in another
//     way.

// highest is above every text that an index has.
const highest = "\U0010FFFF"

// column is one of an index, with its value.
type column struct {
	name  string
	value any
}

// walk is a range of an index: columns that are given, then one with bounds.
type walk struct {
	alias     string
	given     []column
	last      string
	lower     any
	upper     any
	except    []any // bounds that are not in the range themselves
	ascending bool
}

// from writes where the walk begins, without its other end: see within.
func (w *walk) from(s *sqlText) {
	w.bound(s, w.ascending)
	for _, value := range w.except {
		s.term(" AND "+w.alias+"."+w.last+" <> ?", value)
	}
}

// within answers the other end of the walk, as a condition on a row.
func (w *walk) within() condition {
	var s sqlText
	w.bound(&s, !w.ascending)
	return condition{sql: s.String(), args: s.args}
}

// bound writes the lower or the upper bound.
func (w *walk) bound(s *sqlText, lower bool) {
	operator, value := "<=", w.upper
	if lower {
		operator, value = ">=", w.lower
	}
	var values []any
	for _, c := range w.given {
		values = append(values, c.value)
	}
	s.term("("+w.columns("")+") "+operator+" ("+strings.Repeat("?, ", len(w.given))+"?)", append(values, value)...)
}

// order writes the order of the index.
func (w *walk) order(s *sqlText) {
	direction := " DESC"
	if w.ascending {
		direction = ""
	}
	s.WriteString(" ORDER BY " + w.columns(direction))
}

// columns names the columns of the index, each with a suffix.
func (w *walk) columns(suffix string) string {
	var names []string
	for _, c := range w.given {
		names = append(names, w.alias+"."+c.name+suffix)
	}
	return strings.Join(append(names, w.alias+"."+w.last+suffix), ", ")
}

// ids bounds the walk.
func (w *walk) ids(r idRange) {
	w.lower, w.upper = r.lower, assets.ID(highest)
	if r.above {
		w.except = append(w.except, r.lower)
	}
	if r.upper != "" {
		w.upper, w.except = r.upper, append(w.except, r.upper)
	}
}

// writeForced writes the plan for Postgres. Several branches are merged: each
// is read no further than the page needs, and what they give is sorted.
func (p *plan) writeForced(s *sqlText) {
	switch {
	case p.search != "":
		p.writeFound(s)
	case len(p.ids.oneOf) > 0:
		p.writeLookups(s)
	case p.tag != nil:
		p.writeTags(s)
	case len(p.branches) == 1:
		p.writeWalk(s, p.branches[0])
	default:
		for i, branch := range p.branches {
			if i > 0 {
				s.WriteString(" UNION ALL ")
			}
			s.WriteString("(")
			p.writeWalk(s, branch)
			s.WriteString(")")
		}
		p.writePage(s, "id")
	}
}

// writeWalk walks one index of the list table.
func (p *plan) writeWalk(s *sqlText, branch []condition) {
	given, rest := p.split(slices.Concat(p.conditions, branch))
	w := &walk{alias: "a", given: given, last: "id", ascending: p.ascending}
	w.ids(p.ids)
	s.WriteString("SELECT a.* FROM (SELECT a.* FROM asset_perspectives AS a WHERE ")
	w.from(s)
	for _, c := range given[2:] {
		s.WriteString(" AND a." + c.name + " IS NOT NULL") // as the partial indexes say
	}
	if len(rest) > 0 {
		s.and(hidden(passing(w.within(), rest))...)
	}
	w.order(s)
	s.term(" LIMIT ?", p.limit)
	s.WriteString(") AS a WHERE ")
	end := w.within()
	s.term(end.sql, end.args...)
	w.order(s)
}

// passing is that all conditions hold, or that the walk has come to its end:
// what lies behind counts towards the LIMIT, and so ends the walk.
func passing(within condition, rest []condition) []condition {
	all := sqlText{}
	all.WriteString("NOT (")
	all.term(within.sql, within.args...)
	all.WriteString(") OR (TRUE")
	all.and(rest...)
	all.WriteString(")")
	return []condition{{sql: all.String(), args: all.args}}
}

// split tells the columns of the walked index, in its order, from what filters.
func (p *plan) split(conditions []condition) (given []column, rest []condition) {
	rest = slices.Clone(conditions)
	for _, name := range p.indexColumns() {
		i := slices.IndexFunc(rest, func(c condition) bool { return c.column == name })
		given = append(given, column{name, rest[i].args[0]})
		rest = slices.Delete(rest, i, i+1)
	}
	return given, rest
}

// indexColumns are those of the walked index, without the last, id.
func (p *plan) indexColumns() []string {
	columns := []string{"workspace", "perspective"}
	if p.index == "id" {
		return columns
	}
	for name := range strings.SplitSeq(p.index, "_") {
		switch name {
		case "agent":
			name = "agent_slug"
		case "run", "brief", "campaign", "brand":
			name += "_id"
		}
		columns = append(columns, name)
	}
	return columns
}

// hidden are conditions that the planner neither has an index for nor thinks
// selective.
func hidden(conditions []condition) []condition {
	out := make([]condition, len(conditions))
	for i, c := range conditions {
		out[i] = condition{sql: "CASE WHEN " + c.sql + " THEN 1 ELSE 0 END <> 0", args: c.args}
	}
	return out
}

// writeTags walks the side table and looks each row up.
func (p *plan) writeTags(s *sqlText) {
	given, _ := p.split(p.conditions)
	w := &walk{
		alias: "t", given: append(given, column{"key", p.tag.Key}, column{"value", p.tag.Value}), last: "id",
		ascending: p.ascending,
	}
	w.ids(p.ids)
	s.WriteString("SELECT a.* FROM (SELECT a.* FROM asset_tags AS t LEFT")
	p.writeLookup(s, "t.id", w.within())
	s.WriteString(" ON TRUE WHERE ")
	w.from(s)
	s.and(hidden(passing(w.within(), []condition{{sql: "a.id IS NOT NULL"}}))...)
	w.order(s)
	s.term(" LIMIT ?", p.limit)
	s.WriteString(") AS a WHERE a.id IS NOT NULL")
	p.writePage(s, "a.id")
}

// writeFound reads what the words find, sorts it and looks rows up until the
// page is full. The planner, who takes many rows for found, would have several
// processes read them, which takes longer to begin than to end: the function is
// one that only the session's own may call.
func (p *plan) writeFound(s *sqlText) {
	s.term("SELECT a.* FROM (SELECT a.id FROM asset_search AS a WHERE pg_backend_pid() <> 0 AND a.words @@ ?::tsquery", p.search)
	s.and(hidden(slices.Concat(p.conditions[:2], p.ids.conditions()))...)
	p.writeOrder(s, "a.id")
	s.WriteString(") AS d")
	p.writeLookup(s, "d.id")
	s.WriteString(" ON TRUE")
	p.writePage(s, "d.id")
}

// writeLookups looks up each of the ids.
func (p *plan) writeLookups(s *sqlText) {
	s.WriteString("SELECT a.* FROM (VALUES ")
	for i, id := range p.ids.oneOf {
		if i > 0 {
			s.WriteString(", ")
		}
		s.term("(?)", id)
	}
	s.WriteString(") AS given (id)")
	ids := idRange{lower: p.ids.lower, upper: p.ids.upper, above: p.ids.above}
	p.writeLookup(s, "given.id", ids.conditions()...)
	s.WriteString(" ON TRUE")
	p.writePage(s, "a.id")
}

// writeLookup joins the row with the id that source names, when it is not
// filtered out: the first at or behind it, which is it or none.
func (p *plan) writeLookup(s *sqlText, source string, further ...condition) {
	lookup := *p
	lookup.index = "id"
	given, rest := lookup.split(p.conditions)
	w := &walk{alias: "a", given: given, last: "id", ascending: true}
	s.WriteString(" JOIN LATERAL (SELECT a.* FROM (SELECT a.* FROM asset_perspectives AS a WHERE ")
	s.term("("+w.columns("")+") >= (?, ?, "+source+")", given[0].value, given[1].value)
	w.order(s)
	s.WriteString(" LIMIT 1) AS a WHERE a.id = " + source)
	for _, c := range given {
		s.term(" AND a."+c.name+" = ?", c.value)
	}
	s.and(rest...)
	s.and(further...)
	s.WriteString(") AS a")
}

// writePage sorts what there is by id.
func (p *plan) writePage(s *sqlText, id string) {
	p.writeOrder(s, id)
	s.term(" LIMIT ?", p.limit)
}

func (p *plan) writeOrder(s *sqlText, id string) {
	s.WriteString(" ORDER BY " + id)
	if !p.ascending {
		s.WriteString(" DESC")
	}
}
