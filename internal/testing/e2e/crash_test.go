package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/workload"
)

const base = workload.Base

// kills is how often the server is killed on each pair of back ends.
var kills = flag.Int("kills", 30, "kill the server this often on each back end")

const (
	killsOfALife = 30 // then a place is full enough: the next kills are in a new one
	workers      = 4
)

// TestVolumeCRA01Killed kills a server with SIGKILL at random points of mixed work.
// After each restart every acknowledged write is there and whole, nothing else
// is, and a sweep removes exactly the garbage.
func TestVolumeCRA01Killed(t *testing.T) {
	for name, settle := range backends() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum figures
			for sum.kills < *kills && !t.Failed() {
				live(t, settle(t), min(killsOfALife, *kills-sum.kills), &sum)
			}
			t.Logf("%d kills; %v; %d objects of garbage swept", sum.kills, &sum.Tally, sum.garbage)
		})
	}
}

type figures struct {
	workload.Tally
	kills, garbage int
}

// live is a life of one place, ended by n kills.
func live(t *testing.T, p place, n int, sum *figures) {
	t.Helper()
	seed := rand.Uint64()
	all := hire(t, p, seed, &sum.Tally)
	for range n {
		s := start(t, p)
		round(t, s, all, 20+rand.IntN(330))
		sum.kills++
		p.settled(t)
		s = start(t, p)
		for _, w := range all {
			if err := w.Settle(t.Context(), s.url); err != nil {
				t.Fatal(err)
			}
		}
		sum.garbage += inspect(t, p, all)
		s.kill()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// hire makes workers, each with a workspace and a key.
func hire(t *testing.T, p place, seed uint64, sum *workload.Tally) []*workload.Worker {
	t.Helper()
	keys := map[string]string{}
	for i := range workers {
		ws := fmt.Sprintf("w%d", i)
		keys[ws] = p.mint(t, ws)
	}
	return workload.Hire(keys, seed, sum, t.Errorf)
}

// round lets the crew work, sweeps among it, and kills the server after so
// many milliseconds.
func round(t *testing.T, s *process, all []*workload.Worker, milliseconds int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, w := range all {
		if len(w.Live) == 0 {
			w.Try(s.url, w.Create(), nil) // an empty database refuses a sweep
		}
		wg.Go(func() { w.Work(ctx, s.url) })
	}
	wg.Go(func() { sweepOften(ctx, s.url) })
	<-time.After(time.Duration(milliseconds) * time.Millisecond)
	s.kill()
	stop()
	wg.Wait()
	for _, w := range all {
		w.Client.CloseIdleConnections()
	}
}

func sweepOften(ctx context.Context, url string) {
	for tick := time.NewTicker(25 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/sweep", http.NoBody)
		if err != nil {
			return
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close() // refused or done, the survey shows which
		}
	}
}

// inspect looks at everything in a place where nobody works, and sweeps it.
func inspect(t *testing.T, p place, all []*workload.Worker) (garbage int) {
	t.Helper()
	p.visit(t, func(db database, content *blob.Dir) { garbage = workload.Inspect(t, db, content, all) })
	return garbage
}
