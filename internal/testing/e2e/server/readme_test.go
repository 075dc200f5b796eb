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
	out, _ := runDocument(t, "../../../../README.md", 1)
	for _, want := range []string{
		`"content":{"media_type":"image/svg+xml"`, `"status":"approved","version":1,"current_version":1`,
		`"status":"approved","version":1,"current_version":2`, "\nSpring is here.\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %s:\n%s", want, out)
		}
	}
	if lists := strings.Count(out, `{"items":[{"id"`); lists != 1 {
		t.Errorf("%d lists have an asset, want the list of approved ones:\n%s", lists, out)
	}
}

// TestReadmeTourCommands runs the shell lines of docs/tour.md against a server.
func TestReadmeTourCommands(t *testing.T) {
	t.Parallel()
	out, folder := runDocument(t, "../../../../docs/tour.md", 2)
	for _, want := range []string{
		`"content":{"media_type":"image/svg+xml"`, `"status":"approved","version":1,"current_version":2`,
		"\nSpring is here.\n", `"version":3,"current_version":3,"approved_version":3`, `"status":"archived"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %s:\n%s", want, out)
		}
	}
	bag, err := zip.OpenReader(filepath.Join(folder, "spring.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer bag.Close()
	folders, err := fs.Glob(bag, "export-*")
	if err != nil || len(folders) != 1 {
		t.Fatalf("top folders %q, %v", folders, err)
	}
	if text, err := fs.ReadFile(bag, folders[0]+"/data/Tagline.txt"); err != nil || string(text) != "Spring is here." {
		t.Errorf("the export has %q, %v", text, err)
	}
	if lists := strings.Count(out, `{"items":[{"id"`); lists != 2 {
		t.Errorf("%d lists have an asset, want that of approved assets and that of the search:\n%s", lists, out)
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

// runDocument runs the blocks of shell lines of a document in an empty folder,
// against a server of their own. It returns their output and the folder.
func runDocument(t *testing.T, document string, wantBlocks int) (output, folder string) {
	t.Helper()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("ASSETS_TEST_TOOLS") != "" {
				t.Fatal(err)
			}
			t.Skipf("needs %s; make test installs it", tool)
		}
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	blocks := strings.Split(string(text), "```sh\n")[1:]
	for _, block := range blocks {
		lines, _, _ := strings.Cut(block, "```")
		script.WriteString(lines)
	}
	if len(blocks) != wantBlocks {
		t.Errorf("%s has %d blocks of shell lines, want %d", document, len(blocks), wantBlocks)
	}
	p := firstStart(t, t.TempDir())
	folder = t.TempDir()
	sh := exec.CommandContext(t.Context(), "sh", "-euc", script.String())
	sh.Dir = folder
	sh.Env = append(os.Environ(), "URL="+p.url+"/api/v1/assets", "KEY="+p.key)
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out), folder
}
