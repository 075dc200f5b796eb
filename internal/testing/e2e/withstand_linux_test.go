package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/testproc"
)

// maxResident is the memory that a server under attack may have, in bytes.
const maxResident = 512 << 20

// maxWait is how long a list or a creation may take beside an attack. One second is the
// aim. "make test-quiet" and "make soak" require it with this flag, because they have the
// machine for themselves.
var maxWait = flag.Duration("wait", busyWait, "how long another workspace's request may take beside an attack")

// busyWait is for a machine that does other work besides. After that time the server
// refuses a request that waits for SQLite's writer.
const busyWait = 10 * time.Second

// withstand runs an attack on the process, which ends when attack returns. Meanwhile
// the process must stay within 384 MiB above idle and below maxResident, and lists and
// creations with another workspace's key must succeed in less than maxWait.
func (s *process) withstand(t *testing.T, otherKey string, attack func()) {
	t.Helper()
	s.beside(t, otherKey, attack).check(t, *maxWait)
}

// beside runs an attack, with the checks of memory that withstand makes, and returns how
// long lists and creations with another workspace's key took meanwhile.
func (s *process) beside(t *testing.T, otherKey string, attack func()) (l latency) {
	t.Helper()
	idle := testproc.ResetPeak(t, s.cmd.Process.Pid)
	ctx, cancel := context.WithCancel(t.Context())
	var other sync.WaitGroup
	other.Go(func() { l = s.listAndCreate(ctx, t, otherKey) })
	began := time.Now()
	attack()
	took := time.Since(began)
	cancel()
	other.Wait()
	peak := testproc.Peak(t, s.cmd.Process.Pid)
	t.Logf("the attack took %v: %d MiB above %d MiB; beside it %v", took, (peak-idle)>>20, idle>>20, l)
	if peak-idle > 384<<20 {
		t.Errorf("the process took %d MiB", (peak-idle)>>20)
	}
	if peak > maxResident {
		t.Errorf("the process has %d MiB", peak>>20)
	}
	return l
}

// latency is how long requests took.
type latency struct {
	turns        int           // lists, and creations
	list, create time.Duration // the slowest
	all          time.Duration // of lists and creations together
	refused      int           // because the process was busy
}

func (l latency) String() string {
	return fmt.Sprintf("%d lists and creations took up to %v and %v, %v on average; %d were refused",
		l.turns, l.list, l.create, l.all/time.Duration(max(1, 2*l.turns)), l.refused)
}

func (l latency) check(t *testing.T, wait time.Duration) {
	t.Helper()
	if slowest := max(l.list, l.create); slowest > wait {
		t.Errorf("another workspace waited %v, more than %v", slowest, wait)
	}
	if l.refused > 0 {
		t.Errorf("%d requests of another workspace were refused", l.refused)
	}
}

// listAndCreate lists and creates 20 times a second until ctx ends, at least once.
func (s *process) listAndCreate(ctx context.Context, t *testing.T, key string) (l latency) {
	turn := time.NewTicker(50 * time.Millisecond) // more often is an attack of its own
	defer turn.Stop()
	timed := func(method, body string, want int) time.Duration {
		mediaType := ""
		if body != "" {
			mediaType = "application/json"
		}
		began := time.Now()
		status, answer := s.request(t.Context(), t, key, method, "", mediaType, strings.NewReader(body))
		switch status {
		case want:
		case http.StatusServiceUnavailable:
			l.refused++
		default:
			t.Errorf("%s: %d %.200s", method, status, answer)
		}
		took := time.Since(began)
		l.all += took
		return took
	}
	for ; ctx.Err() == nil || l.turns == 0; <-turn.C {
		l.list = max(l.list, timed(http.MethodGet, "", http.StatusOK))
		l.create = max(l.create, timed(http.MethodPost, `{"type":"copy","title":"t","text":"x"}`, http.StatusCreated))
		l.turns++
	}
	return l
}
