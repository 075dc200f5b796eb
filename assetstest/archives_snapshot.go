package assetstest

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

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
