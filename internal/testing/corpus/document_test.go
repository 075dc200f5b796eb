package corpus_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

var update = flag.Bool("update", false, "write docs/files.md")

const documentPath = "../../../docs/files.md"

const (
	beginTable = "<!-- files -->\n"
	endTable   = "<!-- /files -->"
)

// TestDocument compares the tables of docs/files.md with the media types and the files
// of this package.
func TestDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(documentPath)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), beginTable)
	_, after, ok2 := strings.Cut(rest, endTable)
	if !ok || !ok2 {
		t.Fatal("docs/files.md has no table")
	}
	want := before + beginTable + tables() + endTable + after
	switch {
	case *update:
		if err := os.WriteFile(documentPath, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	case want != string(text):
		t.Error("docs/files.md is out of date; run go test ./internal/testing/corpus -run Document -update")
	}
}

// types returns the types of assets in the order of the document.
func types() []assets.Type {
	return []assets.Type{assets.TypeCopy, assets.TypeBlog, assets.TypeImage, assets.TypeSlide, assets.TypeVideo, assets.TypeBundle}
}

func tables() string {
	var b strings.Builder
	b.WriteString("| asset type | media types, the default for text first |\n|---|---|\n")
	for _, typ := range types() {
		list := "anything"
		if all := typ.MediaTypes(); len(all) > 0 {
			list = strings.Join(all, ", ")
		}
		fmt.Fprintf(&b, "| %s | %s |\n", typ, list)
	}
	b.WriteString("\n| asset type | stored as | files | preview | scaled |\n|---|---|---|---|---|\n")
	accepted, files := rows(func(f file) bool { return f.shown != notAccepted })
	for _, r := range accepted {
		scaled := "–"
		if r.scales {
			scaled = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.typ, r.media, files[r], r.shown, scaled)
	}
	b.WriteString("\n| asset type | refused as | files |\n|---|---|---|\n")
	others, files := rows(func(f file) bool { return f.shown == notAccepted })
	for _, r := range others {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.typ, r.media, files[r])
	}
	return b.String()
}

// row is a row of a table: the files that are treated alike.
type row struct {
	typ          assets.Type
	media, shown string
	scales       bool
}

// rows returns the rows of the files that match, in the order of types and files, and
// the cell of each with its files.
func rows(match func(file) bool) (all []row, files map[row]string) {
	files = map[row]string{}
	by := map[row]string{} // the last tool of each
	for _, tool := range tools() {
		name := tool.by
		if tool.all {
			name += " ¹"
		}
		for _, f := range tool.files {
			r := row{f.typ, f.media, f.shown, f.scales}
			switch {
			case !match(f):
				continue
			case by[r] == "":
				all = append(all, r)
				files[r] = name + ": " + f.name
			case by[r] == name:
				files[r] += ", " + f.name
			default:
				files[r] += ". " + name + ": " + f.name
			}
			by[r] = name
		}
	}
	slices.SortStableFunc(all, func(a, b row) int { return slices.Index(types(), a.typ) - slices.Index(types(), b.typ) })
	return all, files
}
