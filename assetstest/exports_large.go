package assetstest

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// TestLargeExports tests an [export.Store] with archives of so many members that
// they are zip64, and counts the rows that ranges of 10,000 entries read. It is
// not part of [TestExports] because it takes seconds.
func TestLargeExports[S ExportStore](t *testing.T, open func(t *testing.T) S) {
	t.Run("a range of 10,000 entries reads few rows", func(t *testing.T) { readRandomRanges(newExportT(t, open(t))) })
	for _, members := range []int{65_535, 65_536} {
		t.Run(fmt.Sprintf("%d members EXP07", members), func(t *testing.T) {
			largeExport(newExportT(t, open(t)), members)
		})
	}
}

func largeExport(t *exportT, members int) {
	const key, tags = "w/202506/shared", 5 // of the members, files of the bag
	content := []byte("content")
	entries := t.freezeMany(members-tags, key, content)
	cfg := Config()
	cfg.Store = t.ExportStore
	mustPut(t.T, cfg.Blobs, key, content)
	exports := t.exporter(cfg)
	a, err := exports.Open(t.Context(), User("w", "ann"), idOf(len(entries)))
	t.ok(err)
	var archive bytes.Buffer
	_, err = a.WriteTo(t.Context(), &archive, nil)
	t.ok(err)
	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	t.ok(err)
	if len(r.File) != members {
		t.Fatalf("%d members, want %d", len(r.File), members)
	}
	for i, e := range entries {
		if !strings.HasSuffix(r.File[i].Name, "/"+e.Name) {
			t.Fatalf("member %d is %q, want %q", i, r.File[i].Name, e.Name)
		}
		if i%1000 != 0 && i != len(entries)-1 {
			continue
		}
		f, err := r.File[i].Open()
		t.ok(err)
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) {
			t.Errorf("member %d reads %q, %v", i, got, err)
		}
	}
}

// readRandomRanges reads random ranges of an archive of 10,000 entries. Each must
// read at most three times the rows that it covers.
func readRandomRanges(t *exportT) {
	const n = 10_000
	entries := t.freezeMany(n, "w/202506/shared", []byte("content"))
	counting := &rowCounter{ExportStore: t.ExportStore}
	cfg := Config()
	cfg.Store = counting
	mustPut(t.T, cfg.Blobs, "w/202506/shared", []byte("content"))
	exports := t.exporter(cfg)
	last := entries[n-1].At[export.SectionPayload]
	for range 60 {
		from := rand.Int64N(last)
		to := min(from+1+rand.Int64N(1<<rand.IntN(18)), last) // within the payload, which comes first
		var covered int64
		for i, e := range entries[:n-1] {
			if e.At[export.SectionPayload] < to && from < entries[i+1].At[export.SectionPayload] {
				covered++
			}
		}
		a, err := exports.Open(t.Context(), User("w", "ann"), idOf(n))
		t.ok(err)
		_, err = a.Seek(from, io.SeekStart)
		t.ok(err)
		counting.rows.Store(0)
		_, err = io.CopyN(io.Discard, a, to-from)
		t.ok(err)
		t.ok(a.Close())
		if rows := counting.rows.Load(); rows > 3*covered {
			t.Errorf("bytes %d–%d read %d rows and cover %d", from, to, rows, covered)
		}
	}
}

// exporter returns an Exporter whose clock shows the time of the samples.
func (t *exportT) exporter(cfg assets.Config) *export.Exporter {
	t.Helper()
	cfg.Now = baseTime.Time
	lib, err := assets.New(cfg)
	t.ok(err)
	exports, err := export.New(export.Config{Library: lib})
	t.ok(err)
	return exports
}

// freezeMany creates the n-th export, of n entries that share one content and
// belong to no asset. Of their versions there is the first.
func (t *exportT) freezeMany(n int, key string, content []byte) (entries []export.Entry) {
	t.Helper()
	sum := sha256.Sum256(content)
	r := t.record("w", n)
	planner := export.NewPlanner(r.ID, r.CreatedBy, r.CreatedAt)
	for i := range n {
		e, err := planner.Add(export.Candidate{Key: key, CRC32: crc32.ChecksumIEEE(content), Asset: &assets.Asset{
			ID: idOf(i), Version: 1, Title: fmt.Sprint("Title ", i), Type: assets.TypeBundle,
			Content: assets.Content{MediaType: "text/plain", SizeBytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])},
		}})
		t.ok(err)
		entries = append(entries, e)
	}
	t.update(func(tx assets.Tx) error { return tx.PutVersion(t.Context(), "w", sampleVersion("w", idOf(0), 1)) })
	t.ok(t.Freeze(t.Context(), r, export.Quota{}, func(f export.Freezing) (export.Plan, error) {
		return planner.Plan(), f.Add(t.Context(), entries)
	}))
	return entries
}

// rowCounter counts the entries that a store returns.
type rowCounter struct {
	ExportStore
	rows atomic.Int64
}

// Entries implements export.Store.
func (c *rowCounter) Entries(
	ctx context.Context, workspace string, id assets.ID, s export.Section, at int64, limit int,
) ([]export.Entry, error) {
	entries, err := c.ExportStore.Entries(ctx, workspace, id, s, at, limit)
	c.rows.Add(int64(len(entries)))
	return entries, err
}
