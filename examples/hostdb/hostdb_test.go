package hostdb_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/examples/hostdb"
	"github.com/10ex/assets/internal/testing/pgtest"
)

// host is what the hosts have in common.
type host interface {
	Launch(ctx context.Context, by assets.Actor, name string, hero *assets.Asset) error
	Close() error
}

// hosts opens each host and shows its library.
func hosts() map[string]func(ctx context.Context, url string) (host, *hostdb.Assets, error) {
	return map[string]func(ctx context.Context, url string) (host, *hostdb.Assets, error){
		"bun": func(ctx context.Context, url string) (host, *hostdb.Assets, error) {
			h, err := hostdb.OpenBun(ctx, url)
			return h, h.Assets, err
		},
		"pgx": func(ctx context.Context, url string) (host, *hostdb.Assets, error) {
			h, err := hostdb.OpenPgx(ctx, url)
			return h, h.Assets, err
		},
		"database/sql": func(ctx context.Context, url string) (host, *hostdb.Assets, error) {
			h, err := hostdb.OpenDatabaseSQL(ctx, url)
			return h, h.Assets, err
		},
		"gorm": func(ctx context.Context, url string) (host, *hostdb.Assets, error) {
			h, err := hostdb.OpenGorm(ctx, url)
			return h, h.Assets, err
		},
		"sqlc": func(ctx context.Context, url string) (host, *hostdb.Assets, error) {
			h, err := hostdb.OpenSqlc(ctx, url)
			return h, h.Assets, err
		},
	}
}

// TestLaunch: approval and campaign are committed together, or neither is.
func TestLaunch(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile("internal/campaigns/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Durable(t)
			pgtest.Script(t, url, string(schema))
			h, a, err := open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			})
			agent, ann := assetstest.Agent("acme", "copywriter"), assetstest.User("acme", "ann")
			var heroes []*assets.Asset
			for range 3 {
				made, err := a.Library.Create(t.Context(), agent, assets.NewAsset{
					Type: assets.TypeCopy, Title: "Hero", NewVersion: assets.NewVersion{Text: "Spring is here."},
				})
				if err != nil {
					t.Fatal(err)
				}
				heroes = append(heroes, made.Asset)
			}
			if err := h.Launch(t.Context(), ann, "spring", heroes[0]); err != nil {
				t.Fatal(err)
			}
			if err := h.Launch(t.Context(), ann, "spring", heroes[1]); err == nil {
				t.Error("two campaigns have the same name")
			}
			if err := h.Launch(t.Context(), agent, "summer", heroes[2]); !errors.Is(err, assets.ErrKindCannotApprove) {
				t.Errorf("an agent launches a campaign: %v", err)
			}
			for i, want := range []assets.Status{assets.StatusApproved, assets.StatusDraft, assets.StatusDraft} {
				if got, err := a.Library.Get(t.Context(), ann, heroes[i].ID, assets.SelectCurrent); err != nil || got.Status != want {
					t.Errorf("hero %d: %v, %v, want %s", i, got, err, want)
				}
			}
			if n := pgtest.Count(t, url, "SELECT count(*) FROM campaigns WHERE name = 'spring'"); n != 1 {
				t.Errorf("%d campaigns", n)
			}
			if n := pgtest.Count(t, url, "SELECT count(*) FROM campaigns"); n != 1 {
				t.Errorf("%d campaigns", n)
			}
		})
	}
}

// TestDocument: docs/embedding.md quotes these files.
func TestDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "docs", "embedding.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	quotes := regexp.MustCompile("(?s)\n<!-- of examples/hostdb -->\n```text\n(.*?)```").FindAllStringSubmatch(string(document), -1)
	for _, quote := range quotes {
		if !strings.Contains(source.String(), quote[1]) {
			t.Errorf("not in examples/hostdb:\n%s", quote[1])
		}
	}
	if len(quotes) < 4 {
		t.Errorf("%d quotes", len(quotes))
	}
}
