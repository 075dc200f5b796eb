package deploy

import (
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkSums requires that SHA256SUMS has the digests of the files, and of no others.
func checkSums(t *testing.T, dist string, files ...string) {
	t.Helper()
	want := map[string]string{}
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(dist, name))
		if err != nil {
			t.Fatal(err)
		}
		want[name] = fmt.Sprintf("%x", sha256.Sum256(content))
	}
	text, err := os.ReadFile(filepath.Join(dist, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		got[name] = sum
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("SHA256SUMS (-want +got):\n%s", diff)
	}
}

// checkStatic requires that a program needs neither an interpreter nor a shared library.
func checkStatic(t *testing.T, program string) {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Errorf("%s has an interpreter", program)
	}
	if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("%s imports %v, %v", program, libraries, err)
	}
}

// bom is an SBOM in the form of CycloneDX.
type bom struct {
	BOMFormat   string `json:"bomFormat"`   //nolint:tagliatelle // CycloneDX's name
	SpecVersion string `json:"specVersion"` //nolint:tagliatelle // CycloneDX's name
	Metadata    struct{ Component component }
	Components  []component
}

type component struct{ Type, Name, Version, PURL string }

// checkSBOM requires that the SBOM beside a program has the modules in it, with their
// versions, and Go's standard library. Our own modules have the version of the commit.
func checkSBOM(t *testing.T, program string) {
	t.Helper()
	text, err := os.ReadFile(program + ".cdx.json")
	if err != nil {
		t.Fatal(err)
	}
	var b bom
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if b.BOMFormat != "CycloneDX" || b.SpecVersion == "" || b.Metadata.Component.Type != "application" || b.Metadata.Component.Name != info.Main.Path {
		t.Errorf("the SBOM of %s begins with %q, %q, %+v", program, b.BOMFormat, b.SpecVersion, b.Metadata.Component)
	}
	got := map[string]string{}
	for _, c := range b.Components {
		if got[c.Name] = c.Version; c.Version == "" || !strings.HasPrefix(c.PURL, "pkg:golang/"+c.Name+"@") {
			t.Errorf("the SBOM of %s has %+v", program, c)
		}
	}
	want := map[string]string{"std": info.GoVersion}
	for _, m := range info.Deps {
		switch {
		case m.Replace == nil:
			want[m.Path] = m.Version
		case strings.HasPrefix(m.Replace.Path, "."): // a folder of the repository
			want[m.Path] = got[m.Path]
		default:
			want[m.Replace.Path] = m.Replace.Version
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 10 {
		t.Errorf("the SBOM of %s (-program +SBOM), with %d components:\n%s", program, len(got), diff)
	}
}
