package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestCRA01Killed kills a server with SIGKILL at random points of mixed work.
// What it had acknowledged over HTTP is there after each restart, and every
// row's content opens and has its digest.
func TestCRA01Killed(t *testing.T) {
	t.Parallel()
	kills := 6
	if os.Getenv("ASSETS_TEST_ALL") != "" {
		kills = 60
	}
	folder := t.TempDir()
	p := firstStart(t, folder)
	key, acked := p.key, &ledger{statuses: map[string]string{}, versions: map[string]int{}}
	for round := range kills {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() { acked.work(ctx, p.url, key, fmt.Sprintf("%d-%d", round, worker)) })
		}
		timer := time.NewTimer(time.Duration(50+rand.IntN(250)) * time.Millisecond)
		<-timer.C
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.ended = true
		_ = p.cmd.Wait() // killed
		cancel()
		wg.Wait()
		p = start(t, folder)
		acked.check(p.client(key))
		if out := invoke(t, "sweep", "-data", folder, "-older", "0s"); t.Failed() {
			t.Fatalf("round %d; sweep: %s", round, out)
		}
		acked.check(p.client(key))
	}
	t.Logf("%d kills, %d assets acknowledged", kills, len(acked.statuses))
}

// ledger is what the server acknowledged. What was under way when it died may
// have happened or not: asset ids with an unknown outcome are only checked to
// be whole.
type ledger struct {
	mu       sync.Mutex
	statuses map[string]string
	versions map[string]int
	unknown  map[string]bool
}

// work does what agents and people do until the server is gone.
func (l *ledger) work(ctx context.Context, url, key, name string) {
	for i := 0; ; i++ {
		made, ok := post(ctx, url, key, "", fmt.Sprintf(`{"type":"copy","title":"%s-%d","text":"%s"}`, name, i, strings.Repeat(name, 1+i%50)))
		if !ok || !l.record(made, false) {
			return
		}
		for _, step := range []struct{ path, body string }{
			{"/versions", fmt.Sprintf(`{"text":"second of %s-%d","submit":true}`, name, i)},
			{"/approval", `{"action":"approve","version":2}`},
			{"/rollback", `{"version":1}`},
			{"/approval", `{"action":"archive"}`},
		}[:1+i%4] {
			got, ok := post(ctx, url, key, "/"+made.ID+step.path, step.body)
			if !l.record(got, !ok) {
				l.doubt(made.ID)
				return
			}
		}
	}
}

func post(ctx context.Context, url, key, path, body string) (a asset, ok bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/assets"+path, strings.NewReader(body))
	if err != nil {
		return a, false
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, false
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		return a, false
	}
	return a, json.Unmarshal(answer, &a) == nil
}

func (l *ledger) record(a asset, lost bool) bool {
	if lost {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.statuses[a.ID], l.versions[a.ID] = a.Status, a.Version
	return true
}

func (l *ledger) doubt(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unknown == nil {
		l.unknown = map[string]bool{}
	}
	l.unknown[id] = true
}

func (l *ledger) check(c client) {
	c.t.Helper()
	for id, status := range l.statuses {
		got := c.get("/" + id)
		if !l.unknown[id] && (got.Status != status || got.Version != l.versions[id]) {
			c.t.Errorf("%s is %s, version %d; acknowledged was %s, version %d", id, got.Status, got.Version, status, l.versions[id])
		}
		for n := range got.Version {
			_, text := c.call(http.StatusOK, http.MethodGet, fmt.Sprintf("/%s/versions/%d", id, n+1), "", nil)
			want := c.decode(text).Content["sha256"]
			_, content := c.call(http.StatusOK, http.MethodGet, fmt.Sprintf("/%s/versions/%d/content", id, n+1), "", nil)
			if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
				c.t.Errorf("%s version %d has another digest", id, n+1)
			}
		}
	}
}
