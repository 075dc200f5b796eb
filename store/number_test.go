package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun/dialect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/webhook"
)

func isPostgres(st *store.Store) bool { return st.DB().Dialect().Name() == dialect.PG }

// seventhSchema makes a database one of the seventh schema, which has neither positions nor
// what events tell.
func seventhSchema(t *testing.T, st *store.Store) {
	t.Helper()
	columns := "asset_type campaign_id campaign_before tags sha256 revision in_force_before in_force_after changed subject_kind via comment trace"
	if isPostgres(st) {
		columns += " pos"
	}
	for column := range strings.FieldsSeq(columns) {
		execute(t, st.DB(), "ALTER TABLE asset_events DROP COLUMN "+column)
	}
	execute(t, st.DB(), "CREATE INDEX asset_events_at ON asset_events (at)")
	execute(t, st.DB(), "ALTER TABLE asset_reviews DROP COLUMN invited_by")
	execute(t, st.DB(), "DROP INDEX asset_reviews_decisions")
	execute(t, st.DB(), "DROP INDEX asset_reviews_decided")
	execute(t, st.DB(), "CREATE INDEX asset_reviews_version ON asset_reviews (workspace, asset_id, version, revision, id)")
	tables := "asset_journal asset_followers asset_deliveries asset_webhooks asset_links asset_attestations asset_words asset_unindexed asset_contents asset_purges"
	if !isPostgres(st) {
		tables += " asset_indexed asset_zeros"
	}
	for table := range strings.FieldsSeq(tables) {
		execute(t, st.DB(), "DROP TABLE "+table)
	}
	for _, table := range []string{"asset_versions", "asset_perspectives"} {
		execute(t, st.DB(), "ALTER TABLE "+table+" DROP COLUMN erased_at")
	}
	execute(t, st.DB(), "DROP INDEX asset_export_entries_tagmanifest")
	for _, column := range []string{"attestation", "attestation_size", "attestation_crc32", "attestation_sha256", "tagmanifest_at"} {
		execute(t, st.DB(), "ALTER TABLE asset_export_entries DROP COLUMN "+column)
	}
	execute(t, st.DB(), "DELETE FROM asset_schema WHERE version > 7")
}

// TestMigrateNumbersOlderEvents migrates a journal with a number that was rolled back, which
// is missing on Postgres. The positions have no gap, and the last one is the number that a
// mark of before has.
func TestMigrateNumbersOlderEvents(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		addEvents(t, st, 5)
		rollBack := errors.New("roll back")
		err := st.Update(t.Context(), func(tx assets.Tx) error {
			return errors.Join(tx.AddEvent(t.Context(), assets.Event{Workspace: "w"}), rollBack)
		})
		if !errors.Is(err, rollBack) {
			t.Fatal(err)
		}
		addEvents(t, st, 3)
		first, last := int64(1), int64(8)
		if isPostgres(st) {
			first, last = 2, 9
		}
		seventhSchema(t, st)
		newest := blob.MarkOf(assets.Event{At: 2, Workspace: "w"})
		newest.Position = last
		marks, err := json.Marshal(blob.Marks{newest})
		if err != nil {
			t.Fatal(err)
		}
		execute(t, st.DB(), fmt.Sprintf("INSERT INTO asset_meta (name, value) VALUES ('marks', '%s')", marks))

		for range 2 {
			if err := store.Migrate(t.Context(), st.DB()); err != nil {
				t.Fatal(err)
			}
		}
		var pending int
		if err := st.DB().NewRaw("SELECT count(*) FROM asset_meta WHERE name = 'positions_pending'").Scan(t.Context(), &pending); err != nil || pending != 0 {
			t.Errorf("%d pending, %v", pending, err)
		}
		state, err := st.JournalState(t.Context())
		if err != nil || state.Pruned != first-1 || state.Last != last {
			t.Errorf("the state is %+v, %v; want %d to %d", state, err, first, last)
		}
		all, err := st.Events(t.Context(), 0, 100)
		if err != nil || int64(len(all)) != last-first+1 {
			t.Fatalf("%d events, %v", len(all), err)
		}
		for i, e := range all {
			if e.Position != first+int64(i) || e.Data.InForce != nil || e.Data.Tags != nil || e.Data.AssetType != "" {
				t.Errorf("event %d is %+v", i, e)
			}
		}
		if next, err := st.MoveMark(t.Context(), newest, false); err != nil || next != newest {
			t.Errorf("the mark moved to %+v, %v; want %+v", next, err, newest)
		}
		addEvents(t, st, 1)
		if next, err := st.MoveMark(t.Context(), newest, false); err != nil || next.Position != last+1 {
			t.Errorf("the mark moved to %+v, %v; want %d", next, err, last+1)
		}
	})
}

// TestEventsWithoutNumbering: a program that may not number reads what has positions.
func TestEventsWithoutNumbering(t *testing.T) {
	t.Parallel()
	st := openPostgres(t)
	addEvents(t, st, 2)
	if n := events(t, st); n != 2 {
		t.Fatalf("%d events", n)
	}
	addEvents(t, st, 1)
	execute(t, st.DB(), "ALTER TABLE asset_journal RENAME COLUMN last TO last_renamed")
	if n := events(t, st); n != 2 {
		t.Errorf("%d events, want those with positions", n)
	}
	if _, err := st.PruneEvents(t.Context(), 100); err == nil {
		t.Error("events are pruned that have no positions yet")
	}
	if err := st.NumberEvents(t.Context()); err == nil {
		t.Error("nobody is told that events have no positions")
	}
	execute(t, st.DB(), "ALTER TABLE asset_journal RENAME COLUMN last_renamed TO last")
	if n := events(t, st); n != 3 {
		t.Errorf("%d events, want all", n)
	}
}

