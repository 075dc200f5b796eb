package export_test

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tools are programs of others that judge an archive. $1 is the archive, $2 an
// empty folder.
var tools = []struct{ name, script string }{
	{"unzip", `unzip -tq "$1"`},
	{"bsdtar", `bsdtar -tf "$1" >/dev/null`},
	{"7z", `7z t -bso0 "$1"`},
	{"python3", `python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); bad = z.testzip(); sys.exit("bad: " + bad if bad else 0)' "$1"`},
	{"sha256sum", `export LC_ALL=C.UTF-8; bsdtar -xf "$1" -C "$2" && cd "$2" &&
		sha256sum --strict --quiet -c manifest-sha256.txt && sha256sum --strict --quiet -c tagmanifest-sha256.txt`},
}

// judge shows an archive to every tool.
func judge(t *testing.T, path string, without ...string) {
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

// require ends the test when a program is missing: scripts/test-servers
// installs it.
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

// write puts the archive into a file.
func (p *planned) write(t testing.TB) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "export.zip"))
	if err != nil {
		t.Fatal(err)
	}
	b := bufio.NewWriterSize(f, 1<<20)
	if _, err := p.archive(t).WriteTo(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// TestEXP05RealToolsAcceptNames: empty contents, names in Unicode, titles that
// are the same.
func TestEXP05RealToolsAcceptNames(t *testing.T) {
	t.Parallel()
	files := append([]file{}, sampleFiles...)
	for _, title := range []string{"CON", "a\u202eb", "C:\\x", strings.Repeat("\U0001F600", 75), "Straße", "STRASSE", "  - -rf *  ", "e\u0301", "é", "%s%0a\n"} {
		files = append(files, file{title: title, mediaType: "text/plain", content: []byte(title)})
	}
	judge(t, planFiles(t, files...).write(t))
}

// TestEXP07RealToolsAcceptManyEntries is about the numbers of members at
// which zip64 begins.
func TestEXP07RealToolsAcceptManyEntries(t *testing.T) {
	t.Parallel()
	const tags = 5 // files that are no contents
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
				judge(t, path)
				return
			}
			judge(t, path, "sha256sum") // it makes as many files
		})
	}
}

// archiveAt reads an archive here and there, as archive/zip does.
type archiveAt struct {
	t testing.TB
	p *planned
}

func (a archiveAt) ReadAt(b []byte, at int64) (int, error) {
	archive := a.p.archive(a.t)
	if _, err := archive.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(archive, b)
}

// TestEXP07SizesAndOffsets: sizes and offsets at which zip64 begins, of
// contents that nobody reads.
func TestEXP07SizesAndOffsets(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{math.MaxUint32 - 1, math.MaxUint32, math.MaxUint32 + 1, 5 << 30} {
		for _, before := range []int64{0, 1 << 10} {
			p := planFiles(
				t,
				file{title: "Zeros", mediaType: "video/mp4", sparse: size - before, unread: true},
				file{title: "Behind", mediaType: "text/plain", content: []byte("behind")},
				file{title: "Again", mediaType: "video/mp4", sparse: size, unread: true},
				file{title: "Last", mediaType: "text/plain", content: []byte("last")},
			)
			total := p.archive(t).Size()
			r, err := zip.NewReader(archiveAt{t, p}, total)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range r.File[:4] {
				if want := p.entries[i]; f.Name != want.Name || f.UncompressedSize64 != uint64(want.Size) || f.CRC32 != want.CRC32 {
					t.Errorf("size %d: member %d is %+v", size, i, f.FileHeader)
				}
				at, err := f.DataOffset()
				if err != nil || at != p.entries[i].At[0]+local(f) {
					t.Errorf("size %d: member %d is at %d, %v", size, i, at, err)
				}
				if i%2 == 1 {
					content, err := f.Open()
					if err != nil {
						t.Fatal(err)
					}
					if text, err := io.ReadAll(content); err != nil || string(text) != string(p.contents[fmt.Sprint("key-", i)].content) {
						t.Errorf("size %d: member %d reads %q, %v", size, i, text, err)
					}
				}
			}
		}
	}
}

// local is how long the local header of a member is.
func local(f *zip.File) int64 {
	n := int64(30 + len(f.Name))
	if f.UncompressedSize64 >= math.MaxUint32 {
		n += 20
	}
	return n
}

// TestVolumeEXP07RealToolsAccept5GiB: sizes and offsets beyond 4 GiB.
func TestVolumeEXP07RealToolsAccept5GiB(t *testing.T) {
	if os.Getenv("ASSETS_TEST_ALL") != "1" {
		t.Skip("5 GiB: only with ASSETS_TEST_ALL=1")
	}
	files := append([]file{{title: "Long film", mediaType: "video/mp4", sparse: 5 << 30}}, sampleFiles...)
	judge(t, planFiles(t, files...).write(t))
}
