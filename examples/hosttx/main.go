// Command hosttx is a host that changes its own tables and assets in one transaction:
// a campaign is added in the commit that approves its hero, or neither happens.
//
//	go run ./examples/hosttx [-db postgres://…]
//
// Without -db it uses a temporary SQLite file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// The actors.
var (
	agent = assets.Actor{
		Workspace: "acme", Subject: "copywriter", Kind: assets.KindAgent,
		Scopes: []assets.Scope{assets.ScopeAll},
	}
	editor = assets.Actor{
		Workspace: "acme", Subject: "ana@acme.example", Kind: assets.KindUser,
		Scopes: []assets.Scope{assets.ScopeAll},
	}
)

func main() {
	db := flag.String("db", "", "`URL` of a PostgreSQL database (default a temporary SQLite file)")
	flag.Parse()
	if err := run(context.Background(), *db, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run opens a database and runs the story in it.
func run(ctx context.Context, url string, out io.Writer) (err error) {
	st, done, err := open(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	h, err := newHost(ctx, st)
	if err != nil {
		return err
	}
	return h.story(ctx, out)
}

// open opens the host's database. A host needs only what both kinds share,
// *store.Store.
func open(ctx context.Context, url string) (_ *store.Store, done func() error, err error) {
	if url != "" {
		if err := postgres.Migrate(ctx, url); err != nil {
			return nil, nil, err
		}
		st, err := postgres.Open(ctx, url, store.Options{})
		if err != nil {
			return nil, nil, err
		}
		return st.Store, st.Close, nil
	}
	dir, err := os.MkdirTemp("", "hosttx")
	if err != nil {
		return nil, nil, err
	}
	st, err := sqlite.Open(ctx, filepath.Join(dir, "host.db"), store.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return st.Store, func() error { return errors.Join(st.Close(), os.RemoveAll(dir)) }, nil
}

// host has campaigns in the database of the assets.
type host struct {
	store *store.Store
	lib   *assets.Library
}

func newHost(ctx context.Context, st *store.Store) (*host, error) {
	lib, err := assets.New(assets.Config{
		Store:     st,
		Blobs:     blob.NewMemory(),
		Versioner: versioning.Linear{},
		Approver:  approval.Policy{},
	})
	if err != nil {
		return nil, err
	}
	_, err = st.DB().ExecContext(ctx, `CREATE TABLE IF NOT EXISTS campaigns (
		name TEXT NOT NULL PRIMARY KEY, asset_id TEXT NOT NULL, version BIGINT NOT NULL)`)
	return &host{st, lib}, err
}

// story launches a campaign, fails to launch it again, and announces another one as
// an agent.
func (h *host) story(ctx context.Context, out io.Writer) error {
	for _, attempt := range []struct{ campaign, text string }{
		{"spring", "Spring is here."},
		{"spring", "Spring, once more."}, // there is one already
	} {
		hero, err := h.propose(ctx, attempt.text)
		if err != nil {
			return err
		}
		outcome := "launched"
		if err := h.launch(ctx, attempt.campaign, hero); err != nil {
			outcome = "not launched"
		}
		fmt.Fprintf(out, "%s with %q: %s\n", attempt.campaign, attempt.text, outcome)
		if err := h.tell(ctx, out, hero); err != nil {
			return err
		}
	}
	hero, err := h.propose(ctx, "Summer is here.")
	if err != nil {
		return err
	}
	refused, err := h.announce(ctx, "summer", hero)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "summer by an agent: %s, and announced all the same\n", refused)
	return h.tell(ctx, out, hero)
}

// propose stores an agent's work and submits it.
func (h *host) propose(ctx context.Context, text string) (*assets.Asset, error) {
	made, err := h.lib.Create(ctx, agent, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Headline",
		NewVersion: assets.NewVersion{Text: text, Submit: true},
	})
	return made.Asset, err
}

// tell prints what is committed.
func (h *host) tell(ctx context.Context, out io.Writer, hero *assets.Asset) error {
	now, err := h.lib.Get(ctx, editor, hero.ID, assets.SelectCurrent)
	if err != nil {
		return err
	}
	var campaigns []string
	err = h.store.DB().NewRaw("SELECT name FROM campaigns WHERE asset_id = ?", hero.ID).Scan(ctx, &campaigns)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  the headline is %s, its campaigns %v\n", now.Status, campaigns)
	return nil
}
