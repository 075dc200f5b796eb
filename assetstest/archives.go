package assetstest

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
)

// ArchivedBlobs is a Blobs that a sweep can list and clean.
type ArchivedBlobs interface {
	assets.Blobs
	blob.Sweepable
}

// TestArchives tests a store and Blobs by the archives that a Library makes of
// them: their names, their bytes, and when downloads end. open returns a new,
// empty store and Blobs for each subtest and cleans up with t.Cleanup; subtests
// run in parallel.
func TestArchives[S ExportStore, B ArchivedBlobs](t *testing.T, open func(t *testing.T) (S, B)) {
	for _, c := range []struct {
		name string
		test func(*archiveT)
	}{
		{"a withdrawn approval ends downloads, but not one in progress EXP01", withdrawnArchive},
		{"frozen bytes stay EXP02", frozenArchive},
		{"every file is in a manifest, and a transfer resumes at any byte", attestedArchive},
		{"damage breaks the transfer within its entry EXP03", damagedArchive},
		{"one snapshot while approvals, withdrawals and deletes come and go EXP04", snapshotArchives},
		{"any title becomes a safe name EXP05", safeNames},
		{"equal titles get different names EXP06", uniqueNames},
		{"sizes and offsets at which zip64 begins EXP07", largeArchives},
		{"expiry and the sweep end no transfer EXP08", expiredArchive},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, b := open(t)
			a := &archiveT{T: t, store: s, blobs: b, clockOffset: new(atomic.Int64), by: User("w", "ann")}
			a.restart()
			c.test(a)
		})
	}
}

// archiveT is a subtest with its own store and Blobs, and a Library on them.
type archiveT struct {
	*testing.T
	store       ExportStore
	blobs       ArchivedBlobs
	clockOffset *atomic.Int64 // added to the time of day, in nanoseconds
	by          assets.Actor
	lib         *assets.Library
	exports     *export.Exporter
}

func (t *archiveT) now() time.Time { return time.Now().Add(time.Duration(t.clockOffset.Load())) }

// restart makes a new Library and Exporter, as another process would.
func (t *archiveT) restart() {
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

// approved creates an asset whose version 1 is approved.
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

// freeze creates an export.
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

// download returns the whole archive, read by its link.
func (t *archiveT) download(made export.Export) (archive []byte, etag string) {
	t.Helper()
	a, err := t.exports.OpenToken(t.Context(), token(made))
	t.ok(err)
	archive, err = io.ReadAll(a)
	if err := errors.Join(err, a.Close()); err != nil || int64(len(archive)) != made.SizeBytes {
		t.Fatalf("an archive of %d bytes has %d, %v", made.SizeBytes, len(archive), err)
	}
	return archive, a.ETag()
}

// token returns the token at the end of the export's link.
func token(made export.Export) string {
	return made.URL[bytes.LastIndexByte([]byte(made.URL), '/')+1:]
}

// refuses requires that opening the archive fails with an error, in this process
// and in another.
func (t *archiveT) refuses(made export.Export, want error) {
	t.Helper()
	for range 2 {
		if _, err := t.exports.Open(t.Context(), t.by, made.ID); !errors.Is(err, want) {
			t.Errorf("Open: %v, want %v", err, want)
		}
		if _, err := t.exports.OpenToken(t.Context(), token(made)); !errors.Is(err, want) {
			t.Errorf("OpenToken: %v, want %v", err, want)
		}
		t.restart()
	}
}

// unzip returns the contents of an archive by the names of their members.
func (t *archiveT) unzip(archive []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	t.ok(err)
	members, folders := map[string][]byte{}, map[string]bool{}
	for _, f := range r.File {
		content, err := f.Open()
		t.ok(err)
		folder, name, _ := strings.Cut(f.Name, "/")
		folders[folder] = strings.HasPrefix(folder, "export-")
		members[name], err = io.ReadAll(content) // checks size and CRC-32
		t.ok(err)
	}
	for folder, named := range folders {
		if len(folders) > 1 || !named {
			t.Errorf("a top folder is %q, of %d", folder, len(folders))
		}
	}
	if len(members) != len(r.File) {
		t.Errorf("%d names of %d members", len(members), len(r.File))
	}
	return members
}

// key returns the key of the bytes of version 1.
func (t *archiveT) key(id assets.ID) string {
	t.Helper()
	v, err := t.store.Version(t.Context(), t.by.Workspace, id, 1)
	t.ok(err)
	return v.Key
}

// replace stores other bytes under a key, or none if content is nil.
func (t *archiveT) replace(key string, content []byte) {
	t.Helper()
	t.ok(t.blobs.Delete(t.Context(), key))
	if content != nil {
		mustPut(t.T, t.blobs, key, content)
	}
}

// sweep runs a sweep at the time of the test.
func (t *archiveT) sweep() blob.SweepReport {
	t.Helper()
	report, err := blob.Sweep(t.Context(), blob.SweepConfig{Bucket: t.blobs, Ledger: t.store, Now: t.now})
	t.ok(err)
	return report
}

// largeSize is more than any step of a download reads or sends at once.
const largeSize = 900_000
