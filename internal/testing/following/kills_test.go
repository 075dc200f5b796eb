package following_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

// TestVolumeKilledAnything kills servers, followers, a receiver of webhooks and PostgreSQL at
// random. In the end each follower has seen all positions in their order, and the receiver
// has all events, the last one of each asset last. It kills 6 times, and 200 times with
// ASSETS_TEST_ALL=1.
func TestVolumeKilledAnything(t *testing.T) {
	if role := os.Getenv(roleVariable); role != "" {
		play(t, role)
		return
	}
	t.Parallel()
	kills := 6
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		kills = 200
	}
	c := newCampaign(t)
	targets := []string{"server 1", "server 2", "FollowTx", "Follow", "receiver", "postgres"}
	for _, name := range targets[:5] {
		c.start(name)
	}
	order := rand.Perm(kills)
	for _, n := range order {
		<-time.After(100*time.Millisecond + rand.N(400*time.Millisecond)) //nolint:gosec // any moment will do
		target := targets[n%len(targets)]
		if target == "postgres" {
			c.server.Stop(t, "immediate")
			c.server.Restart(t)
			continue
		}
		c.kill(target)
		c.execute("UPDATE asset_followers SET until = 0") // as if the time of its lease had passed
		c.start(target)
	}
	c.end()
	c.check()
}

// Environment variables of the processes of the campaign.
const (
	roleVariable   = "ASSETS_TEST_KILLS_ROLE"
	urlVariable    = "ASSETS_TEST_KILLS_URL"
	folderVariable = "ASSETS_TEST_KILLS_FOLDER"
	portVariable   = "ASSETS_TEST_KILLS_PORT"
)

// campaign is a database with the processes that are killed.
type campaign struct {
	*testing.T
	server    *pgtest.Server
	url       string
	folder    string // the files of the processes
	port      string // of the receiver
	webhook   assets.ID
	processes map[string]*exec.Cmd
}

func newCampaign(t *testing.T) *campaign {
	t.Helper()
	c := &campaign{T: t, server: pgtest.Start(t), folder: t.TempDir(), processes: map[string]*exec.Cmd{}}
	c.url = c.server.Database(t)
	if err := postgres.Migrate(t.Context(), c.url); err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(t.Context(), c.url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	prepare(t, db.Store)
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	c.port = fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	_ = l.Close()
	w, err := hooksOf(t, db).Create(t.Context(), assetstest.User("w", "ann"), webhook.NewWebhook{URL: "http://127.0.0.1:" + c.port})
	if err != nil {
		t.Fatal(err)
	}
	c.webhook = w.ID
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for name := range c.processes {
			c.kill(name)
		}
	})
	return c
}

func (c *campaign) start(name string) {
	c.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(c.Context()), os.Args[0], "-test.run", "^TestVolumeKilledAnything$", "-test.timeout", "1h")
	cmd.Env = append(os.Environ(), roleVariable+"="+name, urlVariable+"="+c.url, folderVariable+"="+c.folder, portVariable+"="+c.port)
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	c.processes[name] = cmd
}

func (c *campaign) kill(name string) {
	cmd := c.processes[name]
	delete(c.processes, name)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// open opens the database for the test itself.
func (c *campaign) open() *postgres.Store {
	c.Helper()
	st, err := postgres.Open(c.Context(), c.url, store.Options{})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = st.Close() })
	return st
}

func (c *campaign) execute(statement string) { pgtest.Exec(c, c.url, statement) }

// end lets the servers write no more, and waits until all is delivered.
func (c *campaign) end() {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.folder, "stop"), nil, 0o600); err != nil {
		c.Fatal(err)
	}
	st := c.open()
	c.await("the writers", func() bool {
		for _, name := range []string{"server 1", "server 2"} {
			if _, err := os.Stat(filepath.Join(c.folder, name+" has stopped")); err != nil {
				return false
			}
		}
		return true
	})
	state, err := st.JournalState(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.await("the followers", func() bool {
		return pgtest.Count(c, c.url, "SELECT count(*) FROM asset_followers WHERE name IN ('one', 'two', 'assets/webhooks') AND position >= "+fmt.Sprint(state.Last)) == 3
	})
	c.await("the deliveries", func() bool {
		return pgtest.Count(c, c.url, "SELECT count(*) FROM asset_deliveries WHERE state = 'pending'") == 0
	})
}

func (c *campaign) await(what string, so func() bool) {
	c.Helper()
	deadline := time.Now().Add(5 * time.Minute)
	for !so() {
		if time.Now().After(deadline) {
			c.Fatalf("%s have not ended", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (c *campaign) check() {
	c.Helper()
	st := c.open()
	state, err := st.JournalState(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.Logf("%d events", state.Last)
	checkFollowed(c, st.Store, state.Last)
	last := int64(0) // Follow: after a kill it repeats, and passes over nothing
	c.eachLine("Follow", func(line string) {
		var position int64
		if _, err := fmt.Sscan(line, &position); err != nil || position > last+1 {
			c.Errorf("Follow: position %q follows %d", line, last)
		}
		last = max(last, position)
	})
	if last != state.Last {
		c.Errorf("Follow has seen the positions up to %d of %d", last, state.Last)
	}
	c.checkReceiver(st)
}

// checkReceiver checks that the receiver has each event, and that the events of an asset
// arrived last in their order.
func (c *campaign) checkReceiver(st assets.Journal) {
	c.Helper()
	arrived, n := map[string]int{}, 0
	c.eachLine("receiver", func(line string) {
		n++
		arrived[line] = n
	})
	newest := map[assets.ID]int{}
	for after := int64(0); ; {
		events, err := st.Events(c.Context(), after, 500)
		if err != nil {
			c.Fatal(err)
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			after = e.Position
			at := arrived[string(e.ID)]
			if at == 0 {
				c.Errorf("the event at %d did not arrive", e.Position)
			}
			if at < newest[e.Data.AssetID] {
				c.Errorf("the event at %d of %s arrived before an earlier one", e.Position, e.Data.AssetID)
			}
			newest[e.Data.AssetID] = at
		}
	}
	c.Logf("the receiver got %d requests for %d events", n, len(arrived))
	all, err := hooksOf(c, st.(*postgres.Store)).Deliveries(c.Context(), assetstest.User("w", "ann"), c.webhook, webhook.DeliveryQuery{State: record.StateFailed})
	if err != nil || len(all.Items) > 0 {
		c.Errorf("%d deliveries have failed, %v", len(all.Items), err)
	}
}

// eachLine calls fn with the complete lines that a process has written to its file.
func (c *campaign) eachLine(name string, fn func(line string)) {
	c.Helper()
	file, err := os.Open(filepath.Join(c.folder, name))
	if err != nil {
		c.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			c.Fatal(err)
		}
		fn(line[:len(line)-1])
	}
}

// hooksOf returns the webhooks of a database.
func hooksOf(t testing.TB, st *postgres.Store) *webhook.Hooks {
	t.Helper()
	cfg := assetstest.Config()
	cfg.Store, cfg.Now, cfg.Logger = st, time.Now, slog.New(slog.DiscardHandler)
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := webhook.New(webhook.Config{Library: lib, Allow: []webhook.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}}})
	if err != nil {
		t.Fatal(err)
	}
	return hooks
}
