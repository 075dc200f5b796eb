package store

import (
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// plan is how a list is read: the index that is scanned, the branches into which
// several values of a column split the scan, and the conditions that filter its
// rows.
type plan struct {
	engine     engine
	index      string        // of asset_perspectives, without the table's name
	tag        *assets.Tag   // scanned instead, in asset_tags
	search     string        // an expression of the engine's full-text search, read instead
	branches   [][]condition // at least one, perhaps empty
	conditions []condition   // of every branch: workspace, perspective and filters
	ids        idRange
	submitted  *position // where the page begins in the order of submissions; nil: it is in the order of ids
	ascending  bool
	limit      int
}

// position is a place in the order of submissions.
type position struct {
	at assets.Time
	id assets.ID // empty: the beginning of the order
}

// condition is a term of a WHERE clause with its arguments.
type condition struct {
	sql    string
	args   []any
	column string // of an equality; empty for any other condition
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

// newPlan chooses the index: full-text search if there are words, else that of the ids,
// else that of submissions if they are the order, else that of the first given field of
// run, brief, campaign, agent, brand, creator, last action, media type, tag, status and
// type. The other fields filter. Status and type have indexes together, and each with
// the campaign. Each of several values of the indexed field is a branch: with IN, SQLite
// would read and sort everything that matches.
func newPlan(e engine, workspace string, f assets.Filter, w assets.Window) *plan {
	p := &plan{engine: e, branches: [][]condition{nil}, ascending: w.Ascending, limit: max(w.Limit, 0)}
	perspective := current
	if f.Approved {
		perspective = approved
	}
	p.where(equal("workspace", workspace), equal("perspective", perspective))
	p.addSearch(workspace, f.Words)
	if len(f.IDs) > 0 {
		p.index = "id"
	}
	if w.BySubmission {
		p.addSubmissions(w)
		w.After = "" // is not an end of the range of ids
	}
	p.addFields(f)
	p.addTags(f.Tags)
	p.addSets(distinct(f.Statuses), distinct(f.Types))
	p.ids = newIDRange(f, w)
	if p.index == "" {
		p.index = "id"
	}
	return p
}

func (p *plan) where(c ...condition) { p.conditions = append(p.conditions, c...) }

// addSearch reads the rows that have the words; the other fields filter them.
func (p *plan) addSearch(workspace string, words []string) {
	switch {
	case words == nil:
	case len(words) == 0:
		p.where(condition{sql: "1 = 0"})
	default:
		p.index, p.search = "id", p.engine.searchExpression(wordMark(workspace), words)
	}
}

// addSubmissions orders the page by submissions. Their index has only the rows that
// are submitted.
func (p *plan) addSubmissions(w assets.Window) {
	p.submitted = &position{w.AfterSubmitted, w.After}
	if p.index == "" {
		p.index = "submitted"
	}
	if p.engine.postgres() && p.index == "submitted" {
		return // its scan begins there
	}
	p.where(condition{sql: "a.submitted_at IS NOT NULL"})
	if w.After != "" {
		operator := "<"
		if w.Ascending {
			operator = ">"
		}
		p.where(condition{sql: "(a.submitted_at, a.id) " + operator + " (?, ?)", args: []any{w.AfterSubmitted, w.After}})
	}
}

// addFields filters by fields with one value and chooses the index of the first of
// these fields.
func (p *plan) addFields(f assets.Filter) {
	for _, field := range []struct{ index, column, value string }{
		{"run", "run_id", f.RunID},
		{"brief", "brief_id", f.BriefID},
		{"campaign", "campaign_id", f.CampaignID},
		{"agent", "agent_slug", f.AgentSlug},
		{"brand", "brand_id", f.BrandID},
		{"creator", "created_by", f.CreatedBy},
		{"decision", "last_action", string(f.LastAction)},
		{"media", "media_type", f.MediaType},
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

// addTags scans asset_tags for the first tag if no index is chosen yet, and
// filters by the other tags. The empty value matches any, as in the table.
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

// addSets makes statuses and types branches of the scan if an index has them, and
// filters otherwise.
func (p *plan) addSets(statuses []assets.Status, types []assets.Type) {
	free := p.index == "" && p.tag == nil // no index is chosen yet
	suffix := ""                          // of an index over two fields
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

// idRange is a range of ids: from lower, itself excluded if exclusive, to upper,
// which is always excluded. An empty bound is none. If oneOf is not empty, the
// range has no other ids.
type idRange struct {
	lower, upper assets.ID
	exclusive    bool
	oneOf        []assets.ID
}

// newIDRange combines filter and window to one lower and one upper bound. SQLite
// seeks by one of each and would read every row that a second one excludes.
func newIDRange(f assets.Filter, w assets.Window) idRange {
	r := idRange{lower: f.Since, upper: f.Until, oneOf: distinct(f.IDs)}
	switch {
	case w.After == "":
	case w.Ascending && w.After >= r.lower:
		r.lower, r.exclusive = w.After, true
	case !w.Ascending && (r.upper == "" || w.After < r.upper):
		r.upper = w.After
	}
	return r
}

// conditions returns the range as conditions on the column id.
func (r idRange) conditions() []condition {
	var c []condition
	if len(r.oneOf) > 0 {
		c = append(c, oneOf("id", r.oneOf))
	}
	switch {
	case r.exclusive:
		c = append(c, condition{sql: "a.id > ?", args: []any{r.lower}})
	case r.lower != "":
		c = append(c, condition{sql: "a.id >= ?", args: []any{r.lower}})
	}
	if r.upper != "" {
		c = append(c, condition{sql: "a.id < ?", args: []any{r.upper}})
	}
	return c
}

// distinct returns the values sorted and without repetitions.
func distinct[V ~string](values []V) []V {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// branch returns one branch for each value.
func branch[V any](column string, values []V) [][]condition {
	branches := make([][]condition, len(values))
	for i, v := range values {
		branches[i] = []condition{equal(column, v)}
	}
	return branches
}

// product returns a branch for each pair.
func product(a, b [][]condition) [][]condition {
	var all [][]condition
	for _, x := range a {
		for _, y := range b {
			all = append(all, slices.Concat(x, y))
		}
	}
	return all
}

// statement returns the plan as SQL. Several branches are merged in the order of the
// page; none is read further than the page needs.
func (p *plan) statement() (string, []any) {
	var s sqlText
	if p.engine.postgres() {
		p.writePostgres(&s)
		return s.String(), s.args
	}
	filtered := p.search == "" && p.filtersRows()
	if filtered {
		s.WriteString("WITH page AS MATERIALIZED (")
	}
	p.writeBranches(&s, "a.*")
	p.writePage(&s, p.sideAlias()+"id")
	if filtered {
		s.WriteString(") SELECT * FROM page")
	}
	return s.String(), s.args
}

// filtersRows reports whether rows that the scan reads may be filtered out, so that
// there may be many between two rows of the page. The driver of SQLite interrupts a
// statement only until its first row: the page is then made before.
func (p *plan) filtersRows() bool {
	indexed := p.indexColumns()
	if p.tag != nil {
		indexed = indexed[:2]
	}
	return slices.ContainsFunc(p.conditions, func(c condition) bool { return !slices.Contains(indexed, c.column) })
}

// countStatement returns SQL that counts the rows of the plan.
func (p *plan) countStatement() (string, []any) {
	var s sqlText
	s.WriteString("SELECT count(*) FROM (")
	p.writeFound(&s, "a.id")
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

// sideAlias returns the alias, with a dot, of the side table from which rows of the
// list table are looked up. It is empty if the list table itself is scanned.
func (p *plan) sideAlias() string {
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
		p.writeSearchJoin(s)
	case p.tag != nil:
		p.writeTagJoin(s)
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
		if p.inSideTable(c) {
			s.term(" AND "+p.sideAlias()+strings.TrimPrefix(c.sql, "a."), c.args...)
		}
	}
}

// writeTagJoin begins a branch that scans asset_tags and looks each row up. The
// CROSS JOIN makes SQLite do so in that order.
func (p *plan) writeTagJoin(s *sqlText) {
	s.WriteString(" FROM asset_tags AS t")
	s.WriteString(p.engine.indexedBy("asset_tags_value"))
	s.WriteString(" CROSS JOIN asset_perspectives AS a")
	s.WriteString(p.engine.indexedBy("asset_perspectives_id"))
	s.term(" WHERE t.key = ? AND t.value = ? AND a.id = t.id AND ", p.tag.Key, p.tag.Value)
}

// inSideTable reports whether a condition is on a column that the side table has too, so
// that it bounds its scan.
func (p *plan) inSideTable(c condition) bool {
	column, _, _ := strings.Cut(strings.TrimPrefix(c.sql, "a."), " ")
	switch column {
	case "workspace", "id":
		return p.sideAlias() != ""
	case "perspective":
		return p.tag != nil
	}
	return false
}

// sqlText builds a statement with its arguments.
type sqlText struct {
	strings.Builder
	args []any
}

func (s *sqlText) term(sql string, args ...any) {
	s.WriteString(sql)
	s.args = append(s.args, args...)
}

// and writes conditions, each after AND.
func (s *sqlText) and(conditions ...condition) {
	for _, c := range conditions {
		s.term(" AND "+c.sql, c.args...)
	}
}
