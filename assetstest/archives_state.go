package assetstest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

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
