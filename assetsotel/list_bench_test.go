package assetsotel_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"gocloud.dev/blob/memblob"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetsotel"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// BenchmarkList requests a list of 50 assets on SQLite, in turns without an observer and with
// spans of every request, which are exported to nowhere, and metrics. ratio is that of the
// medians. BenchmarkListObserved of package httpx has the cost of being observed alone.
func BenchmarkList(b *testing.B) {
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(nowhere{}))
	b.Cleanup(func() { _ = traces.Shutdown(context.WithoutCancel(b.Context())) })
	telemetry, err := assetsotel.New(assetsotel.Config{
		TracerProvider: traces, MeterProvider: metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())),
	})
	if err != nil {
		b.Fatal(err)
	}
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "assets.db"), store.Options{Relaxed: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	sides := [2]http.Handler{lists(b, db, nil), lists(b, db, telemetry.Observe)}
	var took [2][]time.Duration
	for i := 0; b.Loop(); i++ {
		for turn := range sides {
			side := (i + turn) % 2
			began := time.Now()
			rec := httptest.NewRecorder()
			sides[side].ServeHTTP(rec, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v1/assets", http.NoBody))
			if rec.Code != http.StatusOK {
				b.Fatal(rec.Code, rec.Body)
			}
			took[side] = append(took[side], time.Since(began))
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2].Nanoseconds()) / 1000
	}
	b.ReportMetric(median(took[0]), "µs-nobody")
	b.ReportMetric(median(took[1]), "µs-observed")
	b.ReportMetric(median(took[1])/median(took[0]), "ratio")
}

// lists returns the routes of a Library on a database that has 50 assets.
func lists(b *testing.B, db *sqlite.Store, observe assets.Observer) http.Handler {
	b.Helper()
	raw := memblob.OpenBucket(nil)
	b.Cleanup(func() { _ = raw.Close() })
	lib, err := assets.New(assets.Config{
		Store: db, Blobs: bucket.New(raw), Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SigningKeys: [][]byte{[]byte("assetsotel: 32 bytes or more, not secret")}, Observe: observe,
	})
	if err != nil {
		b.Fatal(err)
	}
	by := assets.Actor{Workspace: "w", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	page, err := lib.List(b.Context(), by, assets.Query{})
	if err != nil {
		b.Fatal(err)
	}
	for range 50 - len(page.Items) {
		if _, err := lib.Create(b.Context(), by, assets.NewAsset{Type: assets.TypeCopy, Title: "Launch", NewVersion: assets.NewVersion{Text: "Spring is here."}}); err != nil {
			b.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: func(*http.Request) (assets.Actor, error) { return by, nil }})
	return mux
}

// nowhere is where the spans of the benchmark go.
type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                             { return nil }
