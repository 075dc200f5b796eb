package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeShowsTheExample keeps the Go snippet of the README the one that
// is compiled and run.
func TestReadmeShowsTheExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join(moduleRoot, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(filepath.Join(moduleRoot, "example_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(string(example), "func Example() {\n")
	want, _, _ = strings.Cut(want, "\t// Output:")
	want = strings.ReplaceAll("\n"+want, "\n\t", "\n")
	_, got, _ := strings.Cut(string(readme), "```go")
	got, _, _ = strings.Cut(got, "```")
	if got != want || want == "" {
		t.Errorf("the README shows\n%s\nthe Example is\n%s", got, want)
	}
}

// TestDocumentLinks: what a document links to within the project is there.
func TestDocumentLinks(t *testing.T) {
	t.Parallel()
	documents, err := filepath.Glob(filepath.Join(moduleRoot, "docs", "*.md"))
	if err != nil || len(documents) == 0 {
		t.Fatalf("%d documents: %v", len(documents), err)
	}
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)\s]*)?\)`) // none with a scheme
	for _, document := range append(documents, filepath.Join(moduleRoot, "README.md"), filepath.Join(moduleRoot, "CHANGELOG.md")) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), target[1])); err != nil {
				t.Errorf("%s links to %s: %v", document, target[1], err)
			}
		}
	}
}
