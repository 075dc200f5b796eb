package following_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/webhook"
)

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
	server    *pgtest.Server // nil on SQLite
	url       string         // of the processes: of PostgreSQL, or the path of a file
	st        *store.Store   // of the test itself
	folder    string         // the files of the processes
	port      string         // of the receiver
	webhook   assets.ID
	processes map[string]*exec.Cmd
}

// newCampaign begins a campaign on SQLite, on PostgreSQL, or on it through pgbouncer.
func newCampaign(t *testing.T, backend string) *campaign {
	t.Helper()
	c := &campaign{T: t, folder: t.TempDir(), processes: map[string]*exec.Cmd{}}
	direct := filepath.Join(c.folder, "assets.db")
	c.url = direct
	if backend != "SQLite" {
		c.server = pgtest.Start(t)
		direct = c.server.Database(t)
		if err := postgres.Migrate(t.Context(), direct); err != nil {
			t.Fatal(err)
		}
		c.url = direct
	}
	if backend == "pgbouncer" {
		c.url = pgtest.Pooled(t, direct)
	}
	st, closeStore, err := openStore(t.Context(), direct, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeStore)
	c.st = st
	prepare(t, st)
	c.hold()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	c.port = fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	_ = l.Close()
	w, err := hooksOf(t, st).Create(t.Context(), assetstest.User("w", "ann"), webhook.NewWebhook{URL: "http://127.0.0.1:" + c.port})
	if err != nil {
		t.Fatal(err)
	}
	c.webhook = w.ID
	t.Cleanup(func() {
		for name := range c.processes {
			c.kill(name)
		}
	})
	return c
}

// openStore opens a database of PostgreSQL by its URL, or a file of SQLite by its path. Its
// transactions wait for others as long as a machine with much else to do may need. A relaxed
// PostgreSQL need not sync.
func openStore(ctx context.Context, url string, relaxed bool) (st *store.Store, closeStore func(), err error) {
	if strings.HasPrefix(url, "postgres") {
		st, err := postgres.Open(ctx, url, store.Options{Relaxed: relaxed})
		if err != nil {
			return nil, nil, err
		}
		return st.Store, func() { _ = st.Close() }, nil
	}
	file, err := sqlite.Open(ctx, url, store.Options{Relaxed: true, LockWait: time.Minute})
	if err != nil {
		return nil, nil, err
	}
	return file.Store, func() { _ = file.Close() }, nil
}

// hold keeps a write transaction open in another database of the server, until the server
// is stopped.
func (c *campaign) hold() {
	c.Helper()
	if c.server != nil {
		holdIn(c, c.server.Database(c))
	}
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

// endLeases ends the leases of followers, as if the time of those of a killed process had
// passed.
func (c *campaign) endLeases() {
	c.Helper()
	if _, err := c.st.DB().ExecContext(c.Context(), "UPDATE asset_followers SET until = 0"); err != nil {
		c.Fatal(err)
	}
}

// retryNow makes deliveries due that wait for their next attempt, as if the quarter of an
// hour had passed that is between two of them once the quick ones have failed. A server that
// claims some at the same moment may be in its way: it is called again.
func (c *campaign) retryNow() {
	c.Helper()
	for _, statement := range []string{
		"UPDATE asset_deliveries SET due_at = 0 WHERE state = 'pending' AND lease = ''",
		"UPDATE asset_webhooks SET wake_at = 0 WHERE wake_at IS NOT NULL",
	} {
		if _, err := c.st.DB().ExecContext(c.Context(), statement); err != nil {
			c.Log(err)
			return
		}
	}
}

// count returns the number that a query of the test finds.
func (c *campaign) count(query string, args ...any) (n int) {
	c.Helper()
	if err := c.st.DB().NewRaw(query, args...).Scan(c.Context(), &n); err != nil {
		c.Fatal(err)
	}
	return n
}

// hooksOf returns the webhooks of a database.
func hooksOf(t testing.TB, st assets.Store) *webhook.Hooks {
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
