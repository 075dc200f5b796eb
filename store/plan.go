package store

import (
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// plan is how a list is read: the index that is walked, the branches into
// which several values of its column split the walk, and what is filtered on
// the way.
type plan struct {
	engine     engine
	index      string        // of asset_perspectives, without the table's name
	tag        *assets.Tag   // walked instead, through the side table
	search     string        // its matches are read instead, in the engine's language
	branches   [][]condition // at least one, perhaps empty
	conditions []condition   // of every branch: workspace, perspective and filters
	ids        idRange
	ascending  bool
	limit      int
}

// condition is a term of a WHERE clause with its arguments.
type condition struct {
	sql    string
	args   []any
	column string // that equals the argument; empty for any other condition
}

func equal[V any](column string, value V) condition {
	return condition{"a." + column + " = ?", []any{value}, column}
}

func oneOf[V any](column string, values []V) condition {
	if len(values) == 1 {
		return equal(column, values[0])
	}
	return condition{sql: "a." + column + " IN (?)", args: []any{bun.List(values)}}
}

// newPlan chooses the walk: what the words find, else the first field given of id, run, brief, campaign,
// agent, brand, tag, status, type; the rest filters. Status and type have
// pair indexes with each other and with the campaign. Of a walked field with
// several values, each value is a branch: with IN, SQLite would read and sort
// everything that matches.
func newPlan(e engine, workspace string, f assets.Filter, w assets.Window) *plan {
	p := &plan{engine: e, branches: [][]condition{nil}, ascending: w.Ascending, limit: max(w.Limit, 0)}
	perspective := current
	if f.Approved {
		perspective = approved
	}
	p.where(equal("workspace", workspace), equal("perspective", perspective))
	p.addSearch(workspace, perspective, f.Words)
	p.addFields(f)
	p.addTags(f.Tags)
	p.addSets(distinct(f.Statuses), distinct(f.Types))
	p.ids = bounds(f, w)
	if p.index == "" {
		p.index = "id"
	}
	return p
}

func (p *plan) where(c ...condition) { p.conditions = append(p.conditions, c...) }

// addSearch reads what has the words, and filters it by the rest.
func (p *plan) addSearch(workspace, perspective string, words []string) {
	switch {
	case words == nil:
	case len(words) == 0:
		p.where(condition{sql: "1 = 0"})
	default:
		p.index, p.search = "id", p.engine.searchFor(scoped(workspace, perspective, words))
	}
}

// addFields filters by single-valued fields and walks the index of the first
// of them, or that of the ids.
func (p *plan) addFields(f assets.Filter) {
	if len(f.IDs) > 0 {
		p.index = "id"
	}
	for _, field := range []struct{ index, column, value string }{
		{"run", "run_id", f.RunID},
		{"brief", "brief_id", f.BriefID},
		{"campaign", "campaign_id", f.CampaignID},
		{"agent", "agent_slug", f.AgentSlug},
		{"brand", "brand_id", f.BrandID},
	} {
		if field.value == "" {
			continue
		}
		p.where(equal(field.column, field.value))
		if p.index == "" {
			p.index = field.index
		}
	}
}

// addTags walks the first tag when nothing more selective is walked, and
// filters by the rest. The empty value stands for any, here as in the table.
func (p *plan) addTags(tags []assets.Tag) {
	if len(tags) > 0 && p.index == "" {
		p.tag, tags = &tags[0], tags[1:]
	}
	for _, tag := range tags {
		p.where(condition{
			sql: "(SELECT 1 FROM asset_tags AS f WHERE f.workspace = a.workspace AND f.perspective = a.perspective" +
				" AND f.key = ? AND f.value = ? AND f.id = a.id) IS NOT NULL",
			args: []any{tag.Key, tag.Value},
		})
	}
}

// addSets makes statuses and types branches of the walk where an index has
// them, else filters.
func (p *plan) addSets(statuses []assets.Status, types []assets.Type) {
	free := p.index == "" && p.tag == nil
	suffix := "" // of a pair index
	if p.index == "campaign" {
		free, suffix = true, "_campaign"
	}
	switch {
	case free && suffix == "" && len(statuses) > 0 && len(types) > 0:
		p.index, p.branches = "status_type", product(branch("status", statuses), branch("type", types))
		return
	case free && len(statuses) > 0:
		p.index, p.branches = "status"+suffix, branch("status", statuses)
		statuses = nil
	case free && len(types) > 0:
		p.index, p.branches = "type"+suffix, branch("type", types)
		types = nil
	}
	if len(statuses) > 0 {
		p.where(oneOf("status", statuses))
	}
	if len(types) > 0 {
		p.where(oneOf("type", types))
	}
}

// idRange is the ids from lower, or above it, to below upper; empty is no
// bound. With oneOf, no others.
type idRange struct {
	lower, upper assets.ID
	above        bool
	oneOf        []assets.ID
}

// bounds gives the id range one lower and one upper bound: SQLite seeks to one
// of each and would read all that further ones exclude.
func bounds(f assets.Filter, w assets.Window) idRange {
	r := idRange{lower: f.Since, upper: f.Until, oneOf: distinct(f.IDs)}
	switch {
	case w.After == "":
	case w.Ascending && w.After >= r.lower:
		r.lower, r.above = w.After, true
	case !w.Ascending && (r.upper == "" || w.After < r.upper):
		r.upper = w.After
	}
	return r
}

// conditions are those on the column id.
func (r idRange) conditions() []condition {
	var c []condition
	if len(r.oneOf) > 0 {
		c = append(c, oneOf("id", r.oneOf))
	}
	switch {
	case r.above:
		c = append(c, condition{sql: "a.id > ?", args: []any{r.lower}})
	case r.lower != "":
		c = append(c, condition{sql: "a.id >= ?", args: []any{r.lower}})
	}
	if r.upper != "" {
		c = append(c, condition{sql: "a.id < ?", args: []any{r.upper}})
	}
	return c
}

func distinct[V ~string](values []V) []V {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// branch makes one branch for each value.
func branch[V any](column string, values []V) [][]condition {
	branches := make([][]condition, len(values))
	for i, v := range values {
		branches[i] = []condition{equal(column, v)}
	}
	return branches
}

// product makes a branch of every pair.
func product(a, b [][]condition) [][]condition {
	var all [][]condition
	for _, x := range a {
		for _, y := range b {
			all = append(all, slices.Concat(x, y))
		}
	}
	return all
}

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
