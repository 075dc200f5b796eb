package reliability

import (
	"regexp"
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
	return newTable(rows), nil
}

func newTable(rows []Row) *Table {
	t := &Table{rows: rows, ran: map[string]map[string]coverage{}}
	for _, r := range rows {
		t.ran[r.ID] = map[string]coverage{}
	}
	return t
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
		if r.Reason == "" || r.Priority != "P2" && hadTest(before, r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
