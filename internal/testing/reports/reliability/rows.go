// Package reliability generates docs/reliability.md: for each fault or threat,
// the tests that show that the product survives it, and the back ends on which
// they ran.
//
// A test has the id of its row in its name, as in TestCRA01Killed or in a subtest
// "APR06 by a write-only key". Only tests that ran and passed are listed.
package reliability

import (
	_ "embed" // the rows
	"fmt"
	"regexp"
	"strings"
)

//go:embed rows.txt
var text string

// Row is a fault or threat.
type Row struct {
	ID        string // such as CRA-01
	Area      string // title of the rows whose ids begin with the same letters
	Priority  string // P0, P1 or P2
	Situation string
	Reason    string // why the row may have no test, or empty
}

var (
	areaFields = regexp.MustCompile(`^([A-Z]{3,4}): (.+)$`)
	rowFields  = regexp.MustCompile(`^(([A-Z]{3,4})-\d\d) \| (P[012]) \| ([^|]+?)(?: \| ([^|]+))?$`)
)

// Rows returns all rows in order. It returns an error if a line of rows.txt is
// malformed, repeats an id, or is in another area than its id.
func Rows() ([]Row, error) { return parse(text) }

func parse(text string) (rows []Row, err error) {
	known := map[string]bool{}
	var letters, area string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if f := areaFields.FindStringSubmatch(line); len(f) > 0 {
			letters, area = f[1], f[2]
			continue
		}
		f := rowFields.FindStringSubmatch(line)
		if len(f) == 0 || f[2] != letters || known[f[1]] {
			return nil, fmt.Errorf("rows.txt: malformed, repeated or in the wrong area: %s", line)
		}
		known[f[1]] = true
		rows = append(rows, Row{ID: f[1], Area: area, Priority: f[3], Situation: f[4], Reason: f[5]})
	}
	return rows, nil
}
