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
//   - A walk is a range of whole rows of the index's columns, in their order.
//     No column equals a constant, so no other index has that order; and since
//     the planner takes such a range for much of the table, to sort it seems
//     dear, to walk it up to the LIMIT cheap.
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
	alias  string
	given  []column
	last   string
	lower  any
	upper  any
	except []any // bounds that are not in the range themselves
}

// where writes the range.
func (w *walk) where(s *sqlText) {
	names, holes := w.columns(""), strings.Repeat("?, ", len(w.given))+"?"
	var values []any
	for _, c := range w.given {
		values = append(values, c.value)
	}
	s.term("("+names+") >= ("+holes+")", append(slices.Clone(values), w.lower)...)
	s.term(" AND ("+names+") <= ("+holes+")", append(values, w.upper)...)
	for _, value := range w.except {
		s.term(" AND "+w.alias+"."+w.last+" <> ?", value)
	}
}

// order writes the order of the index.
func (w *walk) order(s *sqlText, ascending bool) {
	direction := " DESC"
	if ascending {
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

// within bounds the walk by ids.
func (w *walk) within(r idRange) {
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
	w := &walk{alias: "a", given: given, last: "id"}
	w.within(p.ids)
	s.WriteString("SELECT a.* FROM asset_perspectives AS a WHERE ")
	w.where(s)
	for _, c := range given[2:] {
		s.WriteString(" AND a." + c.name + " IS NOT NULL") // as the partial indexes say
	}
	s.and(hidden(rest)...)
	w.order(s, p.ascending)
	s.term(" LIMIT ?", p.limit)
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
	w := &walk{alias: "t", given: append(given, column{"key", p.tag.Key}, column{"value", p.tag.Value}), last: "id"}
	w.within(p.ids)
	s.WriteString("SELECT a.* FROM asset_tags AS t")
	p.writeLookup(s, "t.id")
	s.WriteString(" WHERE ")
	w.where(s)
	w.order(s, p.ascending)
	s.term(" LIMIT ?", p.limit)
}

// writeFound reads what the words find, sorts it and looks rows up until the
// page is full.
func (p *plan) writeFound(s *sqlText) {
	s.term("SELECT a.* FROM (SELECT a.id FROM asset_search AS a WHERE a.words @@ ?::tsquery", p.search)
	s.and(hidden(slices.Concat(p.conditions[:2], p.ids.conditions()))...)
	p.writeOrder(s, "a.id")
	s.WriteString(") AS d")
	p.writeLookup(s, "d.id")
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
	p.writeLookup(s, "given.id")
	p.writePage(s, "a.id")
}

// writeLookup joins the row with the id that source names, when it is not
// filtered out.
func (p *plan) writeLookup(s *sqlText, source string) {
	lookup := *p
	lookup.index = "id"
	given, rest := lookup.split(p.conditions)
	s.WriteString(" CROSS JOIN LATERAL (SELECT a.* FROM asset_perspectives AS a WHERE ")
	w := &walk{alias: "a", given: given, last: "id"}
	names := w.columns("")
	for i, operator := range []string{">=", "<="} {
		if i > 0 {
			s.WriteString(" AND ")
		}
		s.term("("+names+") "+operator+" (?, ?, "+source+")", given[0].value, given[1].value)
	}
	s.and(hidden(rest)...)
	if p.tag == nil && p.search == "" {
		s.and(hidden((idRange{lower: p.ids.lower, upper: p.ids.upper, above: p.ids.above}).conditions())...)
	}
	w.order(s, true)
	s.WriteString(" LIMIT 1) AS a")
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
