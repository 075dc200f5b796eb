package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/s3test"
	"github.com/10ex/assets/internal/testing/workload"
)

// backWithin is how long after the kill of the primary every server must write again.
const backWithin = 15 * time.Second

// TestVolumeFailoverDBF12 kills the primary of three PostgreSQL servers again and again, while
// workers, a publisher and followers use three servers of the program. A standby is
// promoted. At the end all that was acknowledged must be there, and nothing else.
func TestVolumeFailoverDBF12(t *testing.T) {
	t.Parallel()
	kills := 2
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		kills = 20
	}
	f := newFailover(t)
	ctx, stop := context.WithCancel(t.Context())
	var working, following sync.WaitGroup
	worked := make(chan struct{})
	for _, w := range f.workers {
		working.Go(func() { f.keepWorking(ctx, w) })
		following.Go(func() { f.follow(worked, w.Workspace) })
	}
	working.Go(func() { f.publish(ctx) })
	for range kills {
		<-time.After(500*time.Millisecond + rand.N(time.Second)) // the kill must come at a random point
		f.failOver(t)
	}
	stop()
	working.Wait()
	close(worked)
	following.Wait()
	f.stillWithdrawn(t)
	f.awaitDeliveries(t)
	for _, n := range f.nodes {
		n.stop()
	}
	garbage := f.inspect(t, f.workers, publishing)
	f.compareFeeds(t)
	t.Logf("%d kills; longest without writes %v, from the promotion on %v; %d withdrawals, %d unavailable, %d objects of garbage",
		kills, f.longest.Round(time.Millisecond), f.promoted.Round(time.Millisecond), len(f.withdrawn), f.unavailable.Load(), garbage)
	t.Log(&f.sum)
	if f.sum.Acknowledged.Load() < int64(20*kills) || f.unavailable.Load() == 0 {
		t.Error("too few calls were under way")
	}
}

// failover is three servers of the program on a cluster of PostgreSQL and a bucket.
type failover struct {
	deployment
	t       *testing.T
	cluster *pgtest.Cluster
	nodes   []*node
	client  *http.Client
	keys    map[string]string // by workspace
	workers []*workload.Worker
	sum     workload.Tally

	delivered         *deliveries  // of the first worker's workspace
	unavailable       atomic.Int64 // responses with 503
	longest, promoted time.Duration

	mu        sync.Mutex
	withdrawn []string            // assets whose withdrawal was acknowledged
	feeds     map[string][]string // ids of events, by workspace
}

// publishing is the workspace of the publisher.
const publishing = "publishing"

func newFailover(t *testing.T) *failover {
	t.Helper()
	f := &failover{t: t, cluster: pgtest.StartCluster(t), keys: map[string]string{}, feeds: map[string][]string{}} // skips without it
	f.deployment = deployment{db: f.cluster.Database(t), bucket: s3test.URL(s3test.Bucket(t)), flags: allowLocal()}
	f.client = &http.Client{Transport: f, Timeout: time.Minute}
	for i := range 4 {
		workspace := fmt.Sprintf("w%d", i)
		f.keys[workspace] = f.mintIn(t, workspace, "ann", "user", "*")
	}
	f.workers = workload.NewWorkers(f.keys, uint64(time.Now().UnixNano()), &f.sum, t.Errorf)
	for _, w := range f.workers {
		w.Client = f.client
	}
	f.keys[publishing] = f.mintIn(t, publishing, "ann", "user", "*")
	for range 3 {
		f.nodes = append(f.nodes, f.launch(t, signingKey("a")))
	}
	for _, n := range f.nodes {
		n.ready()
	}
	f.receive(t)
	return f
}

// RoundTrip implements [http.RoundTripper] for all clients. The servers are never killed:
// every request must have a response, and the only one of a fault is 503.
func (f *failover) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	switch {
	case r.Context().Err() != nil:
	case err != nil:
		f.t.Errorf("%s %s: no response: %v", r.Method, r.URL.Path, err)
	case resp.StatusCode == http.StatusServiceUnavailable:
		f.unavailable.Add(1)
	case resp.StatusCode >= http.StatusInternalServerError:
		f.t.Errorf("%s %s: %s", r.Method, r.URL.Path, resp.Status)
	}
	return resp, err
}

