package export_test

import (
	"archive/zip"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// tools are programs that verify an archive. $1 is the archive, $2 an empty folder.
var tools = []struct{ name, script string }{
	{"unzip", `unzip -tq "$1"`},
	{"bsdtar", `bsdtar -tf "$1" >/dev/null`},
	{"7z", `7z t -bso0 "$1"`},
	{"python3", `python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); bad = z.testzip(); sys.exit("bad: " + bad if bad else 0)' "$1"`},
	{"sha256sum", `export LC_ALL=C.UTF-8; bsdtar -xf "$1" -C "$2" && cd "$2"/* &&
		sha256sum --strict --quiet -c manifest-sha256.txt && sha256sum --strict --quiet -c tagmanifest-sha256.txt`},
}

// verify verifies an archive with every tool.
func verify(t *testing.T, path string, without ...string) {
	t.Helper()
	for _, tool := range tools {
		if slices.Contains(without, tool.name) {
			continue
		}
		t.Run(tool.name, func(t *testing.T) {
			require(t, tool.name)
			require(t, "bsdtar")
			out, err := exec.CommandContext(t.Context(), "sh", "-c", tool.script, "sh", path, t.TempDir()).CombinedOutput()
			if err != nil {
				t.Errorf("%v: %.2000s", err, out)
			}
		})
	}
}

// require skips or fails the test if a program is missing. scripts/test-servers installs
// it.
func require(t *testing.T, program string) {
	t.Helper()
	_, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("ASSETS_TEST_TOOLS") != "":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// The archive has empty contents, names in Unicode, and equal titles.
func TestToolsAcceptNamesEXP05(t *testing.T) {
	t.Parallel()
	files := append([]file{}, sampleFiles...)
	for _, title := range []string{"CON", "a\u202eb", "C:\\x", strings.Repeat("\U0001F600", 75), "Straße", "STRASSE", "  - -rf *  ", "e\u0301", "é", "%s%0a\n"} {
		files = append(files, file{title: title, mediaType: "text/plain", content: []byte(title)})
	}
	verify(t, planFiles(t, files...).write(t))
}

// The archives have the numbers of files just below and from which zip64 is needed.
func TestVolumeToolsAcceptManyEntriesEXP07(t *testing.T) {
	t.Parallel()
	const tags = 5 // tag files of the bag
	for _, members := range []int{math.MaxUint16, math.MaxUint16 + 1} {
		t.Run(fmt.Sprint(members), func(t *testing.T) {
			t.Parallel()
			files := make([]file, members-tags)
			for i := range files {
				files[i] = file{title: fmt.Sprint(i), mediaType: "text/plain", content: []byte{byte(i)}}
			}
			path := planFiles(t, files...).write(t)
			r, err := zip.OpenReader(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(r.File); n != members {
				t.Errorf("%d members, want %d", n, members)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if os.Getenv("ASSETS_TEST_ALL") == "1" {
				verify(t, path)
				return
			}
			verify(t, path, "sha256sum") // it creates as many files
		})
	}
}

// The archive has sizes and offsets beyond 4 GiB.
func TestVolumeToolsAccept5GiBEXP07(t *testing.T) {
	if os.Getenv("ASSETS_TEST_ALL") != "1" {
		t.Skip("5 GiB: only with ASSETS_TEST_ALL=1")
	}
	files := append([]file{{title: "Long film", mediaType: "video/mp4", sparse: 5 << 30}}, sampleFiles...)
	verify(t, planFiles(t, files...).write(t))
}
