package assetstest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
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

func withdrawnArchive(t *archiveT) {
	var ids []assets.ID
	for _, title := range []string{"First", "Second", "Third"} {
		ids = append(ids, t.approved(title, pattern(largeSize)))
	}
	made := t.freeze(export.Request{})
	want, _ := t.download(made)
	running := t.startDownload(made)

	t.withdraw(ids[2], 1)
	t.refuses(made, assets.ErrExportStale)
	running.completes(want)
	t.staleItemsAre(made, ids[2])
	_, err := t.lib.Review(t.Context(), t.by, ids[2], assets.Decision{Action: assets.ActionSubmit})
	t.ok(err)
	t.approve(ids[2], 1) // approving again changes nothing
	t.refuses(made, assets.ErrExportStale)

	again := t.freeze(export.Request{})
	t.download(again)
	t.staleItemsAre(again)
	_, err = t.lib.Review(t.Context(), t.by, ids[0], assets.Decision{Action: assets.ActionArchive})
	t.ok(err)
	t.refuses(again, assets.ErrExportStale)
	t.staleItemsAre(again, ids[0])
}

// transfer is a download in progress.
type transfer struct {
	*archiveT
	archive *export.Archive
	got     bytes.Buffer
}

func (t *archiveT) startDownload(made export.Export) *transfer {
	t.Helper()
	d := &transfer{archiveT: t, archive: t.open(made)}
	_, err := io.CopyN(&d.got, d.archive, 1000)
	t.ok(err)
	return d
}

// completes requires that the rest of the transfer has the right bytes.
func (d *transfer) completes(want []byte) {
	d.Helper()
	_, err := io.Copy(&d.got, d.archive)
	d.ok(errors.Join(err, d.archive.Close()))
	if !bytes.Equal(d.got.Bytes(), want) {
		d.Error("the transfer in progress has other bytes")
	}
}

// staleItemsAre checks which items the export lists as stale.
func (t *archiveT) staleItemsAre(made export.Export, ids ...assets.ID) {
	t.Helper()
	want := []assets.Ref{}
	for _, id := range ids {
		want = append(want, assets.Ref{AssetID: id, Version: 1})
	}
	got, err := t.exports.Get(t.Context(), t.by, made.ID)
	t.ok(err)
	if !slices.Equal(got.StaleItems, want) {
		t.Errorf("stale items %v, want %v", got.StaleItems, want)
	}
}

func frozenArchive(t *archiveT) {
	first, second := t.approved("First", []byte("first")), t.approved("Second", pattern(largeSize))
	made := t.freeze(export.Request{})
	want, etag := t.download(made)

	_, err := t.lib.AddVersion(t.Context(), t.by, first, assets.NewVersion{Content: bytes.NewReader([]byte("newer"))})
	t.ok(err)
	t.approve(first, 2)
	title, campaign := "Edited", assets.Optional("summer")
	_, err = t.lib.Edit(t.Context(), t.by, second, assets.Edit{Title: &title, CampaignID: &campaign, Tags: assets.Tags{"k": {"v"}}})
	t.ok(err)
	t.clockOffset.Add(int64(23 * time.Hour))
	t.restart()
	t.sweep()

	got, tag := t.download(made)
	if !bytes.Equal(got, want) || tag != etag {
		t.Errorf("the archive differs, or its ETag: %s, %s before", tag, etag)
	}
	members := t.unzip(got)
	if text := members["metadata.json"]; !bytes.Contains(text, []byte(`"Second"`)) || bytes.Contains(text, []byte("Edited")) {
		t.Errorf("metadata.json is not as frozen: %s", text)
	}
	if text := members[t.paths(members)[first]]; string(text) != "first" {
		t.Errorf("the first asset's content is %q", text)
	}
}

func damagedArchive(t *archiveT) {
	t.approved("Before", []byte("before"))
	contents := map[assets.ID][]byte{}
	for _, content := range [][]byte{pattern(largeSize), []byte("small"), {}} {
		contents[t.approved("Content", content)] = content
	}
	t.approved("Behind", []byte("behind"))
	made := t.freeze(export.Request{})
	want, _ := t.download(made)
	paths := t.paths(t.unzip(want))
	for id, content := range contents {
		key := t.key(id)
		for how, stored := range damages(content) {
			t.replace(key, stored)
			t.breaksWithin(made, want, paths[id], how)
		}
		t.replace(key, content)
		t.download(made)
	}
}

// damages returns what may have become of a content, by a description. nil
// means that it is missing.
func damages(content []byte) map[string][]byte {
	all := map[string][]byte{"missing": nil, "long": append(slices.Clone(content), 'x')}
	n := len(content)
	if n == 0 {
		return all
	}
	all["empty"], all["short"] = []byte{}, content[:n-1]
	for how, i := range map[string]int{"first": 0, "middle": n / 2, "last": n - 1} {
		p := slices.Clone(content)
		p[i] ^= 1
		all["altered in its "+how+" byte"] = p
	}
	return all
}

