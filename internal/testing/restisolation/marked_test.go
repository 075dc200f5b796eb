package restisolation_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/mcpx"
	"github.com/10ex/assets/webhook"
)

// markedServer is a server with webhooks that may call the receivers of the test.
type markedServer struct {
	tenants
	log   *logBuffer
	hooks *webhook.Hooks
	tools http.Handler
}

func newMarkedServer(t *testing.T, db backends.Database) *markedServer {
	t.Helper()
	srv := &markedServer{log: newLogBuffer()}
	logger := slog.New(srv.log)
	srv.tenants = newTenants(t, db, func(c *assets.Config, o *httpx.Options) {
		c.Logger, o.Logger, c.SigningKeys = logger, logger, [][]byte{[]byte(signingMarker)}
		ring, err := apikey.New(apikey.Config{Store: db, Logger: logger})
		if err != nil {
			t.Fatal(err)
		}
		o.Authenticate = httpx.Bearer(ring)
	})
	var err error
	srv.hooks, err = webhook.New(webhook.Config{Library: srv.Lib, Allow: []webhook.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}})
	if err != nil {
		t.Fatal(err)
	}
	srv.tools = mcpx.Handler(srv.Lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(srv.Ring), Logger: logger})
	return srv
}

const signingMarker = "zqsigningkey-of-32-bytes-or-more"

// marked is a workspace with words of its own.
type marked struct {
	workspace, key string
	private        map[string]string // in no event, delivery, response about webhooks and log
	own            map[string]string // in some of those of the workspace
	assets         []assets.ID
	hooks          []assets.ID

	mu       sync.Mutex
	requests strings.Builder
	ids      map[string]bool // of the events that the receiver got
}

// ServeHTTP is the receiver of the workspace. It refuses what comes for the path /refuse.
func (m *marked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintln(&m.requests, r.Header, string(body))
	m.ids[r.Header.Get("Webhook-Id")] = true
	if r.URL.Path == "/refuse" {
		w.WriteHeader(http.StatusBadGateway)
	}
	_, _ = io.WriteString(w, m.own["answer"])
}

func (m *marked) received() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests.String()
}

// got returns how many events the receiver has.
func (m *marked) got() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.ids)
}

// mark makes webhooks and assets of a workspace, with its words wherever there is a text.
func (srv *markedServer) mark(t *testing.T, workspace, key string) *marked {
	t.Helper()
	word := func(name string) string { return "zq" + workspace + name }
	m := &marked{
		workspace: workspace, key: key, ids: map[string]bool{},
		private: map[string]string{"signing key": signingMarker, "bearer": strings.Split(srv.Bearers[key], "_")[2]},
		own:     map[string]string{},
	}
	for _, name := range []string{"title", "text", "bytes", "filename", "slug", "run", "trace", "brand", "brief", "model", "parameter", "input"} {
		m.private[name] = word(name)
	}
	for _, name := range []string{"tag", "campaign", "comment", "reason", "guest", "description", "url", "answer"} {
		m.own[name] = word(name)
	}
	receiver := httptest.NewServer(m)
	t.Cleanup(receiver.Close)
	ctx, by := t.Context(), resttest.Maker(workspace)
	for _, path := range []string{"/take", "/refuse"} {
		types := []assets.EventType(nil)
		if path == "/refuse" {
			types = []assets.EventType{assets.EventErased}
		}
		made, err := srv.hooks.Create(ctx, by, webhook.NewWebhook{
			URL: receiver.URL + path + "?" + m.own["url"], Description: m.own["description"], Types: types,
		})
		if err != nil {
			t.Fatal(err)
		}
		rotated, err := srv.hooks.RotateSecret(ctx, by, made.ID)
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range map[string]string{"secret of ": made.Secret, "new secret of ": rotated.Secret} {
			m.private[name+path] = strings.TrimPrefix(secret, "whsec_")
		}
		m.hooks = append(m.hooks, made.ID)
	}
	srv.markAssets(t, m)
	return m
}

// markAssets makes assets with the words of a workspace: a text that is reviewed, edited
// and rolled back, and a file.
func (srv *markedServer) markAssets(t *testing.T, m *marked) {
	t.Helper()
	ctx, by := t.Context(), resttest.Maker(m.workspace)
	provenance := assets.Provenance{
		AgentSlug: m.private["slug"], RunID: m.private["run"], TraceID: m.private["trace"], BrandID: m.private["brand"], BriefID: m.private["brief"],
		Model: m.private["model"], Parameters: json.RawMessage(`{"prompt":"` + m.private["parameter"] + `"}`),
		Inputs: []assets.Input{{Kind: "page", ID: m.private["input"]}},
	}
	first := assets.NewVersion{Text: m.private["text"], Filename: m.private["filename"] + ".txt", Provenance: provenance}
	made, err := srv.Lib.Create(ctx, by, assets.NewAsset{
		Type: assets.TypeCopy, Title: m.private["title"], CampaignID: assets.Optional(m.own["campaign"]), Tags: assets.Tags{"k": {m.own["tag"]}}, NewVersion: first,
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := srv.Lib.Create(ctx, by, assets.NewAsset{
		Type: assets.TypeBundle, Title: m.private["title"], NewVersion: assets.NewVersion{Content: strings.NewReader(m.private["bytes"])},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.assets = []assets.ID{made.ID, file.ID}
	title := m.private["title"] + " again"
	steps := []func() error{
		func() error {
			_, err := srv.Lib.Comment(ctx, by, made.ID, assets.NewComment{Version: 1, Text: m.own["comment"]})
			return err
		},
		func() error {
			link, err := srv.Lib.CreateReviewLink(ctx, by, made.ID, assets.NewReviewLink{Name: m.own["guest"]})
			if err != nil {
				return err
			}
			token := link.URL[strings.LastIndexByte(link.URL, '/')+1:]
			m.private["token"] = token
			_, err = srv.Lib.AnswerReviewLink(ctx, token, assets.GuestAnswer{Action: assets.ActionComment, Comment: m.own["comment"]})
			return err
		},
		func() error {
			_, err := srv.Lib.Review(ctx, by, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1, Comment: m.own["comment"]})
			return err
		},
		func() error { _, err := srv.Lib.Edit(ctx, by, made.ID, assets.Edit{Title: &title}); return err },
		func() error {
			_, err := srv.Lib.AddVersion(ctx, by, made.ID, assets.NewVersion{Text: m.private["text"] + " two", Provenance: provenance})
			return err
		},
		func() error {
			_, err := srv.Lib.Rollback(ctx, by, made.ID, assets.Rollback{Version: 1, Reason: m.own["reason"]})
			return err
		},
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
}
