package server_test

import (
	"archive/zip"
	"image/jpeg"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
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
	readme, err := os.ReadFile("../../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	blocks := strings.Split(string(readme), "```sh\n")[1:]
	for _, block := range blocks {
		lines, _, _ := strings.Cut(block, "```")
		script.WriteString(lines)
	}
	if len(blocks) != 2 {
		t.Errorf("the README has %d blocks of shell lines, want 2", len(blocks))
	}
	p := firstStart(t, t.TempDir())
	folder := t.TempDir()
	sh := exec.CommandContext(t.Context(), "sh", "-euc", script.String())
	sh.Dir = folder
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
			t.Errorf("the responses lack %s:\n%s", want, out)
		}
	}
	bag, err := zip.OpenReader(filepath.Join(folder, "spring.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer bag.Close()
	if text, err := fs.ReadFile(bag, "data/Tagline.txt"); err != nil || string(text) != "Spring is here." {
		t.Errorf("the export has %q, %v", text, err)
	}
	if lists := strings.Count(string(out), `{"items":[{"id"`); lists != 2 {
		t.Errorf("%d lists found something, want what is approved and what the words find:\n%s", lists, out)
	}
	banner, err := os.Open(filepath.Join(folder, "banner-160.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer banner.Close()
	if config, err := jpeg.DecodeConfig(banner); err != nil || config.Width != 160 {
		t.Errorf("the banner: %+v, %v", config, err)
	}
}
