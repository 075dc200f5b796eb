package mcpx

import (
	"context"
	"errors"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
)

// maxSubscriptions is the maximum of subscriptions that a workspace has at a server at the
// same time: one for each asset and session.
const maxSubscriptions = 100

// Subscriptions tell the sessions of a server when an asset that they are subscribed to,
// asset://{asset_id}, has changed. Its methods are the handlers of
// [mcp.ServerOptions]; Options.Subscriptions makes Register use it. A server whose
// sessions do not last, such as that of [Handler], has no use for them.
//
// Options.Actor is called again each minute with what the call that subscribed was made
// with. A subscription ends when that does not return an actor of the same workspace who
// may read. While there are subscriptions, one goroutine reads the events for all of them
// and one checks the callers, and one of each session waits for its end.
type Subscriptions struct {
	service *service

	mu         sync.Mutex
	server     *mcp.Server
	sessions   map[*mcp.ServerSession]map[string]*subscription // by URI
	workspaces map[string]int                                  // subscriptions of each
	stop       context.CancelFunc                              // ends the goroutines; nil: there are none
}

// subscription is that of one session to one asset.
type subscription struct {
	asset     assets.ID
	workspace string
	caller    func(context.Context) (assets.Actor, error) // asks again for who has subscribed
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
	return &Subscriptions{
		service:  &service{lib: lib, Options: opts},
		sessions: map[*mcp.ServerSession]map[string]*subscription{}, workspaces: map[string]int{},
	}
}

// bind makes the server the one whose sessions are told.
func (s *Subscriptions) bind(server *mcp.Server) {
	s.mu.Lock()
	s.server = server
	s.mu.Unlock()
	server.AddSendingMiddleware(s.onlySubscribers)
}

// onlySubscribers sends no notification to a session whose subscription has ended here. The
// SDK ends one only when the client or the session does.
func (s *Subscriptions) onlySubscribers(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		params, ok := req.GetParams().(*mcp.ResourceUpdatedNotificationParams)
		if name, err := parseURI(uriOf(params)); !ok || err != nil || name.kind != templateAsset {
			return next(ctx, method, req)
		}
		session, ok := req.GetSession().(*mcp.ServerSession)
		if ok && s.subscribed(session, params.URI) {
			return next(ctx, method, req)
		}
		return nil, nil //nolint:nilnil // a notification has no result
	}
}

func uriOf(p *mcp.ResourceUpdatedNotificationParams) string {
	if p == nil {
		return ""
	}
	return p.URI
}

func (s *Subscriptions) subscribed(session *mcp.ServerSession, uri string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[session][uri] != nil
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
	name, err := parseURI(req.Params.URI)
	if err != nil {
		return err
	}
	if name.kind != templateAsset {
		return assets.Invalid(assets.TypeNotAllowed, "only assets can be subscribed to: "+templateAsset, "uri")
	}
	if _, err := s.service.lib.Get(ctx, by, name.id, assets.SelectCurrent); err != nil {
		return err
	}
	events, err := s.service.lib.WatchEvents(ctx)
	if err != nil {
		return err
	}
	extra, values := req.Extra, context.WithoutCancel(ctx)
	sub := &subscription{asset: name.id, workspace: by.Workspace, caller: func(ctx context.Context) (assets.Actor, error) {
		asking, cancel := context.WithCancel(values)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		return s.service.caller(asking, extra)
	}}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(req.Session, req.Params.URI, sub, events)
}

// add adds a subscription. It takes over events if it is the first one, and else closes
// them.
func (s *Subscriptions) add(session *mcp.ServerSession, uri string, sub *subscription, events *assets.EventWatch) error {
	s.end(session, uri) // it may be that of another caller
	if s.workspaces[sub.workspace] >= maxSubscriptions {
		events.Close()
		return assets.Errorf(assets.ErrLimitReached, "the workspace has %d subscriptions at this server; unsubscribe from an asset first", maxSubscriptions)
	}
	s.workspaces[sub.workspace]++
	if s.sessions[session] == nil {
		s.sessions[session] = map[string]*subscription{}
		go func() { // the SDK does not tell of sessions that end
			_ = session.Wait()
			s.endSession(session)
		}()
	}
	s.sessions[session][uri] = sub
	if s.stop != nil {
		events.Close()
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.watch(ctx, events)
	go s.check(ctx)
	return nil
}

// Unsubscribe is for the UnsubscribeHandler of mcp.ServerOptions.
func (s *Subscriptions) Unsubscribe(_ context.Context, req *mcp.UnsubscribeRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(req.Session, req.Params.URI)
	s.rest()
	return nil
}

// end ends a subscription, if there is one. s.mu is locked.
func (s *Subscriptions) end(session *mcp.ServerSession, uri string) {
	sub := s.sessions[session][uri]
	if sub == nil {
		return
	}
	delete(s.sessions[session], uri)
	if s.workspaces[sub.workspace]--; s.workspaces[sub.workspace] == 0 {
		delete(s.workspaces, sub.workspace)
	}
}

// endSession ends all subscriptions of a session that has ended.
func (s *Subscriptions) endSession(session *mcp.ServerSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for uri := range s.sessions[session] {
		s.end(session, uri)
	}
	delete(s.sessions, session)
	s.rest()
}

// rest ends the goroutines if there is no subscription. s.mu is locked.
func (s *Subscriptions) rest() {
	if len(s.workspaces) == 0 && s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// readable reports whether a subscription may go on after its caller was asked for again. It
// goes on while that is not known.
func (sub *subscription) readable(ctx context.Context) bool {
	by, err := sub.caller(ctx)
	if err != nil {
		return errors.Is(err, assets.ErrUnavailable) || ctx.Err() != nil
	}
	return by.Workspace == sub.workspace && by.Can(assets.ScopeRead)
}
