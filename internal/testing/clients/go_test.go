package clients

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// goGenerator is a generator of Go, which is a tool of this module.
type goGenerator struct {
	name string
	args func(folder string) []string // that write the package client to folder
}

func goGenerators() []goGenerator {
	return []goGenerator{
		{"oapi-codegen", func(folder string) []string {
			return []string{"-config", "testdata/oapi-codegen/config.yaml", "-o", filepath.Join(folder, "client.go"), document}
		}},
		{"ogen", func(folder string) []string {
			return []string{"-config", "testdata/ogen/config.yaml", "-package", "client", "-target", folder, document}
		}},
	}
}

// compile generates the client, compiles the story in testdata with it and returns the
// path of the program. The two packages are in no folder of the module: an overlay puts
// them into one that is named after the generator.
func (g goGenerator) compile(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	client := filepath.Join(folder, "client")
	if err := os.Mkdir(client, 0o755); err != nil {
		t.Fatal(err)
	}
	generate(t, exec.CommandContext(t.Context(), "go", append([]string{"tool", g.name}, g.args(client)...)...))
	files, err := filepath.Glob(filepath.Join(client, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	replace := map[string]string{absolute(t, filepath.Join(g.name, "main.go")): absolute(t, filepath.Join("testdata", g.name, "main.go"))}
	for _, file := range files {
		replace[absolute(t, filepath.Join(g.name, "client", filepath.Base(file)))] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list, program := filepath.Join(folder, "overlay.json"), filepath.Join(folder, "story")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", program, "./"+g.name))
	return program
}
