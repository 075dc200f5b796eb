package store

import (
	"slices"
	"strings"
)

// statement writes the plan as SQL. Several branches are merged in id order:
// each is read no further than the page needs.
func (p *plan) statement() (string, []any) {
	var s sqlText
	if p.engine.postgres() {
		p.writeForced(&s)
		return s.String(), s.args
	}
	p.writeBranches(&s, "a.*")
	p.writePage(&s, p.side()+"id")
	return s.String(), s.args
}

// counting writes SQL that counts what the plan meets.
func (p *plan) counting() (string, []any) {
	var s sqlText
	s.WriteString("SELECT count(*) FROM (")
	p.writeBranches(&s, "a.id")
	s.WriteString(") AS found")
	return s.String(), s.args
}

func (p *plan) writeBranches(s *sqlText, columns string) {
	for i, branch := range p.branches {
		if i > 0 {
			s.WriteString(" UNION ALL ")
		}
		s.WriteString("SELECT " + columns)
		p.writeBranch(s, branch)
	}
}

// side names the table that a row of the list table is looked up from, with a
// dot; empty when that itself is walked.
func (p *plan) side() string {
	switch {
	case p.search != "":
		return "d."
	case p.tag != nil:
		return "t."
	}
	return ""
}

func (p *plan) writeBranch(s *sqlText, branch []condition) {
	switch {
	case p.search != "":
		p.engine.writeSearch(s, p.search)
	case p.tag != nil:
		p.writeTagWalk(s)
	default:
		s.WriteString(" FROM asset_perspectives AS a")
		s.WriteString(p.engine.indexedBy("asset_perspectives_" + p.index))
		s.WriteString(" WHERE ")
	}
	for i, c := range slices.Concat(p.conditions, p.ids.conditions(), branch) {
		if i > 0 {
			s.WriteString(" AND ")
		}
		s.term(c.sql, c.args...)
		if p.side() != "" && sideHas(c.sql) {
			s.term(" AND "+p.side()+strings.TrimPrefix(c.sql, "a."), c.args...)
		}
	}
}

// writeTagWalk begins a branch that walks the side table and looks each row
// up: the CROSS JOIN keeps SQLite to that order.
func (p *plan) writeTagWalk(s *sqlText) {
	s.WriteString(" FROM asset_tags AS t")
	s.WriteString(p.engine.indexedBy("asset_tags_value"))
	s.WriteString(" CROSS JOIN asset_perspectives AS a")
	s.WriteString(p.engine.indexedBy("asset_perspectives_id"))
	s.term(" WHERE t.key = ? AND t.value = ? AND a.id = t.id AND ", p.tag.Key, p.tag.Value)
}

// sideHas reports whether a condition is on a column that the side tables
// have too, and so bounds their walk.
func sideHas(sql string) bool {
	column, _, _ := strings.Cut(strings.TrimPrefix(sql, "a."), " ")
	return column == "workspace" || column == "perspective" || column == "id"
}

// sqlText is a statement with its arguments.
type sqlText struct {
	strings.Builder
	args []any
}

func (s *sqlText) term(sql string, args ...any) {
	s.WriteString(sql)
	s.args = append(s.args, args...)
}

// and writes conditions that follow others.
func (s *sqlText) and(conditions ...condition) {
	for _, c := range conditions {
		s.term(" AND "+c.sql, c.args...)
	}
}
