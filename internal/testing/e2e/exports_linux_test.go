package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// fatEntries is so much that their metadata.json is larger than that of one export may
// be: each has 62 KiB.
const fatEntries = 2300

// TestVolumeHostileExports freezes much metadata with a valid key, two calls at once, and
// then many clients read it: the server stays within its memory, and another workspace's
// lists and creations take less than a second. With ASSETS_TEST_ALL it goes on until the
// workspace's share is used up.
func TestVolumeHostileExports(t *testing.T) {
	for name, open := range attacked() {
		t.Run(name+"/HOS08", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			attacker, other := p.mint(t, "attacker"), p.mint(t, "other")
			ids := p.approveFat(t, "attacker", fatEntries)
			s := start(t, p)
			s.withstand(t, other, func() {
				s.freeze(t, attacker, `{}`, http.StatusUnprocessableEntity)
				url := s.freezeMany(t, attacker, ids)
				var clients sync.WaitGroup
				for i := range 100 {
					clients.Go(func() { s.readRange(t, url, 1<<20+i<<17, 2<<20) })
				}
				clients.Wait()
			})
		})
	}
}

// freeze creates an export, which must end with one of the statuses, and returns the
// status and the URL of the archive.
func (s *process) freeze(t *testing.T, key, body string, statuses ...int) (int, string) {
	status, answer := s.request(t.Context(), t, key, http.MethodPost, "/exports", "application/json", strings.NewReader(body))
	var made struct{ URL string }
	_ = json.Unmarshal(answer, &made) // of an error it has none
	if !slices.Contains(statuses, status) {
		t.Errorf("%d %.200s, want %v", status, answer, statuses)
	}
	return status, made.URL
}

// freezeMany creates exports of 500 assets, two at once: four, or until no more are
// allowed. It returns the URL of one.
func (s *process) freezeMany(t *testing.T, key string, ids []assets.ID) (url string) {
	body, err := json.Marshal(map[string][]assets.ID{"asset_ids": ids[:500]})
	if err != nil {
		t.Fatal(err)
	}
	all := os.Getenv("ASSETS_TEST_ALL") != ""
	made, refused := 0, 0
	for refused == 0 && (made < 4 || all && made < 20) {
		var calls sync.WaitGroup
		var statuses [2]int
		var urls [2]string
		for i := range 2 {
			calls.Go(func() {
				statuses[i], urls[i] = s.freeze(t, key, string(body), http.StatusCreated, http.StatusTooManyRequests)
			})
		}
		calls.Wait()
		for i, status := range statuses {
			if status == http.StatusCreated {
				made, url = made+1, urls[i]
			} else {
				refused++
			}
		}
	}
	if made < 4 || all && refused == 0 {
		t.Errorf("%d exports are made and %d refused, want four, or about 16 until the limit", made, refused)
	}
	return url
}

// readRange reads a range of an archive.
func (s *process) readRange(t *testing.T, url string, from, size int) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+url, http.NoBody)
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+size-1))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(size) || resp.StatusCode != http.StatusPartialContent {
		t.Errorf("%d: %d bytes, %v", resp.StatusCode, n, err)
	}
}

// approveFat stores approved assets with 62 KiB of provenance each, and returns their ids.
func (p storage) approveFat(t *testing.T, workspace string, n int) (ids []assets.ID) {
	t.Helper()
	p.open(t, func(db database, content *blob.Dir) {
		v := assets.Version{
			Number: 1, Approval: assets.ApprovalGiven, Key: workspace + "/202506/shared", CRC32: 0x8cdc1683,
			Content:    assets.Content{MediaType: "text/plain", SizeBytes: 1, SHA256: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},
			Provenance: assets.Provenance{Parameters: fmt.Appendf(nil, `{"prompt":"%s"}`, bytes.Repeat([]byte("x"), 62<<10))},
		}
		errs := []error{content.Put(t.Context(), v.Key, "text/plain", strings.NewReader("x"))}
		for i := range n {
			ids = append(ids, assets.ID(fmt.Sprintf("01970000-0000-7000-8000-%012x", i)))
		}
		for batch := range slices.Chunk(ids, 100) {
			errs = append(errs, db.Update(t.Context(), func(tx assets.Tx) error {
				var errs []error
				for _, id := range batch {
					v.AssetID = id
					a := &assets.Asset{
						ID: id, Workspace: workspace, Type: assets.TypeCopy, Title: "Fat", Status: assets.StatusApproved, Revision: 2, EverApproved: true,
						Version: 1, CurrentVersion: 1, ApprovedVersion: 1, Content: v.Content, Provenance: v.Provenance,
					}
					r := assets.Review{
						ID: id, AssetID: id, Version: 1, SHA256: v.Content.SHA256, Revision: 2, By: "ann", ByKind: assets.KindUser,
						Action: assets.ActionApprove, FromStatus: assets.StatusDraft, ToStatus: assets.StatusApproved,
					}
					errs = append(errs, tx.PutVersion(t.Context(), workspace, v), tx.PutAsset(t.Context(), a, a), tx.AddReview(t.Context(), workspace, r))
				}
				return errors.Join(errs...)
			}))
		}
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	})
	return ids
}
