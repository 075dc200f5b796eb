package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/10ex/assets"
)

const (
	landingCampaign = "spring"
	maxHero         = 10 << 20 // bytes
)

// landing shows the newest approved image of a campaign. It knows only the REST routes,
// so it could run anywhere. An event tells it that something has changed; it then reads
// what is approved, which is right also if the event came twice.
type landing struct {
	api, token string
	log        *slog.Logger
	cursor     string // behind the last event that was handled; empty: none yet

	mu   sync.Mutex
	hero hero
}

// hero is an approved image, or zero.
type hero struct {
	id        assets.ID
	version   assets.Number
	mediaType string
	bytes     []byte
}

func newLanding(api, token string, log *slog.Logger) *landing {
	return &landing{api: api, token: token, log: log}
}

// run follows the stream until ctx ends. It begins again a second after a stream has
// ended.
func (l *landing) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := l.follow(ctx); err != nil && ctx.Err() == nil {
			l.log.Warn("landing: the stream was interrupted", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// errPruned is the status of a cursor that is no longer in the journal.
var errPruned = errors.New("events were pruned")

// follow reads one stream to its end.
func (l *landing) follow(ctx context.Context) error {
	if l.cursor == "" { // a place first, then the state, so that nothing falls between
		var now assets.EventPage
		if err := l.read(ctx, "/events?after=now", &now); err != nil {
			return err
		}
		if err := l.refresh(ctx); err != nil {
			return err
		}
		l.cursor = now.NextAfter
	}
	resp, err := l.get(ctx, "/events/stream?campaign_id="+url.QueryEscape(landingCampaign), "Last-Event-ID", l.cursor)
	if errors.Is(err, errPruned) {
		l.cursor = "" // begin with the state again
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return l.handle(ctx, resp.Body)
}

// handle reads server-sent events: lines "id: " and "data: ", and an empty one.
func (l *landing) handle(ctx context.Context, stream io.Reader) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	var id, data string
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			id = value
		case "data":
			data = value
		case "":
			if value != "" { // a comment, which keeps the connection open
				continue
			}
			if err := l.event(ctx, data); err != nil {
				return err
			}
			if id != "" {
				l.cursor = id // only now: until it is handled, the event comes again
			}
			id, data = "", ""
		}
	}
	return lines.Err()
}

// event handles the data of one event.
func (l *landing) event(ctx context.Context, data string) error {
	if data == "" { // only the cursor has moved
		return nil
	}
	var e assets.Event
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		return err
	}
	if e.InForceChanged() || e.Type == assets.EventEdited { // an edit may have moved an asset to another campaign
		return l.refresh(ctx)
	}
	return nil
}

// refresh swaps the hero for the one that is approved now.
func (l *landing) refresh(ctx context.Context) error {
	var list struct {
		Items []struct {
			ID      assets.ID     `json:"id"`
			Version assets.Number `json:"version"`
		} `json:"items"`
	}
	if err := l.read(ctx, "?type=image&status=approved&limit=1&campaign_id="+url.QueryEscape(landingCampaign), &list); err != nil {
		return err
	}
	var next hero
	if len(list.Items) > 0 {
		next.id, next.version = list.Items[0].ID, list.Items[0].Version
		resp, err := l.get(ctx, fmt.Sprintf("/%s/versions/%d/content", next.id, next.version))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		next.mediaType = resp.Header.Get("Content-Type")
		if next.bytes, err = io.ReadAll(io.LimitReader(resp.Body, maxHero)); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hero = next
	return nil
}

// read decodes a response.
func (l *landing) read(ctx context.Context, path string, into any) error {
	resp, err := l.get(ctx, path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

// get sends a request with headers, which are pairs of name and value. The response has
// status 200.
func (l *landing) get(ctx context.Context, path string, header ...string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.api+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+l.token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	err = fmt.Errorf("GET %s: %s", path, resp.Status)
	if resp.StatusCode == http.StatusGone {
		err = errPruned
	}
	return nil, errors.Join(err, resp.Body.Close())
}

// page is the landing page. Its image has an address of its own for each version.
func (l *landing) page(w http.ResponseWriter, _ *http.Request) {
	h := l.shown()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if h.version == 0 {
		_, _ = io.WriteString(w, "<!doctype html><title>Spring</title><p>Come back soon.</p>\n")
		return
	}
	fmt.Fprintf(w, "<!doctype html><title>Spring</title><img src=\"/hero?asset=%s&amp;version=%d\" alt=\"\">\n", h.id, h.version)
}

func (l *landing) image(w http.ResponseWriter, r *http.Request) {
	h := l.shown()
	if h.version == 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", h.mediaType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store") // it may be withdrawn
	_, _ = w.Write(h.bytes)
}

func (l *landing) shown() hero {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hero
}
