package assetstest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
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

// severalPieces are more than is read, held back or sent at once.
const severalPieces = 900_000

func withdrawnArchive(t *archiveT) {
	var ids []assets.ID
	for _, title := range []string{"First", "Second", "Third"} {
		ids = append(ids, t.approved(title, pattern(severalPieces)))
	}
	made := t.freeze(export.Request{})
	want, _ := t.whole(made)
	running := t.begun(made)

	t.withdraw(ids[2], 1)
	t.refused(made, assets.ErrExportStale)
	running.ends(want)
	t.stale(made, ids[2])
	_, err := t.lib.Review(t.Context(), t.by, ids[2], assets.Decision{Action: assets.ActionSubmit})
	t.ok(err)
	t.approve(ids[2], 1) // given again
	t.refused(made, assets.ErrExportStale)

	again := t.freeze(export.Request{})
	t.whole(again)
	t.stale(again)
	_, err = t.lib.Review(t.Context(), t.by, ids[0], assets.Decision{Action: assets.ActionArchive})
	t.ok(err)
	t.refused(again, assets.ErrExportStale)
	t.stale(again, ids[0])
}

// transfer is a download under way.
type transfer struct {
	*archiveT
	archive *export.Archive
	got     bytes.Buffer
}

func (t *archiveT) begun(made export.Export) *transfer {
	t.Helper()
	d := &transfer{archiveT: t, archive: t.open(made)}
	_, err := io.CopyN(&d.got, d.archive, 1000)
	t.ok(err)
	return d
}

// ends demands that the transfer comes to a good end.
func (d *transfer) ends(want []byte) {
	d.Helper()
	_, err := io.Copy(&d.got, d.archive)
	d.ok(errors.Join(err, d.archive.Close()))
	if !bytes.Equal(d.got.Bytes(), want) {
		d.Error("the transfer under way has other bytes")
	}
}

// stale demands the items whose approval was withdrawn.
func (t *archiveT) stale(made export.Export, ids ...assets.ID) {
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
	first, second := t.approved("First", []byte("first")), t.approved("Second", pattern(severalPieces))
	made := t.freeze(export.Request{})
	want, etag := t.whole(made)

	_, err := t.lib.AddVersion(t.Context(), t.by, first, assets.NewVersion{Content: bytes.NewReader([]byte("newer"))})
	t.ok(err)
	t.approve(first, 2)
	title, campaign := "Edited", assets.Optional("summer")
	_, err = t.lib.Edit(t.Context(), t.by, second, assets.Edit{Title: &title, CampaignID: &campaign, Tags: assets.Tags{"k": {"v"}}})
	t.ok(err)
	t.late.Add(int64(23 * time.Hour))
	t.process()
	t.sweep()

	got, tag := t.whole(made)
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
	for _, content := range [][]byte{pattern(severalPieces), []byte("small"), {}} {
		contents[t.approved("Content", content)] = content
	}
	t.approved("Behind", []byte("behind"))
	made := t.freeze(export.Request{})
	want, _ := t.whole(made)
	paths := t.paths(t.unzip(want))
	for id, content := range contents {
		key := t.key(id)
		for how, stored := range damages(content) {
			t.replace(key, stored)
			t.broken(made, want, paths[id], how)
		}
		t.replace(key, content)
		t.whole(made)
	}
}

// damages are what may have become of a content; nil: it is gone.
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

// broken demands that a download ends within a member, before its last byte.
func (t *archiveT) broken(made export.Export, want []byte, name, how string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(want), int64(len(want)))
	t.ok(err)
	member := slices.IndexFunc(r.File, func(f *zip.File) bool { return f.Name == name })
	from, err := r.File[member].DataOffset()
	t.ok(err)
	to := from + int64(r.File[member].UncompressedSize64)

	a := t.open(made)
	got, err := io.ReadAll(a)
	if !errors.Is(err, assets.ErrCorrupt) {
		t.Errorf("%s %s: %v, want ErrCorrupt", name, how, err)
	}
	header := from - int64(len(name)) - 64 // the header before a content may be withheld with it
	if n := int64(len(got)); n < header || n >= max(to, from+1) || !bytes.Equal(got[:min(n, from)], want[:min(n, from)]) {
		t.Errorf("%s %s: broken after %d bytes, its content is at %d–%d", name, how, n, from, to)
	}
	t.ok(a.Close())
}

// snapshotArchives freezes beside people and agents at work. Two assets are
// approved by one decision and withdrawn by one, so that each snapshot has
// both or neither; drafts are in none.
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
		func() error { return t.decide(pair, assets.ActionRequestChanges) },
		func() error { return t.decide(pair, assets.ActionApprove) },
		func() error { return t.comeAndGo() },
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

// decide decides on several assets at once; what is refused, another has done.
func (t *archiveT) decide(items []assets.BulkItem, action assets.Action) error {
	_, err := t.lib.BulkReview(t.Context(), t.by, assets.BulkDecision{Items: items, Action: action, Comment: "again"})
	return err
}

// comeAndGo makes a draft and deletes it.
func (t *archiveT) comeAndGo() error {
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
		t.approved(title, pattern(severalPieces))
	}
	made := t.freeze(export.Request{ExpiresIn: time.Minute})
	want, _ := t.whole(made)
	running := t.begun(made)

	t.late.Add(int64(time.Hour))
	t.sweep()
	running.ends(want)
	t.refused(made, assets.ErrExpired)

	t.late.Add(int64(8 * 24 * time.Hour))
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

// paths answers where metadata.json says that assets are.
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
