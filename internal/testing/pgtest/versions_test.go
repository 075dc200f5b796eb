package pgtest_test

import (
	"os"
	"testing"

	"github.com/10ex/assets/internal/testing/pgtest"
)

// TestVersions runs TestServerVersion again on other versions.
func TestVersions(t *testing.T) { pgtest.Versions(t, "^TestServerVersion$", "") }

// TestServerVersion: the server of this process is the version that Versions has set.
func TestServerVersion(t *testing.T) {
	t.Parallel()
	server := pgtest.Count(t, pgtest.Database(t), "SELECT current_setting('server_version_num')::int / 10000")
	if want := os.Getenv("PGTEST_VERSION"); want != "" && want != map[int]string{16: "16", 17: "17", 18: "18"}[server] {
		t.Errorf("the server is version %d, want %s", server, want)
	}
}
