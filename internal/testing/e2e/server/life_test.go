package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestLife takes assets through their whole life: an agent creates, a person decides,
// a publisher reads.
func TestLife(t *testing.T) { eachDatabase(t, life) }

func life(t *testing.T, s deployment) {
	p := s.firstStart(t)
	mint := func(owner, kind, scopes string) client {
		key := s.invoke(t, "keys mint", "-workspace", "default",
			"-owner", owner, "-name", owner, "-kind", kind, "-scopes", scopes)
		return p.client(strings.TrimSuffix(key, "\n"))
	}
	person := p.client(p.key)
	agent := mint("hero-maker", "agent", "*")
	publisher := mint("landing-pages", "service", "assets:read")

	files := map[string]struct{ typ, mediaType string }{
		"testdata/hero.png": {"image", "image/png"},
		"testdata/clip.mp4": {"video", "video/mp4"},
	}
	for path, file := range files {
		t.Run(file.typ, func(t *testing.T) {
			agent, person, publisher := agent.in(t), person.in(t), publisher.in(t)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			metadata := fmt.Sprintf(`{"type":%q,"title":"Spring","provenance":{"agent_slug":"hero-maker","run_id":"run-1"}}`, file.typ)
			made := agent.upload("", metadata, "spring", file.mediaType, content)
			if got := made.Content["media_type"]; got != file.mediaType {
				t.Errorf("media type %v, want %s", got, file.mediaType)
			}
			person.review(made.ID, `{"action":"submit"}`)
			person.review(made.ID, `{"action":"approve","version":1}`)
			publisher.reads(made.ID, content)
		})
	}
	t.Run("text", func(t *testing.T) {
		textLife(t, agent.in(t), person.in(t), publisher.in(t))
	})
	if rest := p.stop(os.Interrupt); rest != "" {
		t.Errorf("more on standard output: %q", rest)
	}
}

// textLife takes a text through every action.
func textLife(t *testing.T, agent, person, publisher client) {
	copy1 := agent.post(http.StatusCreated, "", `{"type":"copy","title":"Tagline","text":"Spring is here."}`)
	id := copy1.ID
	if copy1.Status != "draft" || copy1.Version != 1 || copy1.CreatedBy != "hero-maker" {
		t.Fatalf("created: %+v", copy1)
	}
	agent.review(id, `{"action":"submit"}`)
	if refused := agent.post(http.StatusForbidden, "/"+id+"/approval", `{"action":"approve"}`); refused.Code != "agent_cannot_approve" {
		t.Errorf("an agent's approval: %+v", refused)
	}
	approved := person.review(id, fmt.Sprintf(`{"action":"approve","version":1,"sha256":%q}`, copy1.Content["sha256"]))
	if approved.Status != "approved" {
		t.Fatalf("approved: %+v", approved)
	}

	// A newer draft does not change what publishers read.
	newer := agent.post(http.StatusCreated, "/"+id+"/versions", `{"text":"Spring is here, at last.","submit":true}`)
	if newer.Version != 2 || newer.Status != "pending_review" {
		t.Fatalf("new version: %+v", newer)
	}
	publisher.reads(id, []byte("Spring is here."))
	list := publisher.get("?status=approved&type=copy")
	if len(list.Items) != 1 || list.Items[0].Version != 1 || list.Items[0].Status != "approved" {
		t.Fatalf("approved list: %+v", list.Items)
	}
	preview(t, person, id)

	// A rejected version returns to draft; an approved version can be rolled back to.
	person.review(id, `{"action":"approve","version":2}`)
	person.review(id, `{"action":"request_changes","version":2,"comment":"Too long."}`)
	_, answer := publisher.call(http.StatusNotFound, http.MethodGet, "/"+id+"/versions/approved/content", "", nil)
	if code := publisher.decode(answer).Code; code != "not_approved" {
		t.Errorf("withdrawn content: code %q", code)
	}
	back := person.post(http.StatusOK, "/"+id+"/rollback", `{"version":1,"reason":"Shorter was better."}`)
	if back.Version != 3 || back.Status != "approved" {
		t.Fatalf("rolled back: %+v", back)
	}
	publisher.reads(id, []byte("Spring is here."))

	if archived := person.review(id, `{"action":"archive"}`); archived.Status != "archived" || archived.ApprovedVersion != nil {
		t.Errorf("archived: %+v", archived)
	}
	if reopened := person.review(id, `{"action":"reopen"}`); reopened.Status != "draft" {
		t.Errorf("reopened: %+v", reopened)
	}
	person.call(http.StatusConflict, http.MethodDelete, "/"+id, "", nil) // it has been approved
	scrap := agent.post(http.StatusCreated, "", `{"type":"copy","title":"Scrap","text":"x"}`)
	agent.call(http.StatusNoContent, http.MethodDelete, "/"+scrap.ID, "", nil)
	agent.call(http.StatusNotFound, http.MethodGet, "/"+scrap.ID, "", nil)
}

// reads requires that the approved content is exactly these bytes.
func (c client) reads(id string, want []byte) {
	c.t.Helper()
	header, got := c.call(http.StatusOK, http.MethodGet, "/"+id+"/versions/approved/content", "", nil)
	if !bytes.Equal(got, want) {
		c.t.Errorf("approved content has %d bytes, want %d", len(got), len(want))
	}
	sum := sha256.Sum256(want)
	if tag, exact := header.Get("ETag"), `"sha256:`+hex.EncodeToString(sum[:])+`"`; tag != exact {
		c.t.Errorf("ETag %s, want %s", tag, exact)
	}
	if digest, exact := header.Get("Content-Digest"), "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":"; digest != exact {
		c.t.Errorf("Content-Digest %s, want %s", digest, exact)
	}
}

// preview opens a signed link without a credential.
func preview(t *testing.T, person client, id string) {
	link := person.get("/" + id + "/preview-url?version=approved&expires_in=600").URL
	if !strings.HasPrefix(link, strings.TrimSuffix(person.base, "/api/v1/assets")+"/api/v1/public/assets/preview/") {
		t.Fatalf("preview link %q is not on this server", link)
	}
	anybody := client{t: t}
	header, page := anybody.call(http.StatusOK, http.MethodGet, link, "", nil)
	if !bytes.Contains(page, []byte("Spring is here.")) || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("preview: %v %s", header, page)
	}
	anybody.call(http.StatusNotFound, http.MethodGet, link[:len(link)-2], "", nil)
	anybody.call(http.StatusUnauthorized, http.MethodGet, person.base+"/"+id, "", nil)
}
