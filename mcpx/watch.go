package mcpx

import (
	"context"
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
)

const (
	watchRetry    = time.Second      // after a failure of the journal
	callerCheck   = time.Minute      // after which callers are asked for again
	callerTimeout = 10 * time.Second // for each of them
)

// watch tells the subscribers of changes until ctx has ended.
func (s *Subscriptions) watch(ctx context.Context, events *assets.EventWatch) {
	defer func() { events.Close() }()
	for ctx.Err() == nil {
		changes, err := events.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, assets.ErrEventsPruned):
			again, err := s.service.lib.WatchEvents(ctx)
			if err != nil {
				s.failed(ctx, err)
				continue
			}
			events.Close()
			events = again
			s.tell(ctx, nil) // any of them may have changed
		case err != nil:
			s.failed(ctx, err)
		case len(changes) > 0:
			s.tell(ctx, changes)
		}
	}
}

// failed logs an error of the journal and waits.
func (s *Subscriptions) failed(ctx context.Context, err error) {
	s.service.Logger.ErrorContext(ctx, "assets: subscriptions cannot read the journal", "error", err.Error())
	sleep(ctx, watchRetry)
}

// tell tells the subscribers of each asset that is among changes, or of all assets if
// changes is nil.
func (s *Subscriptions) tell(ctx context.Context, changes []assets.Event) {
	type asset struct {
		workspace string
		id        assets.ID
	}
	changed := map[asset]bool{}
	for i := range changes {
		changed[asset{changes[i].Workspace, changes[i].Data.AssetID}] = true
	}
	uris := map[string]bool{}
	s.mu.Lock()
	server := s.server
	for _, subscriptions := range s.sessions {
		for uri, sub := range subscriptions {
			if changes == nil || changed[asset{sub.workspace, sub.asset}] {
				uris[uri] = true
			}
		}
	}
	s.mu.Unlock()
	if server == nil {
		return
	}
	for uri := range uris {
		if err := server.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: uri}); err != nil {
			s.service.Logger.WarnContext(ctx, "assets: subscribers cannot be told of a change", "error", err.Error())
		}
	}
}

// check asks each minute for the callers again, and ends the subscriptions of those who may
// not read any more.
func (s *Subscriptions) check(ctx context.Context) {
	type key struct {
		session *mcp.ServerSession
		uri     string
	}
	for sleep(ctx, callerCheck) {
		all := map[key]*subscription{}
		s.mu.Lock()
		for session, subscriptions := range s.sessions {
			for uri, sub := range subscriptions {
				all[key{session, uri}] = sub
			}
		}
		s.mu.Unlock()
		for k, sub := range all {
			asking, cancel := context.WithTimeout(ctx, callerTimeout)
			readable := sub.readable(asking)
			cancel()
			if readable || ctx.Err() != nil {
				continue
			}
			s.mu.Lock()
			if s.sessions[k.session][k.uri] == sub { // it was not replaced meanwhile
				s.end(k.session, k.uri)
				s.rest()
			}
			s.mu.Unlock()
		}
	}
}

// sleep waits for d. It reports whether ctx has not ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
