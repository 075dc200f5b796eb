package following_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

// servers of the campaign, which write and deliver.
var servers = []string{"server 1", "server 2", "server 3"}

// TestVolumeKilledAnything kills servers, followers, a receiver of webhooks and PostgreSQL at
// random, while another database of that server has a transaction open. In the end each
// follower has seen all positions in their order, and the receiver has all events, the last
// one of each asset last. It kills 7 times, and 200 times with ASSETS_TEST_ALL=1.
func TestVolumeKilledAnything(t *testing.T) {
	if role := os.Getenv(roleVariable); role != "" {
		play(t, role)
		return
	}
	t.Parallel()
	kills := 7
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		kills = 200
	}
	for _, backend := range []string{"PostgreSQL", "pgbouncer", "SQLite"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			killAnything(t, backend, kills)
		})
	}
}

func killAnything(t *testing.T, backend string, kills int) {
	t.Helper()
	c := newCampaign(t, backend)
	targets := append([]string{"FollowTx", "Follow", "receiver"}, servers...)
	for _, name := range targets {
		c.start(name)
	}
	const database = "the database"
	if c.server != nil {
		targets = append(targets, database)
	}
	for _, n := range rand.Perm(kills) {
		<-time.After(100*time.Millisecond + rand.N(400*time.Millisecond)) //nolint:gosec // any moment will do
		target := targets[n%len(targets)]
		if target == database {
			c.server.Stop(t, "immediate")
			c.server.Restart(t)
			c.hold()
			continue
		}
		c.kill(target)
		c.endLeases()
		c.start(target)
	}
	c.end()
	c.check()
}

// end lets the servers write no more, and waits until all is delivered.
func (c *campaign) end() {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.folder, "stop"), nil, 0o600); err != nil {
		c.Fatal(err)
	}
	c.await("the writers", func() bool {
		for _, name := range servers {
			if _, err := os.Stat(filepath.Join(c.folder, name+" has stopped")); err != nil {
				return false
			}
		}
		return true
	})
	state, err := c.st.JournalState(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.await("the followers", func() bool {
		return c.count("SELECT count(*) FROM asset_followers WHERE name IN ('one', 'two', 'assets/webhooks') AND position >= ?", state.Last) == 3
	})
	c.await("the deliveries", func() bool {
		c.retryNow()
		return c.count("SELECT count(*) FROM asset_deliveries WHERE state = 'pending'") == 0
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
	state, err := c.st.JournalState(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.Logf("%d events", state.Last)
	checkFollowed(c, c.st, state.Last)
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
	c.checkReceiver()
}

// checkReceiver checks that the receiver has each event, and that the events of an asset
// arrived last in their order.
func (c *campaign) checkReceiver() {
	c.Helper()
	arrived, n := map[string]int{}, 0
	c.eachLine("receiver", func(line string) {
		n++
		arrived[line] = n
	})
	newest := map[assets.ID]int{}
	for after := int64(0); ; {
		events, err := c.st.Events(c.Context(), after, 500)
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
	all, err := hooksOf(c, c.st).Deliveries(c.Context(), assetstest.User("w", "ann"), c.webhook, webhook.DeliveryQuery{State: record.StateFailed})
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
