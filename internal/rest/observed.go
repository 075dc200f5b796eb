package rest

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/requestlog"
	"github.com/10ex/assets/internal/wire"
)

// Observed is a request that has an id, and that an observer may be told of.
type Observed struct {
	*requestlog.Request
	done func(assets.Outcome) // nil: nobody observes
}

// traceHeader has the trace context of a request (W3C Trace Context).
const (
	traceHeader    = "Traceparent"
	maxTraceHeader = 128
)

// Begin gives a request its id, which the response has too, and tells the observer of it,
// unless that is nil. The id is that which a middleware of the host has given the response,
// or else the client the request. A request that another handler of this project passes on
// has both already. The request that is returned is the one to serve.
func Begin(w http.ResponseWriter, r *http.Request, observe assets.Observer, name string, door assets.Door) (*http.Request, Observed) {
	if known := requestlog.In(r.Context()); known != nil {
		return r, Observed{Request: known}
	}
	o := Observed{Request: requestlog.New(cmp.Or(w.Header().Get(requestlog.Header), r.Header.Get(requestlog.Header)))}
	w.Header().Set(requestlog.Header, o.ID())
	ctx := requestlog.With(r.Context(), o.Request)
	if observe != nil {
		op := assets.Op{Name: name, Kind: assets.OpHTTP, Door: door}
		if cause := r.Header.Values(traceHeader); len(cause) == 1 && len(cause[0]) <= maxTraceHeader {
			op.Cause = cause[0]
		}
		ctx, o.done = observe(ctx, op)
	}
	return r.WithContext(ctx), o
}

// End tells what came of the request: the status of the response, the bytes of its body,
// and the error that it is about.
func (o *Observed) End(status int, bytes int64, err error) {
	if o.done == nil {
		return
	}
	workspace, asset := o.Subject()
	out := assets.Outcome{Err: err, Status: status, Bytes: bytes, Workspace: workspace, AssetID: assets.ID(asset)}
	switch {
	case errors.Is(err, context.Canceled):
		out.Code = assets.CodeCanceled
	case err != nil:
		out.Code = wire.Code(err)
	}
	o.done(out)
}
