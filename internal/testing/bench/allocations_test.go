package bench_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/bulkdata"
)

var update = flag.Bool("update", false, "write testdata/allocations.json")

const (
	maxGrowth    = 1.2 // of what is recorded
	measuredRuns = 50
	listed       = 50 // items of a page
)

// allocation is what one request, or one item of a list, allocates.
type allocation struct {
	Objects float64 `json:"objects"`
	Bytes   float64 `json:"bytes"`
}

// TestVolumeAllocations compares what requests allocate with testdata/allocations.json. It is
// not parallel, since other tests allocate too.
func TestVolumeAllocations(t *testing.T) { //nolint:paralleltest // see above
	path := filepath.Join("testdata", "allocations.json")
	recorded := map[string]map[string]allocation{} // by back end and operation
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &recorded)
	}
	if err != nil && !*update {
		t.Fatal(err)
	}
	for _, b := range backends.All() {
		t.Run(b.Name, func(t *testing.T) { //nolint:paralleltest // see above
			got := measureAllocations(t, b.Config(t))
			if *update {
				recorded[b.Name] = got
				return
			}
			if len(got) != len(recorded[b.Name]) {
				t.Errorf("%d operations are recorded, not %d; run this test with -update", len(recorded[b.Name]), len(got))
			}
			for name, a := range got {
				limit := recorded[b.Name][name]
				t.Logf("%s: %.0f objects, %.0f bytes", name, a.Objects, a.Bytes)
				if a.Objects > maxGrowth*limit.Objects || a.Bytes > maxGrowth*limit.Bytes {
					t.Errorf("%s: %.0f objects of %.0f bytes; recorded are %.0f of %.0f; allocate less, or explain it and run this test with -update",
						name, a.Objects, a.Bytes, limit.Objects, limit.Bytes)
				}
			}
		})
	}
	if *update && !t.Failed() {
		text, err := json.MarshalIndent(recorded, "", "  ")
		if err == nil {
			err = os.WriteFile(path, append(text, '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// measureAllocations returns the allocations of operations, and of an item of a list.
func measureAllocations(t *testing.T, cfg assets.Config) map[string]allocation {
	t.Helper()
	cfg.SmallContents = smallContents
	cfg.SigningKeys = [][]byte{bytes.Repeat([]byte{1}, 32)}
	cfg.Logger = slog.New(slog.DiscardHandler)
	lib := backends.Library(t, cfg)
	keys, err := apikey.New(apikey.Config{Store: cfg.Store.(apikey.Store), Logger: cfg.Logger})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := keys.Mint(t.Context(), apikey.NewKey{
		Workspace: bulkdata.Workspace, Owner: "ana", Name: "bench", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Logger: cfg.Logger})
	h := &handler{mux, "Bearer " + token}

	s := &subject{}
	var drafts []string
	for range measuredRuns + listed {
		var made struct{ ID string }
		if err := json.Unmarshal(h.send(t, creationOf(assets.TypeCopy, 500)), &made); err != nil {
			t.Fatal(err)
		}
		drafts = append(drafts, made.ID)
	}
	s.id, s.small = drafts[0], drafts[0]

	got := map[string]allocation{}
	for _, op := range operations() {
		if slices.Contains([]string{"create, 8 KB copy", "create, 64 KB deck", "list, status and type", "download, 64 KB"}, op.name) {
			continue // as others
		}
		i := 0
		got[op.name] = allocated(func() {
			h.send(t, op.request(s, drafts[i]))
			i++
		})
	}
	page := func(limit int) allocation {
		return allocated(func() {
			h.send(t, request{method: http.MethodGet, path: fmt.Sprintf("%s?limit=%d", base, limit)})
		})
	}
	one, many := page(1), page(listed)
	got["list, an item"] = allocation{(many.Objects - one.Objects) / (listed - 1), (many.Bytes - one.Bytes) / (listed - 1)}
	return got
}

// handler calls the routes without a connection.
type handler struct {
	http.Handler
	authorization string
}

func (h *handler) send(t *testing.T, r request) []byte {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), r.method, r.path, bytes.NewReader(r.body))
	req.Header.Set("Authorization", h.authorization)
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(deadlines{rec}, req)
	if rec.Code/100 != 2 {
		t.Fatalf("%s %s: %d %.200s", r.method, r.path, rec.Code, rec.Body)
	}
	return rec.Body.Bytes()
}

// deadlines are those of a ResponseWriter of net/http.
type deadlines struct{ *httptest.ResponseRecorder }

func (deadlines) SetReadDeadline(time.Time) error { return nil }

func (deadlines) SetWriteDeadline(time.Time) error { return nil }

// allocated returns what a call of run allocates, on average, while no garbage is collected,
// which would empty the pools.
func allocated(run func()) allocation {
	for range 10 {
		run()
	}
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range measuredRuns {
		run()
	}
	runtime.ReadMemStats(&after)
	return allocation{
		Objects: float64(after.Mallocs-before.Mallocs) / measuredRuns,
		Bytes:   float64(after.TotalAlloc-before.TotalAlloc) / measuredRuns,
	}
}
