package export_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// topFolder is that of the archives of planFiles.
const topFolder = "export-01970000-0000-7000-8000-000000000000/"

// contents returns the names and the contents of the files of a zip, below its top
// folder.
func contents(t testing.TB, archive []byte) (names []string, texts map[string]string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, f := range r.File {
		name, ok := strings.CutPrefix(f.Name, topFolder)
		if !ok {
			t.Errorf("%s is not in the top folder", f.Name)
		}
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content) // verifies the CRC-32
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		names, texts[name] = append(names, name), string(text)
	}
	return names, texts
}

func TestArchiveIsAZip(t *testing.T) {
	t.Parallel()
	b := readArchive(t, planFiles(t, sampleFiles...).archive(t))
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if f.Method != zip.Store || f.Flags != 0x800 || f.NonUTF8 {
			t.Errorf("%s: method %d, flags %x", f.Name, f.Method, f.Flags)
		}
		if !f.Modified.UTC().Equal(createdAt.Time()) || f.Mode() != 0o644 {
			t.Errorf("%s: modified %v, mode %v", f.Name, f.Modified, f.Mode())
		}
	}
	names, texts := contents(t, b)
	var want []string // each content is followed by its attestation
	for i, name := range sampleNames {
		if want = append(want, name); sampleFiles[i].attested {
			want = append(want, "attestations/"+strings.TrimPrefix(name, "data/")+".dsse.json")
		}
	}
	if got := names[:len(want)]; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	for i, want := range sampleNames {
		if texts[want] != string(sampleFiles[i].content) {
			t.Errorf("%s has other bytes", want)
		}
	}
}

func TestDOSTime(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1970-01-01T00:00:00Z": "1980-01-01 00:00:00",
		"1980-01-01T00:00:01Z": "1980-01-01 00:00:00",
		"2025-06-15T15:06:40Z": "2025-06-15 15:06:40",
		"2025-12-31T23:59:59Z": "2025-12-31 23:59:58",
		"2108-01-01T00:00:00Z": "2107-12-31 23:59:58",
	} {
		at, err := time.Parse(time.RFC3339, in)
		if err != nil {
			t.Fatal(err)
		}
		day, clock := export.DOSTime(assets.TimeOf(at))
		got := fmt.Sprintf("%d-%02d-%02d %02d:%02d:%02d", 1980+day>>9, day>>5&0xf, day&0x1f, clock>>11, clock>>5&0x3f, clock&0x1f*2)
		if got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}

// archiveAt is an io.ReaderAt of an archive.
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

// The contents have sizes and offsets around those from which zip64 is needed. Most are
// not read.
func TestZip64SizesAndOffsetsEXP07(t *testing.T) {
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
				if want := p.entries[i]; f.Name != topFolder+want.Name || f.UncompressedSize64 != uint64(want.Size) || f.CRC32 != want.CRC32 {
					t.Errorf("size %d: member %d is %+v", size, i, f.FileHeader)
				}
				at, err := f.DataOffset()
				if err != nil || at != p.entries[i].At[0]+localHeaderSize(f) {
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

// localHeaderSize returns the size of the local header of a file.
func localHeaderSize(f *zip.File) int64 {
	n := int64(30 + len(f.Name))
	if f.UncompressedSize64 >= math.MaxUint32 {
		n += 20
	}
	return n
}
