package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/azuretest"
	"github.com/10ex/assets/internal/testing/gcstest"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/s3test"
)

// TestLifeInEachCloud uses two servers for a whole life, with the content in a bucket of
// each cloud: created, submitted, approved, downloaded in part, previewed, exported,
// withdrawn, deleted and swept.
func TestLifeInEachCloud(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{
		"s3":    func(t testing.TB) string { t.Helper(); return s3test.URL(s3test.Bucket(t)) },
		"azure": azuretest.Bucket,
		"gcs":   gcstest.Bucket,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live(t, deployment{db: pgtest.Durable(t), bucket: fresh(t)})
		})
	}
}

func live(t *testing.T, d deployment) {
	t.Helper()
	nodes := d.two(t, signingKey("a"))
	one, two := nodes[0], nodes[1]
	person, agent := d.mint(t, "ana", "user", "*"), d.mint(t, "writer", "agent", "*")
	content := random(9 << 20) // more than one part

	made := one.upload(agent, content)
	two.post(agent, http.StatusOK, "/"+made.ID+"/approval", `{"action":"submit"}`)
	one.post(person, http.StatusOK, "/"+made.ID+"/approval", `{"action":"approve","version":1}`)
	approved := "/" + made.ID + "/versions/approved/content"
	if got := two.call(person, http.StatusOK, http.MethodGet, approved, ""); !bytes.Equal(got, content) {
		t.Errorf("the content has %d bytes of %d", len(got), len(content))
	}
	for _, r := range []struct{ first, last int }{{0, 0}, {8<<20 - 3, 8<<20 + 3}, {len(content) - 5, len(content) - 1}} {
		if got := one.part(person, approved, r.first, r.last); !bytes.Equal(got, content[r.first:r.last+1]) {
			t.Errorf("bytes %d to %d: got %d other bytes", r.first, r.last, len(got))
		}
	}
	link := one.get(person, "/"+made.ID+"/preview-url").URL
	if got := two.call("", http.StatusOK, http.MethodGet, link, ""); !strings.Contains(string(got), "life.bin") {
		t.Errorf("the preview: %.200s", got)
	}
	if got := one.call("", http.StatusOK, http.MethodGet, link+"?download=1", ""); !bytes.Equal(got, content) {
		t.Errorf("downloaded by the link: %d bytes", len(got))
	}
	var exported struct{ URL string }
	if err := json.Unmarshal(one.call(person, http.StatusCreated, http.MethodPost, "/exports", `{"asset_ids":["`+made.ID+`"]}`), &exported); err != nil {
		t.Fatal(err)
	}
	wantArchived(t, two.call("", http.StatusOK, http.MethodGet, exported.URL, ""), content)

	two.post(person, http.StatusOK, "/"+made.ID+"/approval", `{"action":"archive"}`)
	one.call(person, http.StatusNotFound, http.MethodGet, approved, "")
	one.call("", http.StatusGone, http.MethodGet, link, "")
	one.call("", http.StatusConflict, http.MethodGet, exported.URL, "")

	draft := two.upload(agent, content[1:])
	one.call(agent, http.StatusNoContent, http.MethodDelete, "/"+draft.ID, "")
	if got := d.sweep(t, "0s"); !strings.Contains(got, "1 in use") || !strings.Contains(got, fmt.Sprintf("1 deleted (%d bytes)", len(content)-1)) {
		t.Errorf("the sweep: %s", got)
	}
	if got := two.call(person, http.StatusOK, http.MethodGet, "/"+made.ID+"/versions/1/content", ""); !bytes.Equal(got, content) {
		t.Errorf("after the sweep, the content has %d bytes", len(got))
	}
}

// wantArchived fails the test unless an archive is whole and has the content.
func wantArchived(t *testing.T, archive, content []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, entry := range z.File {
		r, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r) // also compares the CRC-32
		if err != nil {
			t.Errorf("%s: %v", entry.Name, err)
		}
		found = found || bytes.Equal(got, content)
	}
	if !found {
		t.Errorf("none of the %d entries is the content", len(z.File))
	}
}

// upload creates a bundle with a content, as a form.
func (n *node) upload(key string, content []byte) asset {
	n.t.Helper()
	const head = "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n" + `{"type":"bundle","title":"Life"}` +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"life.bin\"\r\n\r\n"
	body := io.MultiReader(strings.NewReader(head), bytes.NewReader(content), strings.NewReader("\r\n--b--\r\n"))
	return n.decode(n.send(key, http.StatusCreated, http.MethodPost, "", body, http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}))
}

// part downloads a part of a content, from the first byte to the last.
func (n *node) part(key, path string, first, last int) []byte {
	n.t.Helper()
	return n.send(key, http.StatusPartialContent, http.MethodGet, path, http.NoBody, http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", first, last)}})
}
