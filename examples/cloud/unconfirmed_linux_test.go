package main

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/s3test"
)

// TestVolumeFailoverWithoutStandbysDBF12: no standby confirms a commit. PostgreSQL shows the commit
// once the server no longer waits for it, but a failover would lose it. No response may
// acknowledge it, not even that of a repetition which finds it.
func TestVolumeFailoverWithoutStandbysDBF12(t *testing.T) {
	t.Parallel()
	cluster := pgtest.StartCluster(t)
	d := deployment{db: cluster.Database(t), bucket: s3test.URL(s3test.Bucket(t))}
	n := d.launch(t, signingKey("a")).ready()
	person := d.mint(t, "ana", "user", "*")
	create := func(key string) (status int, replayed bool) {
		t.Helper()
		header := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {key}}
		status, got, _ := n.exchange(person, http.MethodPost, "", strings.NewReader(`{"type":"copy","title":"Tagline","text":"Spring is here."}`), header)
		return status, got.Get("Idempotency-Replayed") != ""
	}
	read := func(id string) (status int) {
		t.Helper()
		status, _, _ = n.exchange(person, http.MethodGet, "/"+id, http.NoBody, http.Header{})
		return status
	}
	before := n.post(person, http.StatusCreated, "", `{"type":"copy","title":"Before","text":"x"}`)
	cluster.Pause(t)
	key := rand.Text()
	if status, _ := create(key); status != http.StatusServiceUnavailable {
		t.Errorf("without standbys: status %d, want 503", status)
	}
	shown := func() bool {
		return bytes.Contains(n.call(person, http.StatusOK, http.MethodGet, "?limit=10", ""), []byte("Tagline"))
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); !shown(); <-tick.C {
		if time.Now().After(deadline) {
			t.Error("the commit is not shown, so that this test shows nothing")
			break
		}
	}
	if status, replayed := create(key); status != http.StatusServiceUnavailable {
		t.Errorf("repeated without standbys: status %d, replayed %t, want 503", status, replayed)
	}
	cluster.Kill(t)
	cluster.Resume(t)
	cluster.Promote(t)
	// A call on a connection to the old primary ends with 503.
	statusAfter := func(call func() (status int)) (status int) {
		t.Helper()
		deadline := time.Now().Add(backWithin)
		for status = call(); status == http.StatusServiceUnavailable && time.Now().Before(deadline); <-tick.C {
			status = call()
		}
		return status
	}
	if status := statusAfter(func() int { return read(before.ID) }); status != http.StatusOK {
		t.Errorf("after the failover, an asset from before it: status %d, want 200", status)
	}
	if status := statusAfter(func() int { status, _ := create(key); return status }); status != http.StatusCreated {
		t.Errorf("after the failover: status %d, want 201", status)
	}
}
