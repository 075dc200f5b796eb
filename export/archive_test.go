package export_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

var sampleFiles = []file{
	{title: "Hero", mediaType: "image/png", content: []byte("png")},
	{title: "Empty", mediaType: "text/plain"},
	{title: "Größe 漢字 \U0001F600", mediaType: "text/markdown", content: []byte("# hi\n")},
	{title: "hero", mediaType: "image/png", content: bytes.Repeat([]byte("x"), 70_000)},
	{title: "../../etc/passwd", mediaType: "application/x-what", filename: "a.TAR", content: []byte("p")},
}

func whole(t testing.TB, a *export.Archive) []byte {
	t.Helper()
	if _, err := a.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(a)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != a.Size() {
		t.Fatalf("%d bytes, Size answers %d", len(b), a.Size())
	}
	return b
}

func TestArchiveIsAZipOfABag(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...)
	b := whole(t, p.archive(t))
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for i, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content) // checks the CRC-32
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		texts[f.Name] = string(text)
		if i < len(sampleFiles) && !bytes.Equal(text, sampleFiles[i].content) {
			t.Errorf("%s has other bytes", f.Name)
		}
		if f.Method != zip.Store || f.Flags != 0x800 || f.NonUTF8 {
			t.Errorf("%s: method %d, flags %x", f.Name, f.Method, f.Flags)
		}
	}
	names := []string{"data/Hero.png", "data/Empty.txt", "data/Größe 漢字 \U0001F600.md", "data/hero (2).png", "data/_.._etc_passwd.tar"}
	for i, want := range names {
		if r.File[i].Name != want {
			t.Errorf("name %q, want %q", r.File[i].Name, want)
		}
	}
	sums := func(manifest string) (n int) {
		for line := range strings.Lines(texts[manifest]) {
			sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			if fmt.Sprintf("%x", sha256.Sum256([]byte(texts[name]))) != sum {
				t.Errorf("%s: %s has another digest", manifest, name)
			}
			n++
		}
		return n
	}
	if payload, tags := sums("manifest-sha256.txt"), sums("tagmanifest-sha256.txt"); payload != len(sampleFiles) || tags != 4 {
		t.Errorf("%d payload and %d tag files in the manifests", payload, tags)
	}
	if want := "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"; texts["bagit.txt"] != want {
		t.Errorf("bagit.txt: %q", texts["bagit.txt"])
	}
	if !strings.Contains(texts["bag-info.txt"], "Payload-Oxum: 70009.5\n") {
		t.Errorf("bag-info.txt: %q", texts["bag-info.txt"])
	}
	var metadata struct {
		Items []struct {
			Path    string
			AssetID assets.ID `json:"asset_id"`
		}
	}
	if err := json.Unmarshal([]byte(texts["metadata.json"]), &metadata); err != nil {
		t.Fatal(err)
	}
	for i, item := range metadata.Items {
		if item.Path != names[i] || item.AssetID != idOf(i+1) {
			t.Errorf("metadata.json: item %d is %+v", i, item)
		}
	}
}

func TestArchiveIsAFile(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...)
	want := whole(t, p.archive(t))
	if err := iotest.TestReader(p.archive(t), want); err != nil {
		t.Error(err)
	}
	if tag := p.archive(t).ETag(); tag != p.archive(t).ETag() || tag == planFiles(t, sampleFiles[1:]...).archive(t).ETag() {
		t.Errorf("entity tag %s", tag)
	}
}

// TestAnyRangeIsASliceOfTheWhole is the property behind resuming: whatever was
// planned, and wherever a download was cut.
func TestAnyRangeIsASliceOfTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		p := planFiles(t, drawFiles(r)...)
		all := whole(t, p.archive(t))
		a := p.archive(t)
		for range 8 {
			from := rapid.Int64Range(0, a.Size()).Draw(r, "from")
			to := rapid.Int64Range(from, a.Size()).Draw(r, "to")
			checkRange(t, a, all, from, to)
		}
	})
}

func checkRange(t testing.TB, a *export.Archive, all []byte, from, to int64) {
	t.Helper()
	if _, err := a.Seek(from, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, to-from)
	if _, err := io.ReadFull(a, got); err != nil {
		t.Fatalf("range %d–%d of %d: %v", from, to, a.Size(), err)
	}
	if !bytes.Equal(got, all[from:to]) {
		t.Fatalf("range %d–%d of %d differs", from, to, a.Size())
	}
}

func drawFiles(r *rapid.T) []file {
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) file {
		return file{
			title:     rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a", "A", "CON", "x/y"})).Draw(r, "title"),
			mediaType: rapid.SampledFrom([]string{"text/plain", "image/png", "application/zip", "x/y"}).Draw(r, "media type"),
			content:   rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(r, "content"),
		}
	}), 1, 40).Draw(r, "files")
}

