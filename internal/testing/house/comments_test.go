package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestExportedNamesHaveDocComments holds for importable packages. The comment
// of a block of constants or variables is that of each of them. Methods named
// Error need none: they implement error.
func TestExportedNamesHaveDocComments(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{} // folders whose package has a comment
	folders := map[string]sourceFile{}
	for _, f := range sourceFiles(t) {
		if !f.importable() {
			continue
		}
		folder := f.path[:strings.LastIndex("/"+f.path, "/")]
		folders[folder] = f
		documented[folder] = documented[folder] || f.Doc != nil
		for _, d := range declarations(f.File) {
			if d.exported && d.doc == "" && !strings.HasSuffix(d.name, ".Error") {
				t.Errorf("%s: %s has no doc comment", f.at(d.pos), d.name)
			}
		}
	}
	for folder, f := range folders {
		if !documented[folder] {
			t.Errorf("%s: package %s has no doc comment", folder, f.Name.Name)
		}
	}
}

// TestDocCommentsReadAsGoDocumentation: a doc comment says that a function
// returns or reports something, as Go's own documentation does.
func TestDocCommentsReadAsGoDocumentation(t *testing.T) {
	t.Parallel()
	for _, f := range sourceFiles(t) {
		var last string // constants of a block share their comment
		for _, d := range declarations(f.File) {
			if d.doc == last {
				continue
			}
			last = d.doc
			for _, words := range odd(d.doc) {
				t.Errorf("%s: the comment of %s has %q; write \"returns\", \"reports whether\", \"is\" or \"must\"", f.at(d.pos), d.name, words)
			}
		}
	}
}

// declaration is a package, type, function, method, field, constant or
// variable of a file.
type declaration struct {
	name     string
	doc      string // "" if it has none
	pos      token.Pos
	exported bool // and needs a comment of its own
}

// declarations returns what a file declares at package level, with the fields
// and methods of its types.
func declarations(file *ast.File) []declaration {
	all := []declaration{{name: "package " + file.Name.Name, doc: text(file.Doc), pos: file.Package}}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			all = append(all, function(d))
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					all = append(all, declaration{spec.Name.Name, text(spec.Doc, d.Doc), spec.Pos(), spec.Name.IsExported()})
					all = append(all, members(spec)...)
				case *ast.ValueSpec:
					exported := slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported)
					all = append(all, declaration{spec.Names[0].Name, text(spec.Doc, spec.Comment, d.Doc), spec.Pos(), exported})
				}
			}
		}
	}
	return all
}

func function(d *ast.FuncDecl) declaration {
	name, exported := d.Name.Name, d.Name.IsExported()
	if d.Recv != nil {
		receiver := receiverName(d.Recv.List[0].Type)
		name, exported = receiver+"."+name, exported && ast.IsExported(receiver)
	}
	return declaration{name, text(d.Doc), d.Pos(), exported}
}

func receiverName(typ ast.Expr) string {
	switch typ := typ.(type) {
	case *ast.StarExpr:
		return receiverName(typ.X)
	case *ast.IndexExpr:
		return receiverName(typ.X)
	case *ast.IndexListExpr:
		return receiverName(typ.X)
	case *ast.Ident:
		return typ.Name
	}
	return ""
}

// members returns the fields or methods of a type. They may go without a
// comment.
func members(spec *ast.TypeSpec) (all []declaration) {
	ast.Inspect(spec.Type, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && (field.Doc != nil || field.Comment != nil) {
			name := spec.Name.Name
			if len(field.Names) > 0 {
				name += "." + field.Names[0].Name
			}
			all = append(all, declaration{name: name, doc: text(field.Doc, field.Comment), pos: field.Pos()})
		}
		return true
	})
	return all
}

// text returns the first of the comments that there is.
func text(comments ...*ast.CommentGroup) string {
	for _, c := range comments {
		if c != nil {
			return strings.TrimSpace(c.Text())
		}
	}
	return ""
}

var (
	oddWords = regexp.MustCompile(`(?i)\b(says whether|tells whether|say whether|tell whether|judges|whoever|nobody is asked)\b`)
	answers  = regexp.MustCompile(`(?i)(\S+)\s+answers\b`)
	// nounBefore are words behind which "answers" is a noun.
	nounBefore = []string{
		"the", "a", "its", "his", "her", "their", "our", "your", "whose", "these", "those", "such", "no", "all", "any", "some", "many", "more", "most", "few", "both",
		"of", "for", "to", "with", "without", "by", "in", "from", "on", "as", "about", "between", "against", "into", "than", "other", "wrong", "right", "same", "different", "equal",
		"large", "small", "slow", "long", "short", "late", "earlier", "recorded", "cached", "http", "rest", "mcp", "error", "two", "three",
	}
)

// odd returns the places of a comment that are not as Go's documentation would
// say it.
func odd(comment string) (found []string) {
	for _, at := range oddWords.FindAllString(comment, -1) {
		found = append(found, strings.Join(strings.Fields(at), " "))
	}
	for _, at := range answers.FindAllStringSubmatch(comment, -1) {
		if before := strings.ToLower(strings.Trim(at[1], `"'(,`)); !slices.Contains(nounBefore, before) {
			found = append(found, strings.Join(strings.Fields(at[0]), " "))
		}
	}
	return found
}

func TestOdd(t *testing.T) {
	t.Parallel()
	for comment, want := range map[string]int{
		"Count answers the number of rows.":         1,
		"Count\nanswers the number of rows.":        1,
		"It returns a row, and answers ErrNotFound": 1,
		"ok says whether, and tells\nwhether, so.":  1,
		"Policy judges a decision by whoever asks.": 2,
		"Count returns the number of the answers.":  0,
		"Count reports whether its answers differ.": 0,
		"A store that answers in time.":             1,
	} {
		if got := odd(comment); len(got) != want {
			t.Errorf("%q: found %q, want %d places", comment, got, want)
		}
	}
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", `// Package x is.
package x

// A block.
const (
	A = 1
	b = 2
)

var C, D int // both

type E struct {
	F int // field
	g int
}

// H is.
type H interface {
	I() // method
}

func (e *E) J() {}

// K is.
func (e E) K() {}
func (l[T]) M() {}
func N() {}
func o() {}
`, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range declarations(file) {
		got = append(got, fmt.Sprintf("%s %t %s", d.name, d.exported, d.doc))
	}
	want := []string{
		"package x false Package x is.", "A true A block.", "b false A block.", "C true both", "E true ", "E.F false field", "H true H is.", "H.I false method",
		"E.J true ", "E.K true K is.", "l.M false ", "N true ", "o false ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}