// anyNode returns the URL of one of the servers.
func (f *failover) anyNode() string { return f.nodes[rand.IntN(len(f.nodes))].url }

// keepWorking works until ctx is canceled, and then until the outcome of every call is
// known. Each call goes to another server.
func (f *failover) keepWorking(ctx context.Context, w *workload.Worker) {
	for ctx.Err() == nil || w.Pending() {
		if !w.Pending() {
			w.Step(f.anyNode())
		} else if err := w.Resolve(context.WithoutCancel(ctx), f.anyNode()); err != nil {
			<-time.After(20 * time.Millisecond)
		}
	}
}

// failOver kills the primary, promotes a standby as a cluster manager does, and waits until
// every server writes again.
func (f *failover) failOver(t *testing.T) {
	t.Helper()
	killed := time.Now()
	f.cluster.Kill(t)
	f.cluster.Promote(t)
	promoted := time.Now()
	for _, n := range f.nodes {
		for {
			status, _, err := f.request(t.Context(), n.url, publishing, http.MethodPost, "", `{"type":"copy","title":"back","text":"again"}`)
			if err != nil {
				t.Fatal(err)
			}
			if status == http.StatusCreated {
				break
			}
			<-time.After(10 * time.Millisecond)
		}
	}
	back := time.Since(killed)
	f.longest, f.promoted = max(f.longest, back), max(f.promoted, time.Since(promoted))
	if back > backWithin {
		t.Errorf("the servers write again %v after the kill, want %v", back, backWithin)
	}
	f.stillWithdrawn(t)
	f.cluster.Rebuild(t)
}

// request sends one request and returns its status and body.
func (f *failover) request(ctx context.Context, url, workspace, method, path, body string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url+workload.Base+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+f.keys[workspace])
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// must repeats a request of the publisher, each time to another server, until the response
// is not 503, and requires its status.
func (f *failover) must(want int, method, path, body string) (answer []byte) {
	for {
		status, answer, err := f.request(f.t.Context(), f.anyNode(), publishing, method, path, body)
		switch {
		case err != nil:
			f.t.Errorf("%s %s: %v", method, path, err)
			return nil
		case status == http.StatusServiceUnavailable:
			<-time.After(20 * time.Millisecond)
		case status != want:
			f.t.Errorf("%s %s: status %d, want %d: %s", method, path, status, want, answer)
			return nil
		default:
			return answer
		}
	}
}

// publish approves and withdraws until ctx is canceled. After a withdrawal no server may
// serve what was approved.
func (f *failover) publish(ctx context.Context) {
	for ctx.Err() == nil && !f.t.Failed() {
		var made asset
		if err := json.Unmarshal(f.must(http.StatusCreated, http.MethodPost, "", `{"type":"copy","title":"Offer","text":"Half price."}`), &made); err != nil {
			f.t.Error(err)
			return
		}
		path := "/" + made.ID
		f.must(http.StatusOK, http.MethodPost, path+"/approval", `{"action":"approve","version":1}`)
		f.must(http.StatusOK, http.MethodGet, path+"/versions/approved/content", "")
		f.must(http.StatusOK, http.MethodPost, path+"/approval", `{"action":"archive"}`)
		f.mu.Lock()
		f.withdrawn = append(f.withdrawn, made.ID)
		f.mu.Unlock()
		f.notServed(f.t, made.ID)
	}
}

// notServed fails the test if a server serves an asset as approved.
func (f *failover) notServed(t *testing.T, id string) {
	t.Helper()
	for _, n := range f.nodes {
		status, answer, err := f.request(t.Context(), n.url, publishing, http.MethodGet, "/"+id+"/versions/approved/content", "")
		if err != nil || status != http.StatusNotFound && status != http.StatusServiceUnavailable {
			t.Errorf("%s was withdrawn, and is served: %d %s %v", id, status, answer, err)
		}
	}
}

// stillWithdrawn is notServed for the last that were withdrawn.
func (f *failover) stillWithdrawn(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	last := slices.Clone(f.withdrawn[max(0, len(f.withdrawn)-50):])
	f.mu.Unlock()
	for _, id := range last {
		f.notServed(t, id)
	}
}
