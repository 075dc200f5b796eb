package servercmd_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/store/memory"
)

// startLog starts a server, stops it, and returns its log.
func (m *inMemory) startLog(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	var log strings.Builder
	ended := make(chan int, 1)
	go func() { ended <- m.server().Run(ctx, []string{"-addr", "127.0.0.1:0"}, in, &log) }()
	listening := make([]byte, 1000)
	if _, err := out.Read(listening); err != nil || !strings.HasPrefix(string(listening), "listening on ") {
		t.Fatalf("the first line is %q, %v", listening, err)
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, log.String())
	}
	return log.String()
}

// TestStartMovesTheMarkerCRA04 starts, changes, and starts with a database that lost the
// changes: it serves, moves nothing and says why.
func TestStartMovesTheMarkerCRA04(t *testing.T) {
	t.Parallel()
	m := newStorage()
	marker := func() string {
		t.Helper()
		text, err := m.Blobs.ReadMarker(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	last := ""
	for range 2 {
		m.approved(t, "w", "kept")
		if log := m.startLog(t); strings.Contains(log, "level=ERROR") || marker() == last {
			t.Errorf("the marker is %s; log:\n%s", marker(), log)
		}
		last = marker()
	}
	id, _, err := m.Store.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.Store = sameID{memory.New(), id}
	const meaning = "the database is an older backup"
	if log := m.startLog(t); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, meaning) || marker() != last {
		t.Errorf("the marker is %s, want %s; log:\n%s", marker(), last, log)
	}
	if code, _, stderr := m.run(t, "sweep"); code != servercmd.ExitFailed || !strings.Contains(stderr, "which the database does not have") {
		t.Errorf("sweep: exit code %d, %s", code, stderr)
	}
	m.mustRun(t, "sweep", "-force")
	if marker() == last {
		t.Error("the forced sweep does not move the marker")
	}
	m.mustRun(t, "sweep", "-force", "-dry-run")
}

// sameID is a store with the id of another one.
type sameID struct {
	*memory.Store
	id string
}

func (s sameID) State(ctx context.Context) (storeID string, latest blob.Mark, err error) {
	_, latest, err = s.Store.State(ctx)
	return s.id, latest, err
}
