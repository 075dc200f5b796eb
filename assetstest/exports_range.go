package assetstest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"sync/atomic"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// rangesReadFewRows reads random ranges of an archive of 10,000 entries: each
// asks for at most three times the rows that it covers.
func rangesReadFewRows(t *exportT) {
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

// exporter makes one that lives at the time of the samples.
func (t *exportT) exporter(cfg assets.Config) *export.Exporter {
	t.Helper()
	cfg.Now = baseTime.Time
	lib, err := assets.New(cfg)
	t.ok(err)
	exports, err := export.New(export.Config{Library: lib})
	t.ok(err)
	return exports
}

// freezeMany makes the n-th export, of n entries that have one content and no
// assets.
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
	t.ok(t.Freeze(t.Context(), r, func(f export.Freezing) (export.Plan, error) {
		return planner.Plan(), f.Add(t.Context(), entries)
	}))
	return entries
}

// rowCounter counts the entries that a store answers.
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
