package assetstest

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

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
