package attest_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

const maxRatio = 1.1 // of the time of an approval with attestations to one without

// BenchmarkApprove approves assets, on SQLite with synchronous=FULL and on PostgreSQL
// without syncing, in turns without and with attestations: ratio is that of the medians. With
// ASSETS_TEST_QUIET it fails if that is more than 1.1.
func BenchmarkApprove(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) assets.Store{
		"sqlite": func(b *testing.B) assets.Store {
			b.Helper()
			s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "assets.db"), store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			return s
		},
		"postgres": func(b *testing.B) assets.Store { b.Helper(); return backends.Postgres(b) },
	} {
		b.Run(name, func(b *testing.B) {
			attester := newAttester(b, attest.Config{Key: newKey(1)})
			benchmarkApprove(b, approver(b, open(b), nil), approver(b, open(b), attester))
		})
	}
}

func benchmarkApprove(b *testing.B, without, with func() time.Duration) {
	b.Helper()
	var took [2][]time.Duration
	for i := 0; b.Loop(); i++ {
		for turn := range 2 {
			side := (i + turn) % 2
			approve := [2]func() time.Duration{without, with}[side]
			took[side] = append(took[side], approve())
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2].Microseconds())
	}
	b.ReportMetric(median(took[0]), "µs-without")
	b.ReportMetric(median(took[1]), "µs-with")
	ratio := median(took[1]) / median(took[0])
	b.ReportMetric(ratio, "ratio")
	if os.Getenv("ASSETS_TEST_QUIET") == "1" && ratio > maxRatio {
		b.Errorf("an approval takes %.2f times as long with attestations, want at most %v", ratio, maxRatio)
	}
}

// approver returns what creates an asset, and approves it in the time that it returns.
func approver(b *testing.B, s assets.Store, attester *attest.Attester) func() time.Duration {
	b.Helper()
	cfg := assets.Config{Store: s, Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{}}
	if attester != nil {
		cfg.Attest = attester
	}
	lib, err := assets.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ann := assetstest.User("w", "ann")
	return func() time.Duration {
		made, err := lib.Create(b.Context(), ann, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{
			Text: fileText, Submit: true, Provenance: assets.Provenance{AgentSlug: "copywriter", RunID: "run-1", Parameters: []byte(`{"temperature":0.7}`)},
		}})
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		_, err = lib.Review(b.Context(), ann, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1, SHA256: made.Content.SHA256})
		if err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
}
