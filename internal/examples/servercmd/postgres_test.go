package servercmd_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/internal/testing/pgtest"
)

func TestOpenPostgres(t *testing.T) {
	t.Parallel()
	url := pgtest.Durable(t)
	if _, err := servercmd.OpenPostgres(t.Context(), url, servercmd.ManagingKeys, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "the command migrate") {
		t.Errorf("managing keys without tables: %v", err)
	}
	for _, use := range []servercmd.Use{servercmd.MintingKeys, servercmd.ManagingKeys} {
		data, err := servercmd.OpenPostgres(t.Context(), url, use, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := data.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenPostgresHidesThePassword(t *testing.T) {
	t.Parallel()
	for _, use := range []servercmd.Use{servercmd.Serving, servercmd.Sweeping} {
		_, err := servercmd.OpenPostgres(t.Context(), "postgres://me:hunter2@127.0.0.1:1/assets", use, slog.New(slog.DiscardHandler))
		if err == nil || !strings.HasPrefix(err.Error(), "-db: ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("use %d: %v", use, err)
		}
	}
}
