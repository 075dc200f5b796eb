package corpus_test

import (
	"flag"
	"fmt"
	"os"
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

func tables() string {
	var b strings.Builder
	b.WriteString("| asset type | media types, the default for text first |\n|---|---|\n")
	for _, typ := range []assets.Type{assets.TypeCopy, assets.TypeBlog, assets.TypeImage, assets.TypeSlide, assets.TypeVideo, assets.TypeBundle} {
		list := "anything"
		if all := typ.MediaTypes(); len(all) > 0 {
			list = strings.Join(all, ", ")
		}
		fmt.Fprintf(&b, "| %s | %s |\n", typ, list)
	}
	b.WriteString("\n| file | written by | asset type | stored as | preview | scaled to 160 |\n|---|---|---|---|---|---|\n")
	for _, s := range samples() {
		by, scaled := s.by, s.scaled
		if s.all {
			by += " ¹"
		}
		if scaled == "" {
			scaled = "–"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", s.name, by, s.typ, s.media, s.shown, scaled)
	}
	return b.String()
}
