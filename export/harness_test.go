package export_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

const createdAt assets.Time = 1_750_000_000_000

// file is the content of an asset of an archive.
type file struct {
	title, mediaType, filename string
	content                    []byte
	sparse                     int64 // number of zeros, instead of content
	unread                     bool  // its digest is not verified
	attested                   bool  // it has an attestation
}

// planned is an archive of files. It is its own store, which counts the entries that it
// returns, and its own Blobs.
type planned struct {
	export.Store        // nil: no other method is called
	assets.Attestations // nil: no other method is called

	plan     export.Plan
	entries  []export.Entry
	contents map[string]file
	lib      *assets.Library
	rows     atomic.Int64
	opened   atomic.Int64 // bytes of content that were read
}

func planFiles(t testing.TB, files ...file) *planned {
	t.Helper()
	p := &planned{contents: map[string]file{}}
	planner := export.NewPlanner(idOf(0), "ann", createdAt)
	for i, f := range files {
		key := fmt.Sprint("key-", i)
		p.contents[key] = f
		size, sum, crc := f.measure()
		var attestation assets.Attestation
		if f.attested {
			attestation = attestationOf(idOf(i+1), sum)
		}
		e, err := planner.Add(export.Candidate{
			Key: key, CRC32: crc, Attestation: attestation, Approval: assets.Review{Revision: 2},
			Asset: &assets.Asset{
				ID: idOf(i + 1), Version: 1, Title: f.title, Type: assets.TypeBundle,
				Content: assets.Content{MediaType: f.mediaType, Filename: f.filename, SizeBytes: size, SHA256: sum},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		p.entries = append(p.entries, e)
	}
	p.plan = planner.Plan()
	p.lib = newLibrary(t, p)
	return p
}

func newLibrary(t testing.TB, blobs assets.Blobs) *assets.Library {
	t.Helper()
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blobs, Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func (p *planned) archive(t testing.TB) *export.Archive {
	t.Helper()
	return export.Planned(t.Context(), p.lib, p.plan, p)
}

func (f file) measure() (size int64, sum string, crc uint32) {
	if f.unread {
		return f.sparse, hex.EncodeToString(make([]byte, sha256.Size)), 0xfeedbeef
	}
	h, c := sha256.New(), crc32.NewIEEE()
	size, _ = io.Copy(io.MultiWriter(h, c), f.reader(0)) // neither fails
	return size, hex.EncodeToString(h.Sum(nil)), c.Sum32()
}

func (f file) reader(offset int64) io.Reader {
	if f.sparse > 0 {
		return io.LimitReader(zeros{}, f.sparse-offset)
	}
	return io.NewSectionReader(readerAt(f.content), offset, int64(len(f.content))-offset)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type readerAt []byte

func (r readerAt) ReadAt(p []byte, at int64) (int, error) {
	n := copy(p, r[min(at, int64(len(r))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Entries implements export.Store.
func (p *planned) Entries(_ context.Context, _ string, _ assets.ID, s export.Section, at int64, limit int) ([]export.Entry, error) {
	entries := p.entries
	if s == export.SectionTagManifest {
		entries = slices.DeleteFunc(slices.Clone(entries), func(e export.Entry) bool { return e.Attestation.SHA256 == "" })
	}
	i, found := slices.BinarySearchFunc(entries, at, func(e export.Entry, at int64) int { return cmp.Compare(e.At[s], at) })
	if !found {
		i--
	}
	list := slices.Clone(entries[i:min(i+limit, len(entries))])
	p.rows.Add(int64(len(list)))
	return list, nil
}

// AttestationAt implements assets.Attestations.
func (p *planned) AttestationAt(_ context.Context, _ string, id assets.ID, n assets.Number, revision int64) (assets.Attestation, error) {
	for _, e := range p.entries {
		if e.AssetID == id && e.Version == n && e.Attestation.Revision == revision {
			return attestationOf(id, e.SHA256), nil
		}
	}
	return assets.Attestation{}, assets.ErrNotFound
}

// attestationOf returns a signed attestation of version 1 of an asset.
func attestationOf(id assets.ID, sha256 string) assets.Attestation {
	return assets.Attestation{
		AssetID: id, Version: 1, Revision: 2, Statement: []byte(`{"sha256":"` + sha256 + `"}`),
		KeyID: "key", Signature: []byte("signature"),
	}
}

// Open implements assets.Blobs.
func (p *planned) Open(_ context.Context, key string, offset, _ int64) (io.ReadCloser, error) {
	f, ok := p.contents[key]
	if !ok {
		return nil, assets.ErrNotFound
	}
	return io.NopCloser(&counted{f.reader(offset), &p.opened}), nil
}

type counted struct {
	io.Reader
	n *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (p *planned) Put(context.Context, string, string, io.Reader) error { return errors.ErrUnsupported }

func (p *planned) Size(context.Context, string) (int64, error) { return 0, assets.ErrNotFound }
func (p *planned) Delete(context.Context, string) error        { return nil }

// idOf returns the UUIDv7 of a number.
func idOf(n int) assets.ID { return assets.ID(fmt.Sprintf("01970000-0000-7000-8000-%012x", n)) }

// sampleNames are the names of sampleFiles in an archive.
var sampleNames = []string{
	"data/Hero.png", "data/Empty.txt", "data/Größe 漢字 \U0001F600.md", "data/hero (2).png", "data/_.._etc_passwd.tar",
}

var sampleFiles = []file{
	{title: "Hero", mediaType: "image/png", content: []byte("png")},
	{title: "Empty", mediaType: "text/plain", attested: true},
	{title: "Größe 漢字 \U0001F600", mediaType: "text/markdown", content: []byte("# hi\n"), attested: true},
	{title: "hero", mediaType: "image/png", content: bytes.Repeat([]byte("x"), 70_000)},
	{title: "../../etc/passwd", mediaType: "application/x-what", filename: "a.TAR", content: []byte("p"), attested: true},
}

// readArchive reads a whole archive.
func readArchive(t testing.TB, a *export.Archive) []byte {
	t.Helper()
	if _, err := a.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(a)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != a.Size() {
		t.Fatalf("%d bytes, Size is %d", len(b), a.Size())
	}
	return b
}

// write writes the archive to a file and returns its path.
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

// exporter is an Exporter of a library in memory.
type exporter struct {
	*export.Exporter
	lib *assets.Library
	now time.Time
}

func newExporter(t *testing.T, limits export.Limits) *exporter {
	t.Helper()
	f := &exporter{now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}
	cfg := assetstest.Config()
	cfg.Now = func() time.Time { return f.now }
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	x, err := export.New(export.Config{Library: lib, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	f.lib, f.Exporter = lib, x
	return f
}

// draft creates an asset that is not approved.
func (f *exporter) draft(t *testing.T, title string, campaign assets.Optional) assets.ID {
	t.Helper()
	made, err := f.lib.Create(t.Context(), fixture.Ann, assets.NewAsset{
		Type: assets.TypeCopy, Title: title, CampaignID: campaign, NewVersion: assets.NewVersion{Text: title},
	})
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// approved creates an asset that is approved.
func (f *exporter) approved(t *testing.T, title string, campaign assets.Optional) assets.ID {
	t.Helper()
	id := f.draft(t, title, campaign)
	f.review(t, id, assets.Decision{Action: assets.ActionApprove, Version: 1})
	return id
}

func (f *exporter) review(t *testing.T, id assets.ID, d assets.Decision) {
	t.Helper()
	if _, err := f.lib.Review(t.Context(), fixture.Ann, id, d); err != nil {
		t.Fatal(err)
	}
}

func (f *exporter) create(t *testing.T, r export.Request) export.Export {
	t.Helper()
	made, err := f.Create(t.Context(), fixture.Ann, r)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// wantFields checks the field errors of err: a type and a location each.
func wantFields(t *testing.T, name string, err error, want ...string) {
	t.Helper()
	got := []string{}
	for _, f := range assets.FieldErrors(err) {
		text := f.Type
		for _, l := range f.Loc {
			text += fmt.Sprint(" ", l)
		}
		got = append(got, text)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: field errors %q, want %q", name, got, want)
	}
}
