package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/webhook"
)

// fixture is a library in memory with webhooks, and a clock that only the test moves.
type fixture struct {
	*testing.T
	cfg   assets.Config
	lib   *assets.Library
	hooks *webhook.Hooks
	log   *logged
	user  assets.Actor

	mu  sync.Mutex
	now time.Time
	end int64 // position up to which events were queued

	forced []forced
}

// forced is a webhook with a URL that is refused.
type forced struct {
	by  assets.Actor
	id  assets.ID
	url string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, log: &logged{}, user: assetstest.User("w", "ann"), now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)}
	f.cfg = assetstest.Config()
	f.cfg.Now = f.time
	f.cfg.Logger = slog.New(slog.NewTextHandler(f.log, nil))
	f.lib, f.hooks = f.open(f.cfg.SigningKeys...)
	return f
}

// open returns a library on the same rows with these signing keys.
func (f *fixture) open(keys ...[]byte) (*assets.Library, *webhook.Hooks) {
	f.Helper()
	cfg := f.cfg
	cfg.SigningKeys = keys
	lib, err := assets.New(cfg)
	f.ok(err)
	hooks, err := webhook.New(webhook.Config{Library: lib, Allow: loopback()})
	f.ok(err)
	return lib, hooks
}

func loopback() []webhook.Network {
	return []webhook.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("unexpected error: %v", err)
	}
}

func (f *fixture) time() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// advance moves the clock.
func (f *fixture) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// create makes a webhook.
func (f *fixture) create(in webhook.NewWebhook) webhook.Webhook {
	f.Helper()
	w, err := f.hooks.Create(f.Context(), f.user, in)
	f.ok(err)
	return w
}

// approved makes an approved asset of a workspace.
func (f *fixture) approved(workspace string) *assets.Asset {
	f.Helper()
	return assetstest.Approved(f, f.lib, workspace, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Headline", CampaignID: "spring", NewVersion: assets.NewVersion{Text: "Spring <is> here."},
	})
}

// edit changes the title of an asset.
func (f *fixture) edit(id assets.ID, title string) {
	f.Helper()
	_, err := f.lib.Edit(f.Context(), f.user, id, assets.Edit{Title: &title})
	f.ok(err)
}

// events returns the events that were not queued yet.
func (f *fixture) events() []assets.Event {
	f.Helper()
	journal, _ := assets.StoreAs[assets.Journal](f.lib.Store())
	events, err := journal.Events(f.Context(), f.end, 1000)
	f.ok(err)
	if len(events) > 0 {
		f.end = events[len(events)-1].Position
	}
	return events
}

// deliver queues new events and attempts what is due. It returns the number of attempts.
func (f *fixture) deliver() int {
	f.Helper()
	f.ok(f.hooks.FanOut(f.Context(), f.events()))
	n, err := f.hooks.DeliverDue(f.Context())
	f.ok(err)
	return n
}

// deliveries returns the log of a webhook, newest first.
func (f *fixture) deliveries(id assets.ID) []webhook.Delivery {
	f.Helper()
	page, err := f.hooks.Deliveries(f.Context(), f.user, id, webhook.DeliveryQuery{PageQuery: webhook.PageQuery{Limit: 200}})
	f.ok(err)
	return page.Items
}

func (f *fixture) get(id assets.ID) webhook.Webhook {
	f.Helper()
	w, err := f.hooks.Get(f.Context(), f.user, id)
	f.ok(err)
	return w
}

// request is one that a receiver got.
type request struct {
	header http.Header
	body   []byte
}

// event is the body of a request.
type event struct {
	ID        assets.ID `json:"id"`
	Type      string    `json:"type"`
	Workspace string    `json:"company_id"`
	Data      struct {
		AssetID  assets.ID `json:"asset_id"`
		Revision int64     `json:"revision"`
	} `json:"data"`
}

func (r *request) event(t *testing.T) (e event) {
	t.Helper()
	if err := json.Unmarshal(r.body, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// receiver is an endpoint that keeps what it gets.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
	answer   func(http.ResponseWriter, *http.Request)
}

// newReceiver returns an endpoint that responds by the function, and with 204 without one.
func newReceiver(t *testing.T, answer func(http.ResponseWriter, *http.Request)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	r.requests = append(r.requests, request{req.Header.Clone(), body})
	answer := r.answer
	r.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, req)
}

// answers replaces how the receiver responds.
func (r *receiver) answers(answer func(http.ResponseWriter, *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// got returns what the receiver got so far.
func (r *receiver) got() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.requests...)
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// cut ends the connection without a response.
func cut(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// during runs Hooks until the function returns.
func during(t *testing.T, hooks []*webhook.Hooks, fn func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, h := range hooks {
		wg.Go(func() {
			if err := h.Run(ctx); err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	fn()
	cancel()
	wg.Wait()
}
