package pgtest_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/10ex/assets/internal/testing/pgtest"
)

func TestServerIsStoppedAndRestarted(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "fsync=off", "work_mem='7MB'")
	url := server.Database(t)
	if n := pgtest.Count(t, url, "SELECT count(*) FROM pg_settings WHERE name = 'work_mem' AND setting = '7168'"); n != 1 {
		t.Error("the server does not have the setting of Start")
	}
	for _, mode := range []string{"fast", "immediate"} {
		server.Stop(t, mode)
		if conn, err := pgx.Connect(t.Context(), url); err == nil {
			_ = conn.Close(t.Context())
			t.Errorf("after Stop(%s): the server accepts connections", mode)
		}
		server.Restart(t)
		if n := pgtest.Count(t, url, "SELECT 1"); n != 1 {
			t.Errorf("after Restart: SELECT 1 returned %d", n)
		}
	}
	if log := server.Log(t); !strings.Contains(log, "database system was not properly shut down") {
		t.Errorf("the log does not mention the crash:\n%s", log)
	}
}

func TestServerIsDemotedAndPromoted(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "fsync=off")
	url := server.Database(t)
	const standby = "SELECT pg_is_in_recovery()::int"
	for _, step := range []struct {
		name string
		do   func(testing.TB)
		want int
	}{{"Demote", server.Demote, 1}, {"Promote", server.Promote, 0}} {
		step.do(t)
		if got := pgtest.Count(t, url, standby); got != step.want {
			t.Errorf("after %s: pg_is_in_recovery is %d, want %d", step.name, got, step.want)
		}
	}
}
