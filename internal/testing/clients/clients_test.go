package clients

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// document is the committed OpenAPI document.
const document = "../../../docs/openapi.json"

// TestClientsFIL10 runs one story with each generated client: create from text and from a
// file, submit, list what waits, approve, list what is approved, download by range,
// preview, export, withdraw. What a client reads must be the same for all of them.
func TestClientsFIL10(t *testing.T) {
	t.Parallel()
	url, agent, person := serve(t)
	env := append(os.Environ(), "SERVER="+url, "AGENT_KEY="+agent, "PERSON_KEY="+person)
	t.Run("go", func(t *testing.T) {
		t.Parallel()
		for _, g := range goGenerators() {
			t.Run(g.name, func(t *testing.T) {
				t.Parallel()
				story := exec.CommandContext(t.Context(), g.compile(t))
				checkStory(t, story, env)
			})
		}
	})
	t.Run("typescript", func(t *testing.T) {
		t.Parallel()
		k := installed(t)
		for name, story := range k.compile(t) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				checkStory(t, k.node(t, story), env)
			})
		}
	})
}

func checkStory(t *testing.T, story *exec.Cmd, env []string) {
	t.Helper()
	want, err := os.ReadFile("testdata/transcript.txt")
	if err != nil {
		t.Fatal(err)
	}
	story.Env = env
	if got := output(t, story); got != string(want) {
		t.Errorf("the story:\n%s\nwant:\n%s", got, want)
	}
}

// output runs a program and returns its standard output. The test fails with all of it
// if the program fails.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, all strings.Builder
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, &all), &all
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(cmd.Path), err, &all)
	}
	return out.String()
}

// generate runs a generator, which must not warn.
func generate(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(strings.ToLower(string(out)), "warn") {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}
