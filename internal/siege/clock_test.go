package siege_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
)

// TestCLK01TwoProcesses has two servers, 30 s apart, write the same assets in
// turn: versions go by number, each server's lists are whole and its cursors
// and links good for the other, and who resumes by time as documented misses
// nothing.
func TestCLK01TwoProcesses(t *testing.T) {
	for name, settle := range backends() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum figures
			p := settle(t)
			w := hire(t, p, 1, &sum.tally)[0]
			behind := start(t, p)
			p.ahead = 30 * time.Second
			servers := []*process{behind, start(t, p)}
			for i := range 12 { // each makes assets, the other gives them their second version
				w.try(servers[i%2].url, w.create(), nil)
				e := w.live[i]
				second := w.upload("/"+string(e.asset.ID)+"/versions", map[string]any{})
				second.kind = assets.EventVersionAdded
				w.try(servers[1-i%2].url, second, e)
				if len(e.digests) != 2 || e.asset.Revision != 2 {
					t.Fatalf("%d versions, revision %d", len(e.digests), e.asset.Revision)
				}
			}
			made := make([]assets.ID, len(w.live))
			for i, e := range w.live {
				made[i] = e.asset.ID
				if i > 1 && (e.asset.ID > w.live[i-1].asset.ID) != (i%2 == 1) {
					t.Errorf("asset %d: %s follows %s", i, e.asset.ID, w.live[i-1].asset.ID)
				}
			}
			highest := w.live[11].asset.CreatedAt
			slices.Sort(made)
			for _, query := range []string{"order=asc", "order=asc&created_after=" + url.QueryEscape(highest.Add(-time.Minute).String())} {
				if got := w.walk(t, servers, query); !slices.Equal(got, made) {
					t.Errorf("%s: walked %v, made %v", query, got, made)
				}
			}
			for i, s := range servers { // a link of each opens at the other
				var link struct{ URL string }
				w.get(t, s.url+base+"/"+string(made[0])+"/preview-url?expires_in=300", &link)
				resp, err := w.client.Get(servers[1-i].url + link.URL) //nolint:noctx // of a test's own process
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("a link of %s: %s", s, resp.Status)
				}
			}
			inspect(t, p, []*worker{w})
		})
	}
}

// walk lists in pages of three, each asked of the next server.
func (w *worker) walk(t *testing.T, servers []*process, query string) (ids []assets.ID) {
	t.Helper()
	cursor := ""
	for n := 0; n == 0 || cursor != ""; n++ {
		var page struct {
			Items      []assets.Asset
			NextCursor *string `json:"next_cursor"`
		}
		w.get(t, fmt.Sprintf("%s%s?limit=3&%s%s", servers[n%len(servers)].url, base, query, cursor), &page)
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

func (w *worker) get(t *testing.T, url string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.key)
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
}
