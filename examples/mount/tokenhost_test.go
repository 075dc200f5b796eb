package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const tagline = `{"type":"copy","title":"Tagline","text":"Spring is here.","campaign_id":"spring","submit":true}`

// desk is a token host with tokens of people and agents.
type desk struct {
	*tokenHost
	app, share                  http.Handler
	log                         *bytes.Buffer
	ana, publisher, agent, away string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	var log bytes.Buffer
	h, err := newTokenHost(slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return &desk{
		tokenHost: h, app: h.app(), share: h.share(), log: &log,
		ana:       h.issue("acme", "ana", "editor"),
		publisher: h.issue("acme", "site", "publisher"),
		agent:     h.issue("acme", "copywriter", "agent"),
		away:      h.issue("globex", "gus", "editor"),
	}
}

// made lets the agent create a tagline and returns its path.
func (d *desk) made(t *testing.T) string {
	t.Helper()
	w := send(t, d.app, "POST", "/content/assets", d.agent, tagline)
	want(t, w, http.StatusCreated, `"workspace_id":"acme"`, `"created_by":"copywriter"`, `"status":"pending_review"`)
	path := w.Header().Get("Location")
	if !strings.HasPrefix(path, "/content/assets/") {
		t.Fatalf("Location %q", path)
	}
	return path
}

func TestKindsComeFromTheToken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	asset := d.made(t)
	id := strings.TrimPrefix(asset, "/content/assets/")
	approve := `{"action":"approve","version":1}`
	want(t, send(t, d.app, "POST", asset+"/approval", d.agent, approve), http.StatusForbidden,
		`"code":"agent_cannot_approve"`, `"review_url":"https://desk.example/review/`+id+`"`)
	want(t, send(t, d.app, "POST", asset+"/approval", d.publisher, approve), http.StatusForbidden, `"code":"forbidden_scope"`)
	want(t, send(t, d.app, "GET", asset, d.away, ""), http.StatusNotFound, `"code":"not_found"`)
	want(t, send(t, d.app, "POST", asset+"/approval", d.ana, approve), http.StatusOK, `"status":"approved"`)
	want(t, send(t, d.app, "GET", asset+"/versions/approved/content", d.publisher, ""), http.StatusOK, "Spring is here.")
}

func TestBadTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	good := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Subject: "ana", ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Minute)),
		},
		Tenant: "acme", Role: "editor",
	}
	want(t, send(t, d.app, "GET", "/content/assets", d.sign(good), ""), http.StatusOK)
	spoilt := func(spoil func(*claims)) string { c := good; spoil(&c); return d.sign(c) }
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, good).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	none := send(t, d.app, "GET", "/content/assets", "", "")
	want(t, none, http.StatusUnauthorized, `{"detail":"`, `"code":"unauthorized"}`)
	for name, token := range map[string]string{
		"malformed":      "eyJ.nonsense",
		"other secret":   (&tokenHost{secret: []byte("another")}).sign(good),
		"not signed":     unsigned,
		"expired":        spoilt(func(c *claims) { c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(-time.Minute)) }),
		"without expiry": spoilt(func(c *claims) { c.ExpiresAt = nil }),
		"other issuer":   spoilt(func(c *claims) { c.Issuer = "another" }),
		"unknown role":   spoilt(func(c *claims) { c.Role = "root" }),
		"no tenant":      spoilt(func(c *claims) { c.Tenant = "" }),
		"no subject":     spoilt(func(c *claims) { c.Subject = "" }),
	} {
		for _, method := range []string{"GET", "POST"} {
			w := send(t, d.app, method, "/content/assets", token, "")
			if w.Code != http.StatusUnauthorized || w.Body.String() != none.Body.String() ||
				w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%s, %s: %d %v %s", name, method, w.Code, w.Header(), w.Body)
			}
		}
	}
}

