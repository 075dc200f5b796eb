package reliability

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Table collects the tests that name a row and passed.
type Table struct {
	rows []Row
	ran  map[string]map[string]coverage // by row, then by package and test
}

// coverage has the subtests of a test that name the row, unless the test itself
// does, and the back ends on which they ran.
type coverage struct{ subtests, backends map[string]bool }

// New returns an empty table. It returns an error if rows.txt is malformed.
func New() (*Table, error) {
	rows, err := Rows()
	if err != nil {
		return nil, err
	}
	t := &Table{rows: rows, ran: map[string]map[string]coverage{}}
	for _, r := range rows {
		t.ran[r.ID] = map[string]coverage{}
	}
	return t, nil
}

var named = regexp.MustCompile(`([A-Z]+)-?(\d\d)(?:\D|$)`)

// Passed adds a test that passed to the rows that its name contains. The test has
// no subtests and its name is as in go test -json. backends are those it ran on.
func (t *Table) Passed(pkg, test string, backends []string) {
	elements := strings.Split(test, "/")
	own := rowsOf(elements[0])
	for i, element := range elements {
		for id := range rowsOf(element) {
			if ran, ok := t.ran[id]; ok && (i == 0 || !own[id]) { // there is no row SHA-25
				name := pkg + "." + elements[0]
				if _, ok := ran[name]; !ok {
					ran[name] = coverage{map[string]bool{}, map[string]bool{}}
				}
				if i > 0 {
					ran[name].subtests[element] = true
				}
				for _, b := range backends {
					ran[name].backends[b] = true
				}
			}
		}
	}
}

// rowsOf returns the ids in an element of a test's name.
func rowsOf(element string) map[string]bool {
	ids := map[string]bool{}
	for at := 0; at < len(element); {
		m := named.FindStringSubmatchIndex(element[at:])
		if m == nil {
			break
		}
		letters, digits := element[at+m[2]:at+m[3]], element[at+m[4]:at+m[5]]
		for from := range letters { // TestXAPR01 has APR-01
			ids[letters[from:]+"-"+digits] = true
		}
		at += m[5]
	}
	return ids
}

// Missing returns the ids of the rows without a test, if they have no reason for
// it or if they are of P0 or P1 and had a test in the earlier docs/reliability.md.
func (t *Table) Missing(before string) (ids []string) {
	for _, r := range t.rows {
		if len(t.ran[r.ID]) > 0 {
			continue
		}
		had := regexp.MustCompile(`(?m)^\| ` + r.ID + ` \|.*\.Test`).MatchString(before)
		if r.Reason == "" || had && r.Priority != "P2" {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

const preamble = `# Reliability

What the store must survive, and the tests that show it. **make test writes this table**
from the tests that ran and passed: a test carries in its name the id of what it shows.
.ci/run fails when a row of P0 or P1 loses its last test.

P0: data loss, a leak between workspaces, unapproved bytes as approved. P1: denial of
service, a wrong answer, a secret shown. P2: a nuisance.

| id | p | situation | tests | ran on |
|---|---|---|---|---|
`

// Markdown returns the text of docs/reliability.md.
func (t *Table) Markdown() string {
	var b strings.Builder
	b.WriteString(preamble)
	for _, r := range t.rows {
		tests, backends := t.cells(r)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.ID, r.Priority, r.Situation, tests, backends)
	}
	return b.String()
}

func (t *Table) cells(r Row) (tests, backends string) {
	ran := t.ran[r.ID]
	if len(ran) == 0 {
		return "none: " + r.Reason, ""
	}
	var names []string
	on := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(ran)) {
		cell := "`" + name + "`"
		switch subtests := slices.Sorted(maps.Keys(ran[name].subtests)); len(subtests) {
		case 0:
		case 1:
			cell += " " + strings.NewReplacer("_", " ", "|", "¦").Replace(subtests[0])
		default:
			cell += fmt.Sprintf(" %d subtests", len(subtests))
		}
		names = append(names, cell)
		maps.Copy(on, ran[name].backends)
	}
	return strings.Join(names, "<br>"), strings.Join(slices.Sorted(maps.Keys(on)), ", ")
}
