package reliability

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

const preamble = `# Reliability

What the store must survive, and the tests that show it. **make test writes this document**
from the tests that ran and passed: a test carries in its name, or in that of a subtest, the
id of what it shows. .ci/run fails when a row of P0 or P1 loses its last test.

P0: data loss, a leak between workspaces, unapproved bytes as approved. P1: denial of
service, a wrong response, a secret shown. P2: a nuisance.
`

// Markdown returns the text of docs/reliability.md: for each area a table of its
// rows, then the tests of each row with links to their files. tree is the
// folder of the project. A test that is not found in it has no link.
func (t *Table) Markdown(tree fs.FS) (string, error) {
	var b strings.Builder
	b.WriteString(preamble)
	files := testFiles{tree: tree, known: map[string]map[string]string{}}
	for rows := t.rows; len(rows) > 0; {
		n := slices.IndexFunc(rows, func(r Row) bool { return r.Area != rows[0].Area })
		if n < 0 {
			n = len(rows)
		}
		t.writeIndex(&b, rows[:n])
		for _, r := range rows[:n] {
			if err := t.writeTests(&b, r, files); err != nil {
				return "", err
			}
		}
		rows = rows[n:]
	}
	return b.String(), nil
}

// writeIndex writes the table of an area.
func (t *Table) writeIndex(b *strings.Builder, rows []Row) {
	title := strings.ToUpper(rows[0].Area[:1]) + rows[0].Area[1:]
	fmt.Fprintf(b, "\n## %s\n\n| id | priority | situation | tests |\n|---|---|---|---|\n", title)
	for _, r := range rows {
		tests := "none"
		if n := len(t.ran[r.ID]); n > 0 {
			tests = fmt.Sprint(n)
		}
		fmt.Fprintf(b, "| [%s](#%s) | %s | %s | %s |\n", r.ID, strings.ToLower(r.ID), r.Priority, r.Situation, tests)
	}
}

// heading returns the line before the tests of a row.
func heading(id string) string { return "\n### " + id + "\n" }

// bullet begins the line of a test.
const bullet = "\n- "

// writeTests writes the tests of a row, one on each line.
func (t *Table) writeTests(b *strings.Builder, r Row, files testFiles) error {
	fmt.Fprintf(b, "%s\n%s: %s.\n", heading(r.ID), r.Priority, r.Situation)
	ran := t.ran[r.ID]
	if len(ran) == 0 {
		fmt.Fprintf(b, "No test: %s.\n", r.Reason)
		return nil
	}
	on := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(ran)) {
		link, err := files.link(name)
		if err != nil {
			return err
		}
		b.WriteString(bullet + link)
		switch subtests := slices.Sorted(maps.Keys(ran[name].subtests)); len(subtests) {
		case 0:
		case 1:
			b.WriteString(": " + strings.ReplaceAll(subtests[0], "_", " "))
		default:
			fmt.Fprintf(b, ": %d subtests", len(subtests))
		}
		maps.Copy(on, ran[name].backends)
	}
	b.WriteString("\n")
	if len(on) > 0 {
		fmt.Fprintf(b, "\nRan on: %s.\n", strings.Join(slices.Sorted(maps.Keys(on)), ", "))
	}
	return nil
}

// hadTest reports whether the row has a test in a text of Markdown.
func hadTest(text, id string) bool {
	_, section, _ := strings.Cut(text, heading(id))
	section, _, _ = strings.Cut(section, "\n#")
	return strings.Contains(section, bullet)
}

// testFiles finds the files of tests.
type testFiles struct {
	tree  fs.FS
	known map[string]map[string]string // file by package and function
}

// link returns a link to the file of a test such as "store/sqlite.TestStore", or
// the name alone if no file has the test.
func (f testFiles) link(name string) (string, error) {
	dot := strings.LastIndexByte(name, '.')
	pkg, function := name[:dot], name[dot+1:]
	if f.known[pkg] == nil {
		found, err := testsOf(f.tree, folderOf(pkg))
		if err != nil {
			return "", err
		}
		f.known[pkg] = found
	}
	file, ok := f.known[pkg][function]
	if !ok {
		return "`" + name + "`", nil
	}
	return "[`" + name + "`](../" + file + ")", nil
}

// folderOf returns the folder of a package. The folder of nested modules is their
// path too.
func folderOf(pkg string) string {
	if pkg == "assets" {
		return "."
	}
	return pkg
}

var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)

// testsOf returns the file of each test function in a folder.
func testsOf(tree fs.FS, folder string) (map[string]string, error) {
	files, err := fs.Glob(tree, path.Join(folder, "*_test.go"))
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, file := range files {
		source, err := fs.ReadFile(tree, file)
		if err != nil {
			return nil, err
		}
		for _, m := range testFunction.FindAllSubmatch(source, -1) {
			found[string(m[1])] = file
		}
	}
	return found, nil
}
