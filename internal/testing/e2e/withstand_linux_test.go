package e2e_test

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

// maxResident is the memory that a server under attack may have, in bytes.
const maxResident = 512 << 20

// maxWait is how long a list or a creation may take beside an attack. One second is the
// aim; the flag makes soak require it, which has the machine for itself.
var maxWait = flag.Duration("wait", 10*time.Second, "how long another workspace's request may take beside an attack")

// withstand runs an attack on the process, which ends when attack returns. Meanwhile
// the process must stay within 384 MiB above idle and below maxResident, and lists and
// creations with another workspace's key must take less than maxWait.
func (s *process) withstand(t *testing.T, otherKey string, attack func()) {
	t.Helper()
	idle := testproc.ResetPeak(t, s.cmd.Process.Pid)
	ctx, cancel := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	var slowest time.Duration
	beside.Go(func() { slowest = s.listAndCreate(ctx, t, otherKey) })
	began := time.Now()
	attack()
	took := time.Since(began)
	cancel()
	beside.Wait()
	peak := testproc.Peak(t, s.cmd.Process.Pid)
	t.Logf("the attack took %v: %d MiB above %d MiB; the slowest request beside it took %v", took, (peak-idle)>>20, idle>>20, slowest)
	if peak-idle > 384<<20 {
		t.Errorf("the process took %d MiB", (peak-idle)>>20)
	}
	if peak > maxResident {
		t.Errorf("the process has %d MiB", peak>>20)
	}
	if slowest > *maxWait {
		t.Errorf("another workspace waited %v, more than %v", slowest, *maxWait)
	}
}

// listAndCreate lists and creates 20 times a second until ctx ends, and returns how long
// the slowest request took.
func (s *process) listAndCreate(ctx context.Context, t *testing.T, key string) (slowest time.Duration) {
	turn := time.NewTicker(50 * time.Millisecond) // more often is an attack of its own
	defer turn.Stop()
	for ; ctx.Err() == nil; <-turn.C {
		began := time.Now()
		status, answer := s.request(ctx, t, key, http.MethodGet, "", "", http.NoBody)
		if status != http.StatusOK && ctx.Err() == nil {
			t.Errorf("list: %d %.200s", status, answer)
		}
		slowest, began = max(slowest, time.Since(began)), time.Now()
		status, answer = s.request(ctx, t, key, http.MethodPost, "", "application/json", bytes.NewReader([]byte(`{"type":"copy","title":"t","text":"x"}`)))
		if status != http.StatusCreated && ctx.Err() == nil {
			t.Errorf("create: %d %.200s", status, answer)
		}
		slowest = max(slowest, time.Since(began))
	}
	return slowest
}
