package export_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

func TestArchiveRead(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...)
	want := readArchive(t, p.archive(t))
	if err := iotest.TestReader(p.archive(t), want); err != nil {
		t.Error(err)
	}
	if tag := p.archive(t).ETag(); tag != p.archive(t).ETag() || tag == planFiles(t, sampleFiles[1:]...).archive(t).ETag() {
		t.Errorf("entity tag %s", tag)
	}
}

// Every range of every archive has the same bytes as the whole archive, so a download can
// be resumed anywhere.
func TestArchiveRange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		p := planFiles(t, drawFiles(r)...)
		all := readArchive(t, p.archive(t))
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
		all := readArchive(t, p.archive(t))
		lo, hi := int64(from)%int64(len(all)), int64(to)%int64(len(all))
		checkRange(t, p.archive(t), all, min(lo, hi), max(lo, hi)+1)
	})
}

// The test counts the entries and the bytes of content that are read.
func TestVolumeArchiveRangeReadsOnlyWhatItCovers(t *testing.T) {
	t.Parallel()
	files := make([]file, 10_000)
	for i := range files {
		files[i] = file{title: "Same", mediaType: "text/plain", content: bytes.Repeat([]byte{byte(i)}, 100)}
	}
	p := planFiles(t, files...)
	all := readArchive(t, p.archive(t))
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

// covered returns the number of ranges of entries, in all sections, that overlap a range
// of the archive.
func (p *planned) covered(from, to int64) (n int64) {
	places := p.plan.Sections()
	for s, at := range places {
		for i, e := range p.entries {
			begin, end := at.From+e.At[s], at.To
			if i+1 < len(p.entries) {
				end = at.From + p.entries[i+1].At[s]
			}
			if begin < end && begin < to && from < end {
				n++
			}
		}
	}
	return n
}

func TestArchiveOfDamagedContentEXP03(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(p *planned, key string){
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
				damage(p, fmt.Sprint("key-", i))
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
						t.Errorf("file %d, %s: ended after %d bytes, its range is %d–%d", i, how, n, p.entries[i].At[export.SectionPayload], end)
					}
					if err := read(a, &got); !errors.Is(err, assets.ErrCorrupt) || int64(got.Len()) != n {
						t.Errorf("file %d, %s once more: %d bytes, %v", i, how, int64(got.Len())-n, err)
					}
				}
			}
		})
	}
}

func TestArchiveWriteToResumes(t *testing.T) {
	t.Parallel()
	p := planFiles(t, sampleFiles...)
	want := readArchive(t, p.archive(t))
	var out bytes.Buffer
	cut := errors.New("the disk is full")
	var last int64
	n, err := p.archive(t).WriteTo(t.Context(), &limited{&out, 50_000, cut}, func(done, total int64) {
		if done <= last || total != int64(len(want)) {
			t.Errorf("progress %d of %d behind %d", done, total, last)
		}
		last = done
	})
	if !errors.Is(err, cut) || n != int64(out.Len()) {
		t.Fatalf("wrote %d: %v", n, err)
	}
	a := p.archive(t)
	if _, err := a.Seek(n, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := a.WriteTo(t.Context(), &out, nil); err != nil || !bytes.Equal(out.Bytes(), want) {
		t.Errorf("resumed: %v, %d bytes of %d", err, out.Len(), len(want))
	}
}

// limited is a Writer that fails after n bytes.
type limited struct {
	w   io.Writer
	n   int
	err error
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) <= l.n {
		l.n -= len(p)
		return l.w.Write(p)
	}
	n, _ := l.w.Write(p[:l.n])
	l.n = 0
	return n, l.err
}