// TestRoutesAreAtTheHostsPrefix sends requests with and without the final slash:
// nothing is redirected.
func TestRoutesAreAtTheHostsPrefix(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	asset := d.made(t)
	for _, path := range []string{"/content/assets", "/content/assets/"} {
		want(t, send(t, d.app, "GET", path, d.ana, ""), http.StatusOK, `"items":[{`)
		want(t, send(t, d.app, "POST", path, d.ana, tagline), http.StatusCreated)
	}
	want(t, send(t, d.app, "GET", "/content/assets/openapi.json", "", ""), http.StatusOK,
		`"/content/assets/{asset_id}"`, `"/shared/preview/{token}"`)
	for _, path := range []string{asset + "/", "/content/assets//", "/content/assets/a/../b", "/content/assets/%2f"} {
		want(t, send(t, d.app, "GET", path, d.ana, ""), http.StatusNotFound, `"code":"not_found"`)
	}
}

func TestPreviewsHaveAHostOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	asset := d.made(t)
	w := send(t, d.app, "GET", asset+"/preview-url", d.ana, "")
	want(t, w, http.StatusOK)
	var link struct{ URL string }
	if err := json.Unmarshal(w.Body.Bytes(), &link); err != nil {
		t.Fatal(err)
	}
	want(t, send(t, d.share, "GET", link.URL, "", ""), http.StatusOK, "Spring is here.")
	want(t, send(t, d.app, "GET", link.URL, d.ana, ""), http.StatusNotFound)
	for _, path := range []string{"/", "/shared", "/content/assets", "/content/assets/", asset, asset + "/preview", asset + "/versions/1/content"} {
		want(t, send(t, d.share, "GET", path, d.ana, ""), http.StatusNotFound, `"code":"not_found"`)
	}
	want(t, send(t, d.share, "POST", "/content/assets", d.ana, tagline), http.StatusNotFound, `"code":"not_found"`)
}

func TestCampaignsAreTheHosts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	asset := d.made(t)
	unknown := []string{`{"detail":[{"loc":["body","campaign_id"],`, `"type":"reference"`}
	typo := strings.Replace(tagline, "spring", "sprung", 1)
	want(t, send(t, d.app, "POST", "/content/assets", d.agent, typo), http.StatusUnprocessableEntity, unknown...)
	want(t, send(t, d.app, "POST", "/content/assets", d.away, tagline), http.StatusUnprocessableEntity, unknown...)
	want(t, send(t, d.app, "PATCH", asset, d.ana, `{"campaign_id":"autumn"}`), http.StatusUnprocessableEntity, unknown...)
	want(t, send(t, d.app, "PATCH", asset, d.ana, `{"campaign_id":null}`), http.StatusOK, `"campaign_id":null`)
}

// TestContextReachesTheLibrary: the id that the host's middleware gives a request is
// in the context of the Library's look-up.
func TestContextReachesTheLibrary(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var made *httptest.ResponseRecorder
	ids := map[string]bool{}
	for _, w := range []*httptest.ResponseRecorder{
		send(t, d.app, "GET", "/content/assets", d.ana, ""),
		send(t, d.app, "GET", "/content/assets", "", ""),
		send(t, d.app, "PUT", "/content/assets", d.ana, ""),
		send(t, d.app, "GET", "/content/assets/none/of/ours", d.ana, ""),
		send(t, d.app, "GET", "/healthz", "", ""),
		send(t, d.app, "POST", "/content/assets", d.agent, tagline),
	} {
		ids[w.Header().Get("X-Request-Id")] = true
		made = w
	}
	if len(ids) != 6 || ids[""] {
		t.Errorf("the middleware has not seen each request: %v", ids)
	}
	var looked, record struct{ Msg, Request, Campaign string }
	for line := range bytes.Lines(d.log.Bytes()) {
		if err := json.Unmarshal(line, &record); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if record.Msg == "campaign looked up" {
			looked = record
		}
	}
	if looked.Campaign != "spring" || looked.Request != made.Header().Get("X-Request-Id") {
		t.Errorf("looked up in %+v, asked by request %s", looked, made.Header().Get("X-Request-Id"))
	}
}
