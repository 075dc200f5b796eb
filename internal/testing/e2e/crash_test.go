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

// kills is the number of kills on each pair of back ends.
var kills = flag.Int("kills", 10, "`number` of kills on each pair of back ends")

const (
	killsPerStorage = 30 // after these the storage is replaced by an empty one
	workers         = 4
)

// TestVolumeKilledCRA01 kills a server with SIGKILL at random points of mixed work.
// After each restart every acknowledged write must be there, complete, and nothing
// else, and a sweep must remove exactly the garbage.
func TestVolumeKilledCRA01(t *testing.T) {
	for name, newStorage := range backends() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum figures
			for sum.kills < *kills && !t.Failed() {
				killRepeatedly(t, newStorage(t), min(killsPerStorage, *kills-sum.kills), &sum)
			}
			t.Logf("%d kills; %v; %d objects of garbage swept", sum.kills, &sum.Tally, sum.garbage)
		})
	}
}

type figures struct {
	workload.Tally
	kills, garbage int
}

// killRepeatedly kills servers of one storage n times.
func killRepeatedly(t *testing.T, p storage, n int, sum *figures) {
	t.Helper()
	seed := rand.Uint64()
	all := newWorkers(t, p, seed, &sum.Tally)
	for range n {
		s := start(t, p)
		workUntilKilled(t, s, all, 20+rand.IntN(330))
		sum.kills++
		p.waitUnused(t)
		s = start(t, p)
		for _, w := range all {
			if err := w.Resolve(t.Context(), s.url); err != nil {
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

// newWorkers returns workers, each with a workspace and a key.
func newWorkers(t *testing.T, p storage, seed uint64, sum *workload.Tally) []*workload.Worker {
	t.Helper()
	keys := map[string]string{}
	for i := range workers {
		ws := fmt.Sprintf("w%d", i)
		keys[ws] = p.mint(t, ws)
	}
	return workload.NewWorkers(keys, seed, sum, t.Errorf)
}

// workUntilKilled lets workers work, sweeps at the same time, and kills the server
// after a number of milliseconds.
func workUntilKilled(t *testing.T, s *process, all []*workload.Worker, milliseconds int) {
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
			_ = resp.Body.Close() // the inspection shows what it did
		}
	}
}

// inspect inspects and sweeps a storage that nobody uses.
func inspect(t *testing.T, p storage, all []*workload.Worker) (garbage int) {
	t.Helper()
	p.open(t, func(db database, content *blob.Dir) { garbage = workload.InspectAndSweep(t, db, content, all) })
	return garbage
}
