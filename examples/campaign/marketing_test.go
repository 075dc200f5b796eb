package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/versioning"
)

// TestKilledMarketing: whenever the host is killed, each launch and each withdrawal has
// one row at the end. It is killed 10 times, and 100 times with ASSETS_TEST_ALL=1.
func TestKilledMarketing(t *testing.T) {
	kills := 10
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		kills = 100
	}
	eachDatabase(t, func(t *testing.T, cfg config) {
		st, closeStore, err := openStore(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := closeStore(); err != nil {
				t.Error(err)
			}
		})
		desk := newDesk(t, st)
		for range kills {
			child, stop, stopped := startChild(t, cfg), make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				desk.work(t, stop)
			}()
			before := desk.mark(t)
			desk.await(t, func() bool { return desk.mark(t) > before })
			<-time.After(time.Duration(rand.IntN(100)) * time.Millisecond) //nolint:gosec // any moment will do
			child.kill()
			close(stop)
			<-stopped
			// As if the 30 s had passed after which a killed follower is replaced.
			if _, err := st.DB().ExecContext(t.Context(), "UPDATE asset_followers SET until = 0"); err != nil {
				t.Fatal(err)
			}
		}
		child := startChild(t, cfg)
		desk.await(t, func() bool { return desk.mark(t) == desk.last(t) })
		child.kill()
		want, got := desk.expected(t), desk.rows(t)
		if !slices.Equal(got, want) {
			t.Errorf("%d rows, want %d:\n%v\n%v", len(got), len(want), got, want)
		}
		if len(got) < 2*kills {
			t.Errorf("only %d actions beside %d kills", len(got), kills)
		}
	})
}

// TestPurgedWorkspace: every campaign of a workspace that is purged is pulled back, once, and
// none of another one.
func TestPurgedWorkspace(t *testing.T) {
	eachDatabase(t, func(t *testing.T, cfg config) {
		st, closeStore, err := openStore(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := closeStore(); err != nil {
				t.Error(err)
			}
		})
		m, err := newMarketing(t.Context(), st)
		if err != nil {
			t.Fatal(err)
		}
		desk := newDesk(t, st)
		follow := func() {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- m.run(ctx) }()
			desk.await(t, func() bool { return desk.mark(t) == desk.last(t) })
			cancel()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
		}
		archive := assets.Decision{Action: assets.ActionArchive}
		kept := desk.make(t, editor("other"))
		over := desk.make(t, editor("acme"), archive)
		purged := desk.make(t, editor("acme"))
		follow()
		if _, err := desk.lib.PurgeWorkspace(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		follow()
		last := map[assets.ID]string{}
		rows := desk.rows(t)
		for _, r := range rows {
			last[r.AssetID] = r.Action
		}
		if len(rows) != 5 || last[kept] != "launch" || last[over] != "pull back" || last[purged] != "pull back" {
			t.Errorf("want a launch of %s, and of %s and %s one that was pulled back once:\n%v", kept, over, purged, rows)
		}
	})
}

// editor returns a person of a workspace who may do everything.
func editor(workspace string) assets.Actor {
	return assets.Actor{Workspace: workspace, Subject: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
}

// desk changes assets beside the host, in the same database.
type desk struct {
	store *store.Store
	lib   *assets.Library
}

func newDesk(t *testing.T, st *store.Store) desk {
	t.Helper()
	lib, err := assets.New(assets.Config{
		Store: st, Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SigningKeys: [][]byte{[]byte(strings.Repeat("k", 32))}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return desk{st, lib}
}

// make makes an asset, has it approved, and then decides further.
func (d desk) make(t *testing.T, by assets.Actor, then ...assets.Decision) assets.ID {
	t.Helper()
	made, err := d.lib.Create(t.Context(), by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Tagline", CampaignID: "spring", NewVersion: assets.NewVersion{Text: "Spring is here.", Submit: true},
	})
	if err != nil {
		t.Error(err)
		return ""
	}
	for _, decision := range append([]assets.Decision{{Action: assets.ActionApprove, Version: 1}}, then...) {
		if _, err := d.lib.Review(t.Context(), by, made.Asset.ID, decision); err != nil {
			t.Error(err)
		}
	}
	return made.Asset.ID
}

// work approves and withdraws assets until stop is closed, or one cannot be made.
func (d desk) work(t *testing.T, stop <-chan struct{}) {
	t.Helper()
	for {
		if d.make(t, editor("acme"), assets.Decision{Action: assets.ActionArchive}) == "" {
			return
		}
		select {
		case <-stop:
			return
		case <-time.After(50 * time.Millisecond): // SQLite lets no other process write while one always does
		}
	}
}

// row is a row of marketing_actions.
type row struct {
	Position int64
	action
}

func (d desk) expected(t *testing.T) (rows []row) {
	t.Helper()
	for after := int64(0); ; {
		events, err := d.store.Events(t.Context(), after, 200)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			return rows
		}
		for i := range events {
			if a, ok := actionFor(&events[i]); ok {
				rows = append(rows, row{events[i].Position, a})
			}
		}
		after = events[len(events)-1].Position
	}
}

func (d desk) rows(t *testing.T) (rows []row) {
	t.Helper()
	all, err := d.store.DB().QueryContext(t.Context(), "SELECT position, action, campaign_id, asset_id, version FROM marketing_actions ORDER BY position")
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	for all.Next() {
		var r row
		if err := all.Scan(&r.Position, &r.Action, &r.CampaignID, &r.AssetID, &r.Version); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if err := all.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// mark returns how far marketing has read.
func (d desk) mark(t *testing.T) (position int64) {
	t.Helper()
	if err := d.store.DB().NewRaw("SELECT coalesce(max(position), 0) FROM asset_followers WHERE name = 'marketing'").Scan(t.Context(), &position); err != nil {
		t.Fatal(err)
	}
	return position
}

func (d desk) last(t *testing.T) int64 {
	t.Helper()
	state, err := d.store.JournalState(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state.Last
}

// await waits until something is so.
func (d desk) await(t *testing.T, so func() bool) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for tick := time.NewTicker(5 * time.Millisecond); !so(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("marketing has read up to %d of %d", d.mark(t), d.last(t))
		}
	}
}

// child is the host as a process.
type child struct {
	cmd    *exec.Cmd
	log    strings.Builder
	killed bool
}

// startChild starts the host and waits until its modules run.
func startChild(t *testing.T, cfg config) *child {
	t.Helper()
	c := &child{cmd: exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])}
	c.cmd.Env = append(os.Environ(), childData+"="+cfg.data, childDB+"="+cfg.db)
	c.cmd.Stderr = &c.log
	if _, err := c.cmd.StdinPipe(); err != nil { // closed when this process ends, however it does
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.kill()
		if t.Failed() {
			t.Logf("log of the host:\n%.4000s", c.log.String())
		}
	})
	(&program{T: t}).parse(out)
	return c
}

func (c *child) kill() {
	if c.killed {
		return
	}
	c.killed = true
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait() // killed
}
