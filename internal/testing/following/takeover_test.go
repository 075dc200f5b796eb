package following_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// Limits that a machine with much else to do keeps too.
const (
	takeoverLimit = 90 * time.Second // 30 s of a lease, and an attempt each second
	streamLimit   = 10 * time.Second // quiet: 1 s
)

// TestVolumeKilledFollowerIsReplaced: nobody ends the lease of a killed follower, so that
// another process goes on where it was when the lease has run out.
func TestVolumeKilledFollowerIsReplaced(t *testing.T) {
	t.Parallel()
	c := newCampaign(t, "SQLite")
	follows := func(position int64) func() bool {
		return func() bool {
			seen := int64(0)
			if _, err := os.Stat(filepath.Join(c.folder, "Follow")); err != nil {
				return false
			}
			c.eachLine("Follow", func(line string) { _, _ = fmt.Sscan(line, &seen) })
			return seen >= position
		}
	}
	c.start("Follow")
	writeLast(t, c.st)
	c.await("the first follower", follows(1))
	c.kill("Follow")
	writeLast(t, c.st)
	began := time.Now()
	c.start("Follow")
	c.await("the second follower", follows(2))
	took := time.Since(began)
	t.Logf("the lease was taken over after %v", took)
	if took > takeoverLimit {
		t.Errorf("a killed follower is replaced after %v, want at most %v", took, takeoverLimit)
	}
}

// TestVolumeStreamOfAnotherProcess: a stream has what another process has committed within a
// second: it is told by nobody, and asks.
func TestVolumeStreamOfAnotherProcess(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(t *testing.T) string{
		"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "assets.db") },
		"PostgreSQL": func(t *testing.T) string { return sqltest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := place(t)
			open := func() *store.Store {
				st, closeStore, err := openStore(t.Context(), url, true)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(closeStore)
				return st
			}
			one, other := open(), open()
			by := assetstest.User("w", "ann")
			stream, err := library(t, one).StreamEvents(t.Context(), by, assets.EventQuery{})
			if err != nil {
				t.Fatal(err)
			}
			defer stream.Close()
			writes := library(t, other)
			slowest := time.Duration(0)
			for range 20 {
				made, err := writes.Create(t.Context(), by, fixture.Copy("x"))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				for found := false; !found; {
					events, err := stream.Next(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					for _, e := range events {
						found = found || e.Data.AssetID == made.ID
					}
				}
				slowest = max(slowest, time.Since(began))
			}
			t.Logf("the slowest of 20 events was %v behind", slowest)
			limit := streamLimit
			if os.Getenv("ASSETS_TEST_QUIET") == "1" {
				limit = time.Second
			}
			if slowest > limit {
				t.Errorf("an event was %v behind, want at most %v", slowest, limit)
			}
		})
	}
}
