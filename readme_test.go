package assets_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsTheExample keeps the Go snippet of the README the one that
// is compiled and run.
func TestReadmeShowsTheExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
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
