package mcpx

import (
	"context"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
)

const (
	// maxSubscriptions is the maximum of assets that the sessions of a server are
	// subscribed to at the same time.
	maxSubscriptions = 100
	// subscriptionRetry is the wait after a failure of the journal.
	subscriptionRetry = time.Second
)

// Subscriptions tell the sessions of a server when an asset that they are subscribed to,
// asset://{asset_id}, has changed. Its methods are the handlers of
// [mcp.ServerOptions]; Options.Subscriptions makes Register use it. A server whose
// sessions do not last, such as that of [Handler], has no use for them.
type Subscriptions struct {
	service *service

	mu     sync.Mutex
	server *mcp.Server
	assets map[string]*subscription // by URI
}

// subscription is one asset with its subscribers.
type subscription struct {
	sessions map[*mcp.ServerSession]bool
	stop     context.CancelFunc
}

// NewSubscriptions returns subscriptions to the assets of a Library. It panics if opts has
// no Actor.
func NewSubscriptions(lib *assets.Library, opts Options) *Subscriptions {
	if opts.Actor == nil {
		panic("mcpx: Options.Actor is required")
	}
	if opts.Logger == nil {
		opts.Logger = lib.Logger()
	}
	return &Subscriptions{service: &service{lib: lib, Options: opts}, assets: map[string]*subscription{}}
}

// bind makes the server the one whose sessions are told.
func (s *Subscriptions) bind(server *mcp.Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server = server
}

// Subscribe is for the SubscribeHandler of mcp.ServerOptions. The caller must be able to
// read the asset.
func (s *Subscriptions) Subscribe(ctx context.Context, req *mcp.SubscribeRequest) error {
	err := s.subscribe(ctx, req)
	if err != nil {
		return s.service.protocolError(ctx, err)
	}
	return nil
}

func (s *Subscriptions) subscribe(ctx context.Context, req *mcp.SubscribeRequest) error {
	by, err := s.service.caller(ctx, req.Extra)
	if err != nil {
		return err
	}
	uri := req.Params.URI
	name, err := parseURI(uri)
	if err != nil {
		return err
	}
	if name.kind != templateAsset {
		return assets.Invalid(assets.TypeNotAllowed, "only assets can be subscribed to: "+templateAsset, "uri")
	}
	if _, err := s.service.lib.Get(ctx, by, name.id, assets.SelectCurrent); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.assets[uri]
	if sub == nil {
		if len(s.assets) >= maxSubscriptions {
			return assets.Errorf(assets.ErrLimitReached, "the server has %d subscriptions; unsubscribe from an asset first", maxSubscriptions)
		}
		events, err := s.service.lib.StreamEvents(ctx, by, assets.EventQuery{After: assets.AfterNow, AssetIDs: []assets.ID{name.id}})
		if err != nil {
			return err
		}
		watching, stop := context.WithCancel(context.Background())
		sub = &subscription{sessions: map[*mcp.ServerSession]bool{}, stop: stop}
		s.assets[uri] = sub
		go s.watch(watching, s.server, uri, events)
	}
	if session := req.Session; !sub.sessions[session] {
		sub.sessions[session] = true
		go func() { // the SDK does not tell of sessions that end
			_ = session.Wait()
			s.remove(uri, session)
		}()
	}
	return nil
}

// Unsubscribe is for the UnsubscribeHandler of mcp.ServerOptions.
func (s *Subscriptions) Unsubscribe(_ context.Context, req *mcp.UnsubscribeRequest) error {
	s.remove(req.Params.URI, req.Session)
	return nil
}

// remove removes a subscriber, and the subscription with the last one.
func (s *Subscriptions) remove(uri string, session *mcp.ServerSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.assets[uri]
	if sub == nil {
		return
	}
	delete(sub.sessions, session)
	if len(sub.sessions) == 0 {
		sub.stop()
		delete(s.assets, uri)
	}
}

// watch tells the subscribers of each change until ctx has ended.
func (s *Subscriptions) watch(ctx context.Context, server *mcp.Server, uri string, events *assets.EventStream) {
	defer events.Close()
	for ctx.Err() == nil {
		changes, err := events.Next(ctx)
		if err != nil && ctx.Err() == nil {
			s.service.Logger.ErrorContext(ctx, "assets: a subscription cannot read the journal", "error", err.Error())
			select {
			case <-time.After(subscriptionRetry):
			case <-ctx.Done():
			}
		}
		if len(changes) > 0 && server != nil {
			if err := server.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: uri}); err != nil {
				s.service.Logger.WarnContext(ctx, "assets: subscribers cannot be told of a change", "error", err.Error())
			}
		}
	}
}
