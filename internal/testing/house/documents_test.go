package house_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeShowsTheExample compares the Go code of the README with the
// Example of the root package, which is compiled and run.
func TestReadmeShowsTheExample(t *testing.T) {
	t.Parallel()
	_, want, _ := strings.Cut(read(t, "example_test.go"), "func Example() {\n")
	want, _, _ = strings.Cut(want, "\t// Output:")
	want = strings.ReplaceAll("\n"+want, "\n\t", "\n")
	_, got, _ := strings.Cut(read(t, "README.md"), "```go")
	got, _, _ = strings.Cut(got, "```")
	if got != want || want == "" {
		t.Errorf("the README shows\n%s\nthe Example is\n%s", got, want)
	}
}

// TestDocumentLinks checks that the files and folders of the project to which
// documents link exist. docs/reliability.md is left out: the links in it are those
// of the last whole run, and a test that has moved since must not fail the run
// that writes it again.
func TestDocumentLinks(t *testing.T) {
	t.Parallel()
	documents := []string{"README.md", "CHANGELOG.md"}
	err := fs.WalkDir(os.DirFS(moduleRoot), "docs", func(file string, _ fs.DirEntry, err error) error {
		if filepath.Ext(file) == ".md" && file != "docs/reliability.md" {
			documents = append(documents, file)
		}
		return err
	})
	if err != nil || len(documents) == 2 {
		t.Fatalf("docs has %d documents: %v", len(documents)-2, err)
	}
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)\s]*)?\)`) // none with a scheme
	for _, document := range documents {
		for _, target := range link.FindAllStringSubmatch(read(t, document), -1) {
			if _, err := os.Stat(filepath.Join(moduleRoot, filepath.Dir(document), target[1])); err != nil {
				t.Errorf("%s links to %s: %v", document, target[1], err)
			}
		}
	}
}

// read returns the text of a file of the root module.
func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
