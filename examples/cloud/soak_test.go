package main

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/s3test"
	"github.com/10ex/assets/internal/testing/workload"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

var soakFor = flag.Duration("soak", 6*time.Second, "how long the soak lasts")

// TestVolumeSoak lets workers use the server over HTTP while the server, PostgreSQL
// and S3 are killed and restarted in turn, and sweeps at the same time. Workers
// without a response repeat the call. At the end all that was acknowledged must be
// there, complete, and nothing else.
func TestVolumeSoak(t *testing.T) {
	t.Parallel()
	s := newSoak(t)
	ctx, stop := context.WithTimeout(t.Context(), *soakFor)
	defer stop()
	var wg sync.WaitGroup
	for _, w := range s.workers {
		wg.Go(func() { s.keepWorking(ctx, w) })
	}
	s.disturb(ctx, t, max(*soakFor/60, time.Second))
	wg.Wait()
	s.server.Load().stop()
	garbage := s.inspect(t, s.workers)
	t.Logf("%v; restarts: %d of the server, %d of PostgreSQL, %d of S3; %d objects of garbage swept in the end",
		*soakFor, s.restarts[0], s.restarts[1], s.restarts[2], garbage)
	t.Log(&s.sum)
}

// soak is a server with its database and its bucket.
type soak struct {
	deployment
	server   atomic.Pointer[node]
	postgres *pgtest.Server
	s3       *s3test.Server
	workers  []*workload.Worker
	sum      workload.Tally
	restarts [3]int
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{postgres: pgtest.Start(t), s3: s3test.Start(t)} // skips without them
	s.deployment = deployment{db: s.postgres.Database(t), bucket: s3test.URL(s.s3.Bucket(t))}
	keys := map[string]string{}
	for i := range 4 {
		workspace := fmt.Sprintf("w%d", i)
		keys[workspace] = s.mintIn(t, workspace, "ann", "user", "*")
	}
	s.workers = workload.NewWorkers(keys, uint64(time.Now().UnixNano()), &s.sum, t.Errorf)
	s.start(t)
	return s
}

func (s *soak) start(t *testing.T) {
	t.Helper()
	s.server.Store(s.launch(t, signingKey("a")).ready())
}

// keepWorking works until ctx is canceled, and then until the outcome of every call
// is known.
func (s *soak) keepWorking(ctx context.Context, w *workload.Worker) {
	for ctx.Err() == nil || w.Pending() {
		if !w.Pending() {
			w.Step(s.server.Load().url)
			continue
		}
		if err := w.Resolve(context.WithoutCancel(ctx), s.server.Load().url); err != nil {
			<-time.After(20 * time.Millisecond)
		}
	}
}

// disturb kills one after the other and restarts each after a moment.
func (s *soak) disturb(ctx context.Context, t *testing.T, every time.Duration) {
	t.Helper()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		away := time.After(every / 4)
		switch n % 3 {
		case 0:
			s.server.Load().kill()
			pgtest.WaitUnused(t, s.db) // a COMMIT of the killed server may still take effect
			s.start(t)
		case 1:
			s.postgres.Stop(t, "immediate")
			<-away
			s.postgres.Restart(t)
		case 2:
			s.s3.Kill()
			<-away
			s.s3.Restart(t)
			s.sweep(t, "5s")
		}
		s.restarts[n%3]++
		if n%15 == 14 {
			t.Logf("%d restarts: %v", n+1, &s.sum)
		}
	}
}

// inspect inspects every row and object of workers and of other workspaces, when all have
// ended.
func (d deployment) inspect(t *testing.T, workers []*workload.Worker, others ...string) (garbage int) {
	t.Helper()
	db, err := postgres.Open(t.Context(), d.db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data := &servercmd.Data{Close: db.Close}
	if err := openBucket(t.Context(), d.bucket, data); err != nil {
		t.Fatal(err)
	}
	garbage = workload.InspectAndSweep(t, db, data.Blobs, workers, others...)
	if err := data.Close(); err != nil {
		t.Error(err)
	}
	return garbage
}
