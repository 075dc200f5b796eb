package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/10ex/assets/internal/testing/pgtest"
)

func TestExecAndCount(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	pgtest.Exec(t, url, "CREATE TABLE numbers AS SELECT generate_series(1, 7)")
	if n := pgtest.Count(t, url, "SELECT count(*) FROM numbers"); n != 7 {
		t.Errorf("got %d, want 7", n)
	}
}

func TestWaitUnused(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	unused := make(chan struct{})
	go func() { defer close(unused); pgtest.WaitUnused(t, url) }()
	select {
	case <-unused:
		t.Error("WaitUnused returned while a client was connected")
	default:
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	<-unused
}
