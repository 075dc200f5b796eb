// Package reliability makes docs/reliability.md: which fault or threat is shown
// to be survived by which tests, and on which back ends those ran.
//
// A test says by its name what it shows: TestCRA01Killed, or a subtest
// "APR06 by a write-only key". What counts is what ran and passed.
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
	Priority  string // P0, P1 or P2
	Situation string
	Reason    string // why it has no test, if it has none
}

var rowFields = regexp.MustCompile(`^([A-Z]{3,4}-\d\d) \| (P[012]) \| ([^|]+?)(?: \| ([^|]+))?$`)

// Rows answers all rows in order. An error is a malformed line.
func Rows() ([]Row, error) { return parse(text) }

func parse(text string) (rows []Row, err error) {
	known := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		f := rowFields.FindStringSubmatch(line)
		if len(f) == 0 || known[f[1]] {
			return nil, fmt.Errorf("rows.txt: malformed or twice: %s", line)
		}
		known[f[1]] = true
		rows = append(rows, Row{f[1], f[2], f[3], f[4]})
	}
	return rows, nil
}