// TestNumberingBesideAPurge numbers rows of which a purge deletes one, whose commit the
// numbering waits for. The positions of the others ascend, and numbering goes on.
func TestNumberingBesideAPurge(t *testing.T) {
	t.Parallel()
	url := sqltest.Postgres(t)
	st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, st.Close)
	addEvents(t, st, 3)
	purge, err := st.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = purge.Rollback() }()
	if _, err := purge.ExecContext(t.Context(), "DELETE FROM asset_events WHERE at = 1"); err != nil {
		t.Fatal(err)
	}
	var numbered []assets.Event
	var reading sync.WaitGroup
	reading.Go(func() { numbered, err = st.Events(t.Context(), 0, 10) })
	const waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'" +
		" AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
	for pgtest.Count(t, url, waiting) == 0 {
		runtime.Gosched()
	}
	if err := purge.Commit(); err != nil {
		t.Fatal(err)
	}
	reading.Wait()
	if err != nil || len(numbered) != 2 {
		t.Fatalf("%+v, %v; want the two events that are left", numbered, err)
	}
	addEvents(t, st, 1)
	all, err := st.Events(t.Context(), 0, 10)
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v; want the newest event too", all, err)
	}
	state, err := st.JournalState(t.Context())
	if err != nil || state.Last != all[2].Position || all[0].Position != 1 || all[0].Position >= all[1].Position || all[1].Position >= all[2].Position {
		t.Errorf("positions %d, %d, %d and %+v, %v; want ascending ones up to the last", all[0].Position, all[1].Position, all[2].Position, state, err)
	}
}

// addUnnumbered adds rows without positions, on Postgres.
func addUnnumbered(t *testing.T, st *store.Store, n int) {
	t.Helper()
	execute(t, st.DB(), fmt.Sprintf("INSERT INTO asset_events (at, workspace, asset_id, version, kind, status, review_id, subject, data, event_id, asset_type)"+
		" SELECT i, 'w', '', 1, 'edited', 'draft', '', 'ann', '', gen_random_uuid()::text, 'copy' FROM generate_series(1, %d) AS i", n))
}

// backlog is so many rows that three transactions number them.
const backlog = 25_000

// TestVolumeNumbering numbers more rows than one transaction does, at most 10,000 in each.
func TestVolumeNumbering(t *testing.T) {
	t.Parallel()
	st := openPostgres(t)
	addUnnumbered(t, st, backlog)
	for before, turn := 0, 0; turn < 4; turn++ {
		if _, err := st.Events(t.Context(), 0, 0); err != nil {
			t.Fatal(err)
		}
		var numbered int
		if err := st.DB().QueryRowContext(t.Context(), "SELECT count(pos) FROM asset_events").Scan(&numbered); err != nil {
			t.Fatal(err)
		}
		if numbered > before+10_000 {
			t.Errorf("one read has numbered %d rows", numbered-before)
		}
		before = numbered
	}
	state, err := st.JournalState(t.Context())
	if err != nil || state.Last != backlog {
		t.Errorf("numbered to %+v, %v; want %d", state, err, backlog)
	}
}

// TestVolumeNewestEvent: what begins behind the newest event is not told of earlier ones,
// however many have no position yet.
func TestVolumeNewestEvent(t *testing.T) {
	t.Parallel()
	st := openPostgres(t)
	cfg := assetstest.Config()
	cfg.Store = st
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := webhook.New(webhook.Config{Library: lib})
	if err != nil {
		t.Fatal(err)
	}
	by := assetstest.User("w", "ann")
	for i, begin := range []func() (int64, error){
		func() (int64, error) { return lib.EventPosition(t.Context(), "w", assets.AfterNow) },
		func() (int64, error) {
			if err := lib.SkipEvents(t.Context(), "jobs"); err != nil {
				return 0, err
			}
			lease, err := st.LeaseFollower(t.Context(), "jobs", "holder", time.Minute)
			return lease.Position, err
		},
		func() (int64, error) {
			made, err := hooks.Create(t.Context(), by, webhook.NewWebhook{URL: "https://example.com/"})
			if err != nil {
				return 0, err
			}
			w, err := st.Webhook(t.Context(), "w", made.ID)
			return w.After, err
		},
		func() (int64, error) {
			watch, err := lib.WatchEvents(t.Context())
			if err != nil {
				return 0, err
			}
			defer watch.Close()
			addEvents(t, st, 1)
			events, err := watch.Next(t.Context())
			if err != nil || len(events) == 0 {
				return 0, err
			}
			return events[0].Position - 1, nil
		},
	} {
		addUnnumbered(t, st, backlog)
		if at, err := begin(); err != nil || at != int64(i+1)*backlog {
			t.Errorf("case %d begins behind %d, %v; want %d", i, at, err, (i+1)*backlog)
		}
	}
}
