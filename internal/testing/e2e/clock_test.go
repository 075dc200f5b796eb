package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/workload"
)

// TestTwoProcessesCLK01 lets two servers whose clocks differ by 30 s write the same
// assets in turn. Versions are ordered by number, the lists of both are complete,
// each accepts the cursors and links of the other, and resuming by time as
// documented misses nothing.
func TestTwoProcessesCLK01(t *testing.T) {
	for name, newStorage := range backends() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum figures
			p := newStorage(t)
			w := newWorkers(t, p, 1, &sum.Tally)[0]
			behind := start(t, p)
			p.ahead = 30 * time.Second
			servers := []*process{behind, start(t, p)}
			for i := range 12 { // one creates an asset, the other adds its second version
				w.Try(servers[i%2].url, w.Create(), nil)
				e := w.Live[i]
				second := w.Upload("/"+string(e.Asset.ID)+"/versions", map[string]any{})
				second.Type = assets.EventVersionAdded
				w.Try(servers[1-i%2].url, second, e)
				if len(e.Digests) != 2 || e.Asset.Revision != 2 {
					t.Fatalf("%d versions, revision %d", len(e.Digests), e.Asset.Revision)
				}
			}
			made := make([]assets.ID, len(w.Live))
			for i, e := range w.Live {
				made[i] = e.Asset.ID
				if i > 1 && (e.Asset.ID > w.Live[i-1].Asset.ID) != (i%2 == 1) {
					t.Errorf("asset %d: %s follows %s", i, e.Asset.ID, w.Live[i-1].Asset.ID)
				}
			}
			highest := w.Live[11].Asset.CreatedAt
			slices.Sort(made)
			for _, query := range []string{"order=asc", "order=asc&created_after=" + url.QueryEscape(highest.Add(-time.Minute).String())} {
				if got := walk(t, w, servers, query); !slices.Equal(got, made) {
					t.Errorf("%s: walked %v, made %v", query, got, made)
				}
			}
			for i, s := range servers { // the links of one work at the other
				var link struct{ URL string }
				get(t, w, s.url+base+"/"+string(made[0])+"/preview-url?expires_in=300", &link)
				resp, err := w.Client.Get(servers[1-i].url + link.URL) //nolint:noctx // of a test's own process
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("a link of %s: %s", s, resp.Status)
				}
			}
			inspect(t, p, []*workload.Worker{w})
		})
	}
}

// walk lists in pages of three, each page from the next server.
func walk(t *testing.T, w *workload.Worker, servers []*process, query string) (ids []assets.ID) {
	t.Helper()
	cursor := ""
	for n := 0; n == 0 || cursor != ""; n++ {
		var page struct {
			Items      []assets.Asset
			NextCursor *string `json:"next_cursor"`
		}
		get(t, w, fmt.Sprintf("%s%s?limit=3&%s%s", servers[n%len(servers)].url, base, query, cursor), &page)
		for _, a := range page.Items {
			ids = append(ids, a.ID)
		}
		cursor = ""
		if page.NextCursor != nil {
			cursor = "&cursor=" + url.QueryEscape(*page.NextCursor)
		}
	}
	return ids
}

func get(t *testing.T, w *workload.Worker, url string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.Key)
	resp, err := w.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
}
