package assetstest

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
)

// ArchivedBlobs are Blobs whose garbage a sweep can remove.
type ArchivedBlobs interface {
	assets.Blobs
	blob.Sweepable
}

// TestArchives judges a store beside Blobs by what comes of exports: from
// titles and contents, through a Library, to the bytes of archives. open
// answers both fresh and empty for each subtest and leaves cleaning up to
// t.Cleanup; subtests run in parallel.
func TestArchives[S ExportStore, B ArchivedBlobs](t *testing.T, open func(t *testing.T) (S, B)) {
	for _, c := range []struct {
		name string
		test func(*archiveT)
	}{
		{"EXP01 a withdrawn approval ends downloads, not the one under way", withdrawnArchive},
		{"EXP02 frozen bytes stay", frozenArchive},
		{"EXP03 damage breaks the transfer within its entry", damagedArchive},
		{"EXP04 one snapshot while approvals, withdrawals and deletes come and go", snapshotArchives},
		{"EXP05 any title is a safe name", safeNames},
		{"EXP06 titles that are the same are names that are not", uniqueNames},
		{"EXP07 sizes and offsets at which zip64 begins", largeArchives},
		{"EXP08 expiry and the sweep end no transfer", expiredArchive},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, b := open(t)
			a := &archiveT{T: t, store: s, blobs: b, late: new(atomic.Int64), by: User("w", "ann")}
			a.process()
			c.test(a)
		})
	}
}

// archiveT is a subtest with its fresh store and Blobs, and a Library on them.
type archiveT struct {
	*testing.T
	store   ExportStore
	blobs   ArchivedBlobs
	late    *atomic.Int64 // how far the clock is ahead
	by      assets.Actor
	lib     *assets.Library
	exports *export.Exporter
}

func (t *archiveT) now() time.Time { return time.Now().Add(time.Duration(t.late.Load())) }

// process starts anew, as another process does.
func (t *archiveT) process() {
	t.Helper()
	cfg := Config()
	cfg.Store, cfg.Blobs, cfg.Now = t.store, t.blobs, t.now
	var err error
	if t.lib, err = assets.New(cfg); err != nil {
		t.Fatal(err)
	}
	if t.exports, err = export.New(export.Config{Library: t.lib}); err != nil {
		t.Fatal(err)
	}
}

func (t *archiveT) ok(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// approved makes an asset whose version 1 is approved.
func (t *archiveT) approved(title string, content []byte) assets.ID {
	t.Helper()
	made, err := t.lib.Create(t.Context(), t.by, assets.NewAsset{
		Type: assets.TypeBundle, Title: title,
		NewVersion: assets.NewVersion{Content: bytes.NewReader(content), Filename: "content.bin"},
	})
	t.ok(err)
	t.approve(made.ID, 1)
	return made.ID
}

func (t *archiveT) approve(id assets.ID, n assets.Number) {
	t.Helper()
	_, err := t.lib.Review(t.Context(), t.by, id, assets.Decision{Action: assets.ActionApprove, Version: n})
	t.ok(err)
}

func (t *archiveT) withdraw(id assets.ID, n assets.Number) {
	t.Helper()
	_, err := t.lib.Review(t.Context(), t.by, id, assets.Decision{Action: assets.ActionRequestChanges, Version: n, Comment: "no more"})
	t.ok(err)
}

// freeze exports what a request selects.
func (t *archiveT) freeze(r export.Request) export.Export {
	t.Helper()
	made, err := t.exports.Create(t.Context(), t.by, r)
	t.ok(err)
	return made
}

func (t *archiveT) open(made export.Export) *export.Archive {
	t.Helper()
	a, err := t.exports.Open(t.Context(), t.by, made.ID)
	t.ok(err)
	return a
}

// whole downloads an archive by its link.
func (t *archiveT) whole(made export.Export) (archive []byte, etag string) {
	t.Helper()
	a, err := t.exports.OpenToken(t.Context(), token(made))
	t.ok(err)
	archive, err = io.ReadAll(a)
	if err := errors.Join(err, a.Close()); err != nil || int64(len(archive)) != made.SizeBytes {
		t.Fatalf("an archive of %d bytes has %d, %v", made.SizeBytes, len(archive), err)
	}
	return archive, a.ETag()
}

// token answers what the export's link ends with.
func token(made export.Export) string {
	return made.URL[bytes.LastIndexByte([]byte(made.URL), '/')+1:]
}

// refused demands that nobody gets the archive any more, neither here nor from
// another process.
func (t *archiveT) refused(made export.Export, want error) {
	t.Helper()
	for range 2 {
		if _, err := t.exports.Open(t.Context(), t.by, made.ID); !errors.Is(err, want) {
			t.Errorf("opened: %v, want %v", err, want)
		}
		if _, err := t.exports.OpenToken(t.Context(), token(made)); !errors.Is(err, want) {
			t.Errorf("opened by its link: %v, want %v", err, want)
		}
		t.process()
	}
}

// unzip answers the members of an archive, by name.
func (t *archiveT) unzip(archive []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	t.ok(err)
	members := map[string][]byte{}
	for _, f := range r.File {
		content, err := f.Open()
		t.ok(err)
		members[f.Name], err = io.ReadAll(content) // checks size and CRC-32
		t.ok(err)
	}
	if len(members) != len(r.File) {
		t.Errorf("%d names of %d members", len(members), len(r.File))
	}
	return members
}

// key answers where the bytes of version 1 are.
func (t *archiveT) key(id assets.ID) string {
	t.Helper()
	v, err := t.store.Version(t.Context(), t.by.Workspace, id, 1)
	t.ok(err)
	return v.Key
}

// replace puts other bytes under a key, nil: none.
func (t *archiveT) replace(key string, content []byte) {
	t.Helper()
	t.ok(t.blobs.Delete(t.Context(), key))
	if content != nil {
		mustPut(t.T, t.blobs, key, content)
	}
}

// sweep sweeps now.
func (t *archiveT) sweep() blob.SweepReport {
	t.Helper()
	report, err := blob.Sweep(t.Context(), blob.SweepConfig{Bucket: t.blobs, Ledger: t.store, Now: t.now})
	t.ok(err)
	return report
}
