package resttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
	"github.com/10ex/assets/webhook"
)

// Base is the default mount point of the routes.
const Base = "/api/v1/assets"

// UnknownID is a valid id that no asset has.
const UnknownID = "01890000-0000-7000-8000-000000000000"

// Server is a Library in memory with its routes mounted on a ServeMux.
type Server struct {
	TB    testing.TB
	Lib   *assets.Library
	Store *memory.Store
	Blobs *FaultyBlobs
	Mux   *http.ServeMux
	Log   *bytes.Buffer
	Vars  map[string]string // replaced as {name} in a Call and a Want
}

// New returns a Server. Its actors are KnownActors unless an option changes that.
func New(t testing.TB, opts ...Option) *Server {
	t.Helper()
	srv := &Server{
		TB: t, Store: memory.New(), Blobs: &FaultyBlobs{Blobs: blob.NewMemory()},
		Mux: http.NewServeMux(), Log: new(bytes.Buffer), Vars: map[string]string{},
	}
	logger := slog.New(slog.NewJSONHandler(srv.Log, nil))
	cfg := assets.Config{
		Store: srv.Store, Blobs: srv.Blobs, Versioner: versioning.Linear{}, Approver: approval.Policy{},
		PublicURL: "https://assets.example", ReviewURL: func(id assets.ID) string { return "https://app.example/review/" + string(id) },
		ReviewLinkURL: func(token string) string { return "https://app.example/review/link/" + token },
		SigningKeys:   [][]byte{bytes.Repeat([]byte{7}, 32)}, Logger: logger,
	}
	options := httpx.Options{Authenticate: httpx.Bearer(KnownActors()), Logger: logger, StallTimeout: time.Minute}
	for _, change := range opts {
		change(&cfg, &options)
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv.Lib = lib
	if options.Webhooks == nil && lib.HasSigningKeys() {
		options.Webhooks, err = webhook.New(webhook.Config{Library: lib})
		if err != nil && !errors.Is(err, webhook.ErrNoStore) {
			t.Fatal(err)
		}
	}
	httpx.Mount(srv.Mux, lib, options)
	return srv
}

// Option changes the configuration of a Server.
type Option = func(*assets.Config, *httpx.Options)

// WithDatabase returns an Option with which a Server uses db.
func WithDatabase(db backends.Database) Option {
	return func(c *assets.Config, _ *httpx.Options) { c.Store = db }
}

// Fill replaces {name} by the variable of that name.
func (srv *Server) Fill(s string) string {
	for name, value := range srv.Vars {
		s = strings.ReplaceAll(s, "{"+name+"}", value)
	}
	return s
}

// Send sends a call to the routes and returns the response. It records both; see
// record.
func (srv *Server) Send(c Call) *httptest.ResponseRecorder {
	srv.TB.Helper()
	rec := httptest.NewRecorder()
	srv.Mux.ServeHTTP(withDeadlines{rec}, c.Request(srv))
	srv.record(c, rec)
	return rec
}

// withDeadlines has the deadlines that a ResponseWriter of net/http has.
type withDeadlines struct{ *httptest.ResponseRecorder }

func (withDeadlines) SetReadDeadline(time.Time) error { return nil }

func (withDeadlines) SetWriteDeadline(time.Time) error { return nil }

// Must sends a call that has to succeed with a status and returns the JSON of the
// response.
func (srv *Server) Must(status int, c Call) map[string]any {
	srv.TB.Helper()
	rec := srv.Send(c)
	if rec.Code != status {
		srv.TB.Fatalf("%s %s: %d %s", c.Method, srv.Fill(c.Path), rec.Code, rec.Body)
	}
	var out map[string]any
	if rec.Body.Len() > 0 && strings.HasPrefix(rec.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
			srv.TB.Fatal(err)
		}
	}
	return out
}

// CreateText creates an asset of type copy and returns its id, which is also the
// variable {id}.
func (srv *Server) CreateText(title, text string) string {
	srv.TB.Helper()
	body, _ := json.Marshal(map[string]any{"type": "copy", "title": title, "text": text})
	id, _ := srv.Must(201, Call{Method: "POST", Path: Base, As: "writer", Body: string(body)})["id"].(string)
	srv.Vars["id"] = id
	return id
}

// Upload creates an asset with a file and returns its id, which is also the
// variable {id}.
func (srv *Server) Upload(typ, media, filename string, content []byte) string {
	srv.TB.Helper()
	metadata, _ := json.Marshal(map[string]any{"type": typ, "title": "A file", "filename": filename})
	f := Form{{Name: "metadata", Body: string(metadata)}, {Name: "content", Media: media, Body: string(content)}}
	id, _ := srv.Must(201, Call{Method: "POST", Path: Base, As: "writer", Form: &f})["id"].(string)
	srv.Vars["id"] = id
	return id
}

// Count returns the number of assets of the workspace w1, at most a page.
func (srv *Server) Count() int {
	srv.TB.Helper()
	items, _ := srv.Must(200, Call{Method: "GET", Path: Base, As: "ann"})["items"].([]any)
	return len(items)
}

// PreviewPath returns the path of a signed preview link of the asset {id}.
func (srv *Server) PreviewPath(query string) string {
	srv.TB.Helper()
	url, _ := srv.Must(200, Call{Method: "GET", Path: Base + "/{id}/preview-url" + query, As: "reader"})["url"].(string)
	return strings.TrimPrefix(url, "https://assets.example")
}

// Actors maps bearer tokens to actors. It implements httpx.Ring.
type Actors map[string]assets.Actor

// Authenticate returns the actor of a token. The token "down" fails with
// assets.ErrUnavailable, the token "bomb" panics.
func (k Actors) Authenticate(_ context.Context, bearer string) (assets.Actor, error) {
	switch bearer {
	case "down":
		return assets.Actor{}, fmt.Errorf("dial db.internal: %w", assets.ErrUnavailable)
	case "bomb":
		panic("secret\nbomb")
	}
	a, ok := k[bearer]
	if !ok {
		return assets.Actor{}, fmt.Errorf("key %q: %w", bearer, assets.ErrUnauthorized)
	}
	return a, nil
}

// KnownActors returns the actors of a Server.
func KnownActors() Actors {
	actor := func(ws, who string, kind assets.Kind, scopes ...assets.Scope) assets.Actor {
		return assets.Actor{Workspace: ws, Subject: who, Kind: kind, Scopes: scopes}
	}
	return Actors{
		"ann":    actor("w1", "ann", assets.KindUser, assets.ScopeAll),
		"reader": actor("w1", "rita", assets.KindUser, assets.ScopeRead),
		"writer": actor("w1", "will", assets.KindService, assets.ScopeRead, assets.ScopeWrite),
		"agent":  actor("w1", "copy-bot", assets.KindAgent, assets.ScopeAll),
		"other":  actor("w2", "ann", assets.KindUser, assets.ScopeAll),
		"nobody": actor("", "ann", assets.KindUser, assets.ScopeAll),
	}
}