func FuzzRange(f *testing.F) {
	f.Add([]byte{3, 0, 250, 7}, uint32(0), uint32(100))
	f.Fuzz(func(t *testing.T, sizes []byte, from, to uint32) {
		if len(sizes) == 0 || len(sizes) > 60 {
			t.Skip()
		}
		var files []file
		for i, n := range sizes {
			files = append(files, file{title: fmt.Sprint("t", n%7), mediaType: "text/plain", content: bytes.Repeat([]byte{byte(i)}, int(n))})
		}
		p := planFiles(t, files...)
		all := whole(t, p.archive(t))
		lo, hi := int64(from)%int64(len(all)), int64(to)%int64(len(all))
		checkRange(t, p.archive(t), all, min(lo, hi), max(lo, hi)+1)
	})
}

// TestARangeReadsOnlyWhatItCovers counts rows and bytes of content.
func TestARangeReadsOnlyWhatItCovers(t *testing.T) {
	t.Parallel()
	files := make([]file, 10_000)
	for i := range files {
		files[i] = file{title: "Same", mediaType: "text/plain", content: bytes.Repeat([]byte{byte(i)}, 100)}
	}
	p := planFiles(t, files...)
	all := whole(t, p.archive(t))
	rapid.Check(t, func(r *rapid.T) {
		from := rapid.Int64Range(0, int64(len(all))-1).Draw(r, "from")
		to := rapid.Int64Range(from+1, min(from+1+rapid.Int64Range(0, 100_000).Draw(r, "length"), int64(len(all)))).Draw(r, "to")
		covered := p.covered(from, to)
		p.rows.Store(0)
		p.opened.Store(0)
		checkRange(t, p.archive(t), all, from, to)
		if rows := p.rows.Load(); rows > 3*covered {
			t.Fatalf("range %d–%d reads %d rows and covers %d", from, to, rows, covered)
		}
		if opened := p.opened.Load(); opened > to-from {
			t.Fatalf("range %d–%d reads %d bytes of content", from, to, opened)
		}
	})
}

// covered counts the stretches that a range touches, in every section.
func (p *planned) covered(from, to int64) (n int64) {
	places := p.plan.Sections()
	for s, at := range places {
		for i, e := range p.entries {
			begin, end := at.From+e.At[s], at.To
			if i+1 < len(p.entries) {
				end = at.From + p.entries[i+1].At[s]
			}
			if begin < to && from < end {
				n++
			}
		}
	}
	return n
}

func TestEXP03DamageBreaksTheTransferInsideItsEntry(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(p *planned, key string){
		"altered": func(p *planned, key string) {
			f := p.contents[key]
			f.content = bytes.Clone(f.content)
			f.content[len(f.content)/2] ^= 1
			p.contents[key] = f
		},
		"short": func(p *planned, key string) {
			f := p.contents[key]
			f.content = f.content[:len(f.content)-1]
			p.contents[key] = f
		},
		"long": func(p *planned, key string) {
			f := p.contents[key]
			f.content = append(bytes.Clone(f.content), 'x')
			p.contents[key] = f
		},
		"missing": func(p *planned, key string) { delete(p.contents, key) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range sampleFiles {
				if len(sampleFiles[i].content) == 0 && name != "missing" && name != "long" {
					continue
				}
				p := planFiles(t, sampleFiles...)
				spoil(p, fmt.Sprint("key-", i))
				end := p.plan.Payload
				if i+1 < len(p.entries) {
					end = p.entries[i+1].At[export.SectionPayload]
				}
				for how, read := range map[string]func(*export.Archive, io.Writer) error{
					"Read":    func(a *export.Archive, w io.Writer) error { _, err := io.Copy(w, io.MultiReader(a)); return err },
					"WriteTo": func(a *export.Archive, w io.Writer) error { _, err := a.WriteTo(t.Context(), w, nil); return err },
				} {
					var got bytes.Buffer
					a := p.archive(t)
					if err := read(a, &got); !errors.Is(err, assets.ErrCorrupt) {
						t.Fatalf("file %d, %s: %v, want ErrCorrupt", i, how, err)
					}
					n := int64(got.Len())
					if n < p.entries[i].At[export.SectionPayload] || n >= end {
						t.Errorf("file %d, %s: broken after %d bytes, its stretch is %d–%d", i, how, n, p.entries[i].At[export.SectionPayload], end)
					}
					if err := read(a, &got); !errors.Is(err, assets.ErrCorrupt) || int64(got.Len()) != n {
						t.Errorf("file %d, %s once more: %d bytes, %v", i, how, int64(got.Len())-n, err)
					}
				}
			}
		})
	}
}
