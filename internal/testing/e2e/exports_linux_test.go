package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
)

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
			p.fill(t, fillApproved)
			all := ids(approvedID, approvedEntries)
			s := start(t, p)
			s.withstand(t, other, func() {
				s.freeze(t, attacker, `{}`, http.StatusUnprocessableEntity)
				url := s.freezeMany(t, attacker, all)
				var clients sync.WaitGroup
				for i := range 100 {
					clients.Go(func() { s.readRange(t, url, 1<<20+i<<17, 2<<20) })
				}
				clients.Wait()
			})
		})
	}
}

// TestVolumeTenExports freezes ten exports of everything with a key that may only read,
// one after the other, beside another workspace: with ASSETS_TEST_ALL 10,000 assets, of
// which four exports are stored and the others refused. Otherwise it has 500, and all
// are stored.
func TestVolumeTenExports(t *testing.T) {
	for name, open := range attacked() {
		t.Run(name+"/HOS08", func(t *testing.T) {
			p := open(t)
			p.maxMemory = maxResident
			reader, other := p.mintFor(t, "attacker", assets.KindAgent, assets.ScopeRead), p.mint(t, "other")
			p.fill(t, fillExport)
			s := start(t, p)
			want := []int{http.StatusCreated}
			if exportEntries() == 10_000 {
				want = append(want, http.StatusTooManyRequests)
			}
			may := want
			if mayBeBusy() { // freezing may take a minute
				may = append(slices.Clone(want), http.StatusServiceUnavailable)
			}
			made := map[int]int{}
			s.withstand(t, other, func() {
				for range 10 {
					status, _ := s.freeze(t, reader, `{}`, may...)
					made[status]++
				}
			})
			t.Logf("exports of %d assets, by status: %v", exportEntries(), made)
			for _, status := range want {
				if made[status] == 0 && made[http.StatusServiceUnavailable] == 0 {
					t.Errorf("no export ended with %d", status)
				}
			}
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