// breaksWithin requires that a download fails with ErrCorrupt within a member,
// before the last byte of its content.
func (t *archiveT) breaksWithin(made export.Export, want []byte, name, how string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(want), int64(len(want)))
	t.ok(err)
	name = "export-" + string(made.ID) + "/" + name
	member := slices.IndexFunc(r.File, func(f *zip.File) bool { return f.Name == name })
	from, err := r.File[member].DataOffset()
	t.ok(err)
	to := from + int64(r.File[member].UncompressedSize64)

	a := t.open(made)
	got, err := io.ReadAll(a)
	if !errors.Is(err, assets.ErrCorrupt) {
		t.Errorf("%s %s: %v, want ErrCorrupt", name, how, err)
	}
	header := from - int64(len(name)) - 64 // the header may be held back with the content
	if n := int64(len(got)); n < header || n >= max(to, from+1) || !bytes.Equal(got[:min(n, from)], want[:min(n, from)]) {
		t.Errorf("%s %s: broken after %d bytes, its content is at %d–%d", name, how, n, from, to)
	}
	t.ok(a.Close())
}

// snapshotArchives creates exports while other calls run. Two assets are
// approved by one decision and withdrawn by one, so that each snapshot must
// have both or neither. Drafts must be in none.
func snapshotArchives(t *archiveT) {
	always := t.approved("Always", []byte("always"))
	pair := []assets.BulkItem{{AssetID: t.approved("One", []byte("one")), Version: 1}, {AssetID: t.approved("Two", []byte("two")), Version: 1}}
	ended := make(chan struct{})
	var wg sync.WaitGroup
	defer func() {
		close(ended)
		wg.Wait()
	}()
	for _, work := range []func() error{
		func() error { return t.decideBoth(pair, assets.ActionRequestChanges) },
		func() error { return t.decideBoth(pair, assets.ActionApprove) },
		func() error { return t.createAndDelete() },
	} {
		wg.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				if err := work(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	sizes := map[int]bool{}
	for range 25 {
		made := t.freeze(export.Request{})
		entries, err := t.store.Entries(t.Context(), t.by.Workspace, made.ID, export.SectionPayload, 0, 10)
		t.ok(err)
		var got []assets.ID
		for _, e := range entries {
			got = append(got, e.AssetID)
		}
		both := []assets.ID{always, pair[0].AssetID, pair[1].AssetID}
		if !slices.Equal(got, both) && !slices.Equal(got, both[:1]) {
			t.Errorf("an export has %v; want %v, or the first alone", got, both)
		}
		sizes[len(got)] = true
		if a, err := t.exports.Open(t.Context(), t.by, made.ID); err == nil {
			archive, err := io.ReadAll(a)
			t.ok(errors.Join(err, a.Close()))
			t.unzip(archive)
		} else if !errors.Is(err, assets.ErrExportStale) {
			t.Error(err)
		}
	}
	t.Logf("exports of so many assets were seen: %v", sizes)
}

// decideBoth decides on the items in one call. An item may be refused because
// another goroutine has decided it.
func (t *archiveT) decideBoth(items []assets.BulkItem, action assets.Action) error {
	_, err := t.lib.BulkReview(t.Context(), t.by, assets.BulkDecision{Items: items, Action: action, Comment: "again"})
	return err
}

// createAndDelete creates a draft and deletes it.
func (t *archiveT) createAndDelete() error {
	made, err := t.lib.Create(t.Context(), t.by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Draft", NewVersion: assets.NewVersion{Text: "draft"},
	})
	if err != nil {
		return err
	}
	return t.lib.Delete(t.Context(), t.by, made.ID, nil)
}

func expiredArchive(t *archiveT) {
	for _, title := range []string{"First", "Second"} {
		t.approved(title, pattern(largeSize))
	}
	made := t.freeze(export.Request{ExpiresIn: time.Minute})
	want, _ := t.download(made)
	running := t.startDownload(made)

	t.clockOffset.Add(int64(time.Hour))
	t.sweep()
	running.completes(want)
	t.refuses(made, assets.ErrExpired)

	t.clockOffset.Add(int64(8 * 24 * time.Hour))
	if report := t.sweep(); report.Expired == 0 {
		t.Errorf("nothing was swept: %+v", report)
	}
	if _, err := t.exports.Get(t.Context(), t.by, made.ID); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("after it was swept: %v", err)
	}
	if _, err := t.exports.OpenToken(t.Context(), token(made)); !errors.Is(err, assets.ErrExpired) {
		t.Errorf("its link after it was swept: %v", err)
	}
}

// paths returns the path of each asset according to metadata.json.
func (t *archiveT) paths(members map[string][]byte) map[assets.ID]string {
	t.Helper()
	var metadata struct {
		Items []struct {
			Path    string    `json:"path"`
			AssetID assets.ID `json:"asset_id"`
		} `json:"items"`
	}
	t.ok(json.Unmarshal(members["metadata.json"], &metadata))
	paths := map[assets.ID]string{}
	for _, item := range metadata.Items {
		paths[item.AssetID] = item.Path
	}
	return paths
}
