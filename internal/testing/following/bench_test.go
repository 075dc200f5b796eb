package following_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// BenchmarkCreateAndApprove is the cost of a journal row beside all else that a change
// writes. It uses nothing that is new, so that it runs on earlier commits too.
func BenchmarkCreateAndApprove(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) *store.Store{
		"sqlite": func(b *testing.B) *store.Store {
			b.Helper()
			st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "assets.db"), store.Options{Relaxed: true})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = st.Close() })
			return st.Store
		},
		"postgres": openPostgres,
	} {
		b.Run(name, func(b *testing.B) {
			cfg := assetstest.Config()
			cfg.Store = open(b)
			lib, err := assets.New(cfg)
			if err != nil {
				b.Fatal(err)
			}
			by := assetstest.User("w", "ann")
			b.ResetTimer()
			for range b.N {
				made, err := lib.Create(b.Context(), by, assets.NewAsset{
					Type: assets.TypeCopy, Title: "headline", CampaignID: "spring", Tags: assets.Tags{"channel": {"email", "web"}},
					NewVersion: assets.NewVersion{Text: "Spring is in the air.", Submit: true},
				})
				if err != nil {
					b.Fatal(err)
				}
				d := assets.Decision{Action: assets.ActionApprove, Version: 1, Comment: "fine"}
				if _, err := lib.Review(b.Context(), by, made.ID, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func openPostgres(b *testing.B) *store.Store {
	b.Helper()
	st, err := postgres.Open(b.Context(), sqltest.Postgres(b), store.Options{Relaxed: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	return st.Store
}

// BenchmarkNumbering is how fast rows get positions on PostgreSQL when a reader comes: the
// time of an op is that of 10,000 rows. With ASSETS_TEST_QUIET it fails if the median is below
// 10,000 events/s.
func BenchmarkNumbering(b *testing.B) {
	st := openPostgres(b)
	var took []time.Duration
	for range b.N {
		b.StopTimer()
		_, err := st.DB().ExecContext(b.Context(), "INSERT INTO asset_events (at, workspace, asset_id, version, kind, status, review_id, subject, data, event_id, asset_type, tags)"+
			" SELECT i, 'w', gen_random_uuid()::text, 1, 'edited', 'draft', '', 'ann', '', gen_random_uuid()::text, 'copy', '' FROM generate_series(1, 10000) AS i")
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		began := time.Now()
		if _, err := st.Events(b.Context(), 0, 0); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	b.StopTimer()
	if state, err := st.JournalState(b.Context()); err != nil || state.Last != int64(b.N)*10_000 {
		b.Errorf("numbered to %+v, %v", state, err)
	}
	b.ReportMetric(float64(b.N)*10_000/b.Elapsed().Seconds(), "events/s")
	slices.Sort(took)
	if median := took[len(took)/2]; os.Getenv("ASSETS_TEST_QUIET") == "1" && median > time.Second {
		b.Errorf("10,000 events take %v, want at most 1 s", median)
	}
}
