package pgtest_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/pgtest"
)

// TestVolumeClusterFailsOver: a row that was acknowledged is there after the primary was
// killed, and both standbys receive again after that.
func TestVolumeClusterFailsOver(t *testing.T) {
	t.Parallel()
	c := pgtest.StartCluster(t)
	url := c.Database(t)
	pgtest.Exec(t, url, "CREATE TABLE kept (n INT)")
	for n := range 2 {
		pgtest.Exec(t, url, "INSERT INTO kept VALUES (1)")
		c.Kill(t)
		c.Promote(t)
		if got := pgtest.Count(t, url, "SELECT count(*) FROM kept"); got != n+1 {
			t.Errorf("%d rows after the failover, want %d", got, n+1)
		}
		c.Rebuild(t)
	}
	c.Pause(t)
	c.Resume(t)
	pgtest.Exec(t, url, "INSERT INTO kept VALUES (1)")
}
