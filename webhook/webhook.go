// Package webhook tells endpoints of a workspace about events, such as that an asset
// was approved or withdrawn.
//
// The one rule to know: a delivery comes at least once, and those about one asset come
// in their order. A receiver must take an event that it has seen before for done, by the
// event's id, which is the header webhook-id of every attempt.
//
// A host makes one [Hooks] of its Library, passes it to package httpx, and calls
// [Hooks.Run] in any number of processes, which share the work. Webhooks need
// Config.SigningKeys of the Library: their secrets are kept encrypted.
package webhook

import (
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// MaxWebhooks is the number of webhooks that a workspace may have.
const MaxWebhooks = 20

// ErrNoStore is returned by New if the Library's store keeps no webhooks.
var ErrNoStore = errors.New("webhook: the Library's store keeps no webhooks")

// Config configures [Hooks]. Library is required. Its store must implement
// [record.Store] and assets.Journal, as the stores of this module do.
type Config struct {
	Library *assets.Library

	// Allow has the networks that may be called besides public addresses at port 443.
	// Plain http is allowed there too. By default there are none.
	Allow []Network

	RootCAs  *x509.CertPool // that certificates of receivers must lead to; default: the system's
	Resolver *net.Resolver  // of the names of receivers; default net.DefaultResolver
}

// Hooks manages webhooks and delivers events. It is safe for concurrent use. It has no
// goroutines but those of Run.
type Hooks struct {
	lib     *assets.Library
	store   record.Store
	journal assets.Journal
	log     *slog.Logger
	guard   guard
	client  *http.Client
	timeout time.Duration // of an attempt
	lease   time.Duration // of a delivery

	queued  chan struct{} // has an element when deliveries may have become due
	replays chan struct{} // has an element when a replay may have begun
}

// New returns Hooks. It returns [ErrNoStore] if the Library's store keeps no webhooks,
// nor wraps one that does (see [assets.StoreAs]), and an error that wraps
// assets.ErrNotConfigured if the Library has no signing keys.
func New(cfg Config) (*Hooks, error) {
	if cfg.Library == nil {
		return nil, errors.New("webhook: Config.Library is required")
	}
	store, ok := assets.StoreAs[record.Store](cfg.Library.Store())
	if !ok {
		return nil, ErrNoStore
	}
	journal, ok := assets.StoreAs[assets.Journal](cfg.Library.Store())
	if !ok {
		return nil, ErrNoStore
	}
	if !cfg.Library.HasSigningKeys() {
		return nil, assets.Errorf(assets.ErrNotConfigured, "webhooks need signing keys, with which their secrets are encrypted")
	}
	h := &Hooks{
		lib: cfg.Library, store: store, journal: journal, log: cfg.Library.Logger(),
		guard: newGuard(cfg.Allow), timeout: attemptTimeout, lease: leaseTime,
		queued: make(chan struct{}, 1), replays: make(chan struct{}, 1),
	}
	h.client = newClient(h.guard, cfg.Resolver, cfg.RootCAs)
	return h, nil
}

// authorize returns ErrForbiddenKind or ErrForbiddenScope unless the actor may manage
// webhooks, with all of the scopes.
func authorize(by assets.Actor, scopes ...assets.Scope) error {
	if err := by.Check(); err != nil {
		return err
	}
	if by.Kind != assets.KindUser && by.Kind != assets.KindService {
		return assets.ForbiddenKind(by.Kind, "manage webhooks", assets.KindUser, assets.KindService)
	}
	for _, s := range scopes {
		if !by.Can(s) {
			return assets.ForbiddenScope(s)
		}
	}
	return nil
}

func mayRead(by assets.Actor) error { return authorize(by, assets.ScopeRead) }

// mayChange requires the scope read too: a webhook lets its endpoint read.
func mayChange(by assets.Actor) error { return authorize(by, assets.ScopeRead, assets.ScopeWrite) }

// signal adds an element to a channel that has room for one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // there is one
	}
}
