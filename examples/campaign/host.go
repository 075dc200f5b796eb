package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
	"github.com/10ex/assets/webhook"
)

// host is the program: the library, its routes, and three modules.
type host struct {
	url       string
	store     *store.Store
	lib       *assets.Library
	hooks     *webhook.Hooks
	actors    map[string]assets.Actor // by token
	marketing marketing
	webinars  *webinars
	landing   *landing
	close     func() error
}

// openHost opens the data and makes the tables and the webhook that the modules need.
func openHost(ctx context.Context, cfg config, address netip.AddrPort, log *slog.Logger) (_ *host, err error) {
	h := &host{url: "http://" + address.String(), actors: newActors()}
	if err := h.openData(ctx, cfg, log); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	// Webhooks go to public addresses only, except to this program.
	itself := webhook.Network{Prefix: netip.PrefixFrom(address.Addr(), address.Addr().BitLen()), Port: address.Port()}
	h.hooks, err = webhook.New(webhook.Config{Library: h.lib, Allow: []webhook.Network{itself}})
	if err != nil {
		return nil, err
	}
	if h.marketing, err = newMarketing(ctx, h.store); err != nil {
		return nil, err
	}
	if h.webinars, err = newWebinars(ctx, h.store, h.hooks, h.actors[h.token("editor")], h.url+"/webinars/hook"); err != nil {
		return nil, err
	}
	h.landing = newLanding(h.url+h.lib.BasePath(), h.token("landing"), log)
	return h, nil
}

// openData opens the database, the content and the library.
func (h *host) openData(ctx context.Context, cfg config, log *slog.Logger) (err error) {
	if err := os.MkdirAll(cfg.data, 0o700); err != nil {
		return err
	}
	key, err := signingKey(filepath.Join(cfg.data, "signing.key"))
	if err != nil {
		return err
	}
	blobs, err := blob.OpenDir(filepath.Join(cfg.data, "blobs"))
	if err != nil {
		return err
	}
	st, closeStore, err := openStore(ctx, cfg, log)
	if err != nil {
		return errors.Join(err, blobs.Close())
	}
	h.store, h.close = st, func() error { return errors.Join(blobs.Close(), closeStore()) }
	h.lib, err = assets.New(assets.Config{
		Store: st, Blobs: blobs, Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SigningKeys: [][]byte{key}, // encrypt the secrets of webhooks and the cursors of streams
		PublicURL:   h.url, Logger: log,
	})
	if err != nil {
		err = errors.Join(err, h.close())
	}
	return err
}

// openStore opens the database. The modules need only what both kinds share.
func openStore(ctx context.Context, cfg config, log *slog.Logger) (*store.Store, func() error, error) {
	if cfg.db == "" {
		st, err := sqlite.Open(ctx, filepath.Join(cfg.data, "host.db"), store.Options{Logger: log})
		if err != nil {
			return nil, nil, err
		}
		return st.Store, st.Close, nil
	}
	if err := postgres.Migrate(ctx, cfg.db); err != nil {
		return nil, nil, err
	}
	st, err := postgres.Open(ctx, cfg.db, store.Options{Logger: log})
	if err != nil {
		return nil, nil, err
	}
	return st.Store, st.Close, nil
}

// signingKey returns the key in a file, which it makes at the first start.
func signingKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = []byte(rand.Text() + rand.Text())
		err = os.WriteFile(path, key, 0o600)
	}
	return key, err
}

// newActors returns who may call the routes, by random tokens. Package apikey has keys
// that are stored.
func newActors() map[string]assets.Actor {
	all := map[string]assets.Actor{}
	for subject, a := range map[string]assets.Actor{
		"agent":   {Kind: assets.KindAgent, Scopes: []assets.Scope{assets.ScopeAll}},
		"editor":  {Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}},
		"landing": {Kind: assets.KindService, Scopes: []assets.Scope{assets.ScopeRead}},
	} {
		a.Workspace, a.Subject = "acme", subject
		all[rand.Text()] = a
	}
	return all
}

// token returns the token of a subject.
func (h *host) token(subject string) string {
	for token, a := range h.actors {
		if a.Subject == subject {
			return token
		}
	}
	return ""
}

// Authenticate implements httpx.Ring.
func (h *host) Authenticate(_ context.Context, token string) (assets.Actor, error) {
	if a, ok := h.actors[token]; ok {
		return a, nil
	}
	return assets.Actor{}, assets.ErrUnauthorized
}

// handler serves the assets beside the pages of the modules.
func (h *host) handler() http.Handler {
	mux := http.NewServeMux()
	httpx.Mount(mux, h.lib, httpx.Options{Authenticate: httpx.Bearer(h), Webhooks: h.hooks})
	mux.HandleFunc("GET /marketing", h.marketing.list)
	mux.HandleFunc("POST /webinars/hook", h.webinars.receive)
	mux.HandleFunc("GET /webinars", h.webinars.list)
	mux.HandleFunc("GET /{$}", h.landing.page)
	mux.HandleFunc("GET /hero", h.landing.image)
	return mux
}
