package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestReadmeCommands runs the shell lines of the README against a server.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("ASSETS_TEST_TOOLS") != "" {
				t.Fatal(err)
			}
			t.Skipf("needs %s; make test installs it", tool)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(string(readme), "```sh\n")
	script, _, found := strings.Cut(script, "```")
	if !found {
		t.Fatal("the README has no shell lines")
	}
	p := firstStart(t, t.TempDir())
	sh := exec.CommandContext(t.Context(), "sh", "-euc", script)
	sh.Dir = t.TempDir()
	sh.Env = append(os.Environ(), "URL="+p.url+"/api/v1/assets", "KEY="+p.key)
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		`"content":{"media_type":"image/svg+xml"`, `"status":"approved","version":1,"current_version":2`,
		"\nSpring is here.\n", `"version":3,"current_version":3,"approved_version":3`, `"status":"archived"`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the answers lack %s:\n%s", want, out)
		}
	}
}
