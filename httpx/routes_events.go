package httpx

import (
	"cmp"
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type eventsInput struct {
	After          string             `query:"after"`
	Limit          int                `query:"limit" min:"1"`
	Types          []assets.EventType `query:"type"`
	AssetIDs       []assets.ID        `query:"asset_id"`
	CampaignID     string             `query:"campaign_id"`
	InForceChanged boolean            `query:"in_force_changed"`
}

func (in *eventsInput) query() assets.EventQuery {
	return assets.EventQuery{
		After: in.After, Limit: in.Limit, Types: in.Types, AssetIDs: in.AssetIDs,
		CampaignID: in.CampaignID, InForceChanged: bool(in.InForceChanged),
	}
}

func (in *eventsInput) Validate() error {
	q := in.query()
	return q.Validate()
}

func (a *api) events() rest.Route {
	op := readOperation("list_events", "/events")
	op.Group, op.Summary = groupEvents, "List what has happened, oldest first"
	op.Description = "Each committed change of an asset is one event. Following `next_after` misses nothing and repeats nothing, whatever else is being written. A page looks at a limited part of the journal, so it may be empty before the end; at the end `next_after` is the `after` that was sent. A publisher acts where `in_force.before` and `in_force.after` differ."
	op.Errors = []error{assets.ErrInvalidCursor, assets.ErrEventsPruned}
	op.Response = assets.EventPage{Items: []assets.Event{exampleEvent()}, NextAfter: exampleEventCursor}
	return rest.Typed(op,
		func(ctx context.Context, by assets.Actor, in *eventsInput) (rest.Reply[assets.EventPage], error) {
			page, err := a.lib.Events(ctx, by, in.query())
			return rest.Reply[assets.EventPage]{Body: page}, err
		})
}

type eventStreamInput struct {
	eventsInput
	// ogen warns about a header that is not spelled as Go does, and HTTP ignores the case.
	LastEventID string `header:"Last-Event-Id"`
}

// Complete implements the interface of inputs: the place that an EventSource has reached
// wins over the one of its address.
func (in *eventStreamInput) Complete() { in.After = cmp.Or(in.LastEventID, in.After) }

func (a *api) eventStream() rest.Route {
	op := readOperation("stream_events", "/events/stream")
	op.Group, op.Summary = groupEvents, "Stream events as they happen"
	op.Description = "Server-sent events, as an `EventSource` reads them: the `id` of each is the `after` behind it, its data is the event as JSON. The stream ends after 15 minutes, and when the server or the credential does; a client goes on with the header `Last-Event-ID`, which takes precedence over `after`. Start with the `next_after` of a page, so that nothing is missed if the connection breaks before the first event. `limit` is ignored. A comment comes every 15 seconds."
	op.Errors = []error{assets.ErrInvalidCursor, assets.ErrEventsPruned}
	op.Stream = true
	return rest.Raw(op, func(w http.ResponseWriter, r *http.Request, by assets.Actor, in *eventStreamInput) error {
		events, err := a.lib.StreamEvents(r.Context(), by, in.query())
		if err != nil {
			return err
		}
		defer events.Close()
		if r.Method == http.MethodHead {
			w.Header().Set("Content-Type", eventStreamType)
			return nil
		}
		out, err := rest.StartStream(w, eventStreamType, streamWriteTime)
		if err != nil {
			return err
		}
		s := &stream{api: a, request: r, by: by, events: events, out: out}
		s.run()
		return nil
	})
}
