package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/s3test"
)

func newDeployment(t *testing.T) deployment {
	t.Helper()
	return deployment{db: pgtest.Durable(t), bucket: s3test.URL(s3test.Bucket(t))}
}

func signingKey(fill string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, 32)))
}

// two starts two servers at once. The database may be empty.
func (d deployment) two(t *testing.T, signing ...string) [2]*node {
	t.Helper()
	nodes := [2]*node{d.launch(t, signing...), d.launch(t, signing...)}
	for _, n := range nodes {
		n.ready()
	}
	return nodes
}

// TestTwoServersShareData uses two servers for the life of one asset. They have
// migrated one empty database at once.
func TestTwoServersShareData(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	nodes := d.two(t, signingKey("a"))
	one, two := nodes[0], nodes[1]
	person, agent := d.mint(t, "ana", "user", "*"), d.mint(t, "copywriter", "agent", "*")

	made := one.post(agent, http.StatusCreated, "", `{"type":"copy","title":"Tagline","text":"Spring is here.","submit":true}`)
	if got := two.get(person, "/"+made.ID); got.Status != "pending_review" {
		t.Errorf("the other server has %+v", got)
	}
	two.post(person, http.StatusOK, "/"+made.ID+"/approval", `{"action":"approve","version":1}`)
	if refused := one.post(agent, http.StatusForbidden, "/"+made.ID+"/approval", `{"action":"archive"}`); refused.Code != "agent_cannot_approve" {
		t.Errorf("an agent's archive of what the other server approved: %+v", refused)
	}
	two.post(agent, http.StatusCreated, "/"+made.ID+"/versions", `{"text":"Spring!"}`)
	for _, n := range nodes {
		if got := n.call(person, http.StatusOK, http.MethodGet, "/"+made.ID+"/versions/approved/content", ""); string(got) != "Spring is here." {
			t.Errorf("approved content is %q", got)
		}
		if list := n.get(person, "?status=approved"); len(list.Items) != 1 || list.Items[0].Version != 1 {
			t.Errorf("approved list: %+v", list.Items)
		}
	}

	t.Run("versions of both are numbered without gaps", func(t *testing.T) {
		const each = 8
		var wg sync.WaitGroup
		for i, n := range nodes {
			for k := range each {
				wg.Go(func() {
					n.post(agent, http.StatusCreated, "/"+made.ID+"/versions", fmt.Sprintf(`{"text":"%d of %d"}`, k, i))
				})
			}
		}
		wg.Wait()
		for _, n := range nodes {
			if got := n.get(person, "/"+made.ID); got.Version != 2+2*each {
				t.Errorf("version %d, want %d", got.Version, 2+2*each)
			}
		}
	})
	t.Run("a sweep leaves what either has written", func(t *testing.T) {
		long := strings.Repeat("long text ", 2000) // shorter ones are in the database
		kept := one.post(agent, http.StatusCreated, "", `{"type":"copy","title":"Kept","text":"`+long+`"}`)
		gone := one.post(agent, http.StatusCreated, "", `{"type":"copy","title":"Gone","text":"`+long+`"}`)
		two.call(agent, http.StatusNoContent, http.MethodDelete, "/"+gone.ID, "")
		if got := d.sweep(t, "0s"); !strings.Contains(got, "1 in use") || !strings.Contains(got, "1 deleted (20000 bytes)") {
			t.Errorf("the sweep: %s", got)
		}
		two.call(person, http.StatusOK, http.MethodGet, "/"+kept.ID+"/versions/1/content", "")
		two.call(person, http.StatusOK, http.MethodGet, "/"+made.ID+"/versions/approved/content", "")
	})
	for _, n := range nodes {
		n.stop()
		for _, secret := range []string{person, agent, signingKey("a"), s3test.SecretKey} {
			if strings.Contains(n.stderr.String(), secret) {
				t.Error("a secret is in the log")
			}
		}
	}
}

func (d deployment) sweep(t *testing.T, older string) string {
	t.Helper()
	cmd := command(t.Context(), "", "sweep", "-db", d.db, "-bucket", d.bucket, "-older", older)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("sweep: %v\n%s", err, out)
	}
	return string(out)
}

// TestRevokedKeyOnOtherServerAUTH02: no server caches the validity of a key.
func TestRevokedKeyOnOtherServerAUTH02(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	nodes := d.two(t, signingKey("a"))
	key := d.mint(t, "ana", "user", "*")
	for _, n := range nodes {
		n.get(key, "")
	}
	d.invoke(t, "keys", "list")
	revoke := command(t.Context(), "", "keys", "revoke", "-db", d.db, strings.Split(key, "_")[1])
	if out, err := revoke.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, n := range nodes {
		n.call(key, http.StatusUnauthorized, http.MethodGet, "", "")
	}
}

// TestCursorOfOtherServerLST03 reads the pages of a list from two servers in turn.
func TestCursorOfOtherServerLST03(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	nodes := d.two(t, signingKey("a"))
	key := d.mint(t, "ana", "user", "*")
	var want []string
	for i := range 7 {
		made := nodes[i%2].post(key, http.StatusCreated, "", fmt.Sprintf(`{"type":"copy","title":"%d","text":"x"}`, i))
		want = append(want, made.ID)
	}
	var got []string
	for page, cursor := 0, ""; ; page++ {
		list := nodes[page%2].get(key, "?order=asc&limit=2"+cursor)
		for _, item := range list.Items {
			got = append(got, item.ID)
		}
		if list.NextCursor == nil {
			break
		}
		cursor = "&cursor=" + *list.NextCursor
	}
	slices.Sort(want) // ids of two processes ascend as their clocks do
	if !slices.Equal(got, want) {
		t.Errorf("the walk has %v, want %v", got, want)
	}
}

// TestKeyRotationOnTwoServersPRV03 rotates the signing key as docs/operations.md says,
// one server at a time. Every link must work until the old key is removed.
func TestKeyRotationOnTwoServersPRV03(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	older, newer := signingKey("o"), signingKey("n")
	nodes := d.two(t, older)
	key := d.mint(t, "ana", "user", "*")
	made := nodes[0].post(key, http.StatusCreated, "", `{"type":"copy","title":"Tagline","text":"Spring is here."}`)
	link := func(n *node) string { return n.get(key, "/"+made.ID+"/preview-url").URL }
	restart := func(i int, signing ...string) {
		nodes[i].stop()
		nodes[i] = d.launch(t, signing...).ready()
	}
	opens := func(want int, links ...string) {
		t.Helper()
		for _, n := range nodes {
			for _, l := range links {
				n.call("", want, http.MethodGet, l, "")
			}
		}
	}
	first := link(nodes[0])
	opens(http.StatusOK, first, link(nodes[1]))

	restart(0, older, newer)
	opens(http.StatusOK, first, link(nodes[0]), link(nodes[1]))
	restart(1, older, newer)
	restart(0, newer, older)
	signedByNewer := link(nodes[0])
	opens(http.StatusOK, first, signedByNewer, link(nodes[1]))
	restart(1, newer, older)
	opens(http.StatusOK, first, signedByNewer, link(nodes[1]))

	restart(0, newer)
	restart(1, newer)
	opens(http.StatusNotFound, first)
	opens(http.StatusOK, signedByNewer, link(nodes[0]), link(nodes[1]))
}
