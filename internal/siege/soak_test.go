package siege_test

import (
	"context"
	"flag"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets/internal/pgtest"
	"github.com/10ex/assets/store/postgres"
)

var soakFor = flag.Duration("soak", 6*time.Second, "how long the soak lasts")

// TestVolumeSoak keeps a crew at work while the server, PostgreSQL and the
// bucket are killed and started again in turn. Whoever got no answer asks until
// there is one. In the end all that was acknowledged is there and whole.
func TestVolumeSoak(t *testing.T) {
	t.Parallel()
	var sum figures
	s := newSoak(t, &sum)
	ctx, stop := context.WithTimeout(t.Context(), *soakFor)
	defer stop()
	var wg sync.WaitGroup
	for _, w := range s.crew {
		wg.Go(func() { s.keepWorking(ctx, w) })
	}
	s.disturb(ctx, t, max(*soakFor/60, time.Second))
	wg.Wait()
	garbage := inspect(t, s.place, s.crew)
	t.Logf("%v; restarts: %d of the server, %d of PostgreSQL, %d of the bucket; %d objects of garbage swept",
		*soakFor, s.restarts[0], s.restarts[1], s.restarts[2], garbage)
	t.Logf("acknowledged %d, refused %d, read whole %d, failed %d (%d of them done), lost %d, wrong %d",
		sum.acknowledged.Load(), sum.refused.Load(), sum.read.Load(), sum.failed.Load(), sum.found.Load(), sum.lost.Load(), sum.wrong.Load())
}

// soak is a server with all that stands behind it.
type soak struct {
	place    place
	server   atomic.Pointer[process]
	postgres *pgtest.Server
	bucket   *process
	crew     []*worker
	restarts [3]int
}

func newSoak(t *testing.T, sum *figures) *soak {
	t.Helper()
	s := &soak{postgres: pgtest.Start(t)} // skips without a server
	s.place = place{
		database: s.postgres.Database(t), content: filepath.Join(t.TempDir(), "content"), stall: time.Minute,
		bucket: filepath.Join(t.TempDir(), "s"),
	}
	if err := postgres.Migrate(t.Context(), s.place.database); err != nil {
		t.Fatal(err)
	}
	s.crew = hire(t, s.place, 1, &sum.tally)
	s.bucket = startBucket(t, s.place)
	s.server.Store(start(t, s.place))
	return s
}

// keepWorking works until ctx ends, and then until no call is without an
// answer.
func (s *soak) keepWorking(ctx context.Context, w *worker) {
	for ctx.Err() == nil || w.pending != nil {
		if w.pending == nil {
			w.step(s.server.Load().url)
			continue
		}
		if err := w.settle(context.WithoutCancel(ctx), s.server.Load().url); err != nil {
			<-time.After(20 * time.Millisecond)
		}
	}
}

// disturb kills one after the other, and leaves each away for a moment.
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
			s.place.settled(t)
			s.server.Store(start(t, s.place))
		case 1:
			s.postgres.Stop(t, "immediate")
			<-away
			s.postgres.Restart(t)
		case 2:
			s.bucket.kill()
			<-away
			s.bucket = startBucket(t, s.place)
		}
		s.restarts[n%3]++
		if n%15 == 14 {
			sum := s.crew[0].tally
			t.Logf("%d restarts: acknowledged %d, failed %d, lost %d, wrong %d", n+1, sum.acknowledged.Load(), sum.failed.Load(), sum.lost.Load(), sum.wrong.Load())
		}
	}
}
