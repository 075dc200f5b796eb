package assets

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/10ex/assets/internal/requestlog"
)

// OpKind is what an [Op] is.
type OpKind string

// The kinds of operation.
const (
	OpMethod OpKind = "method" // a method of Library that takes a context
	OpHTTP   OpKind = "http"   // a request
	OpTool   OpKind = "tool"   // a tool call
	OpJob    OpKind = "job"    // a turn of work in the background
)

// Door is where an operation came in: a [Via], or DoorBackground.
type Door string

// DoorBackground is the door of what nobody has called.
const DoorBackground Door = "background"

// Op is an operation that Config.Observe is told of.
type Op struct {
	Name string // such as List, list_assets or deliver_webhook: one of a few hundred texts
	Kind OpKind
	Door Door
	// Cause is the trace context (traceparent of W3C Trace Context) of what has caused the
	// operation, or empty: of a request, its header, which is not checked; of a delivery,
	// that of the change. See [WithTrace].
	Cause string
}

// Outcome is what came of an operation. An HTTP operation or tool call has what the methods
// within it have measured, too.
type Outcome struct {
	Code   string // as of [Code]; "" for success
	Err    error
	Status int // of an HTTP operation; 0 if there was no response

	Workspace string // "" if it is not known, or the operation is not about one
	AssetID   ID

	Bytes     int64         // of content that a method has stored, or of the body that a request has been sent
	Attempts  int           // of write transactions
	Waited    time.Duration // for the writer's turn, or a connection, before transactions
	Committed time.Duration // time that commits took
}

// Observer is told of an operation when it begins. It returns the context in which the
// operation runs, and a function, which may be nil, that is called once when it has ended.
// Both must return soon, and not call the Library.
type Observer func(context.Context, Op) (context.Context, func(Outcome))

// Do begins an operation, does it in its context, and tells what came of it. A nil Observer
// does it in ctx.
func (o Observer) Do(ctx context.Context, op Op, do func(context.Context) Outcome) {
	if o == nil {
		do(ctx)
		return
	}
	ctx, done := o(ctx, op)
	out := Outcome{Code: codeInternal, Err: errInternal} // of a panic
	defer func() { done(out) }()
	out = do(ctx)
}

// Job does a turn of work in the background, and tells what came of it.
func (o Observer) Job(ctx context.Context, name string, turn func(context.Context) error) (err error) {
	o.Do(ctx, Op{Name: name, Kind: OpJob, Door: DoorBackground}, func(ctx context.Context) Outcome {
		err = turn(ctx)
		return Outcome{Code: outcomeCode(err), Err: err}
	})
	return err
}

// Observer returns what packages that serve the Library tell of their operations: it calls
// Config.Observe, and adds to each Outcome what stores have measured. It is nil if
// Config.Observe is.
func (l *Library) Observer() Observer { return l.observer }

// measuring returns an Observer that calls next.
func measuring(next Observer) Observer {
	if next == nil {
		return nil
	}
	return func(ctx context.Context, op Op) (context.Context, func(Outcome)) {
		m := &Measure{parent: MeasureIn(ctx)}
		if op.Door == "" && m.parent != nil {
			op.Door = m.parent.door
		}
		if op.Door == "" {
			op.Door = Door(ViaGo)
		}
		m.door = op.Door
		ctx, done := next(context.WithValue(ctx, measureKey{}, m), op)
		return ctx, func(out Outcome) {
			m.end(&out)
			if done != nil {
				done(out)
			}
		}
	}
}

// Measure is what stores measure for an operation that is observed. It is safe for
// concurrent use. The methods of a nil Measure do nothing.
type Measure struct {
	parent *Measure // of the operation around it
	door   Door

	bytes, attempts, waited, committed atomic.Int64
}

type measureKey struct{}

// idLen is the length of an ID.
const idLen = 36

// MeasureIn returns the Measure of a context, or nil if nobody observes. It is for stores.
func MeasureIn(ctx context.Context) *Measure {
	m, _ := ctx.Value(measureKey{}).(*Measure)
	return m
}

// Attempt counts an attempt of a write transaction that has waited so long to begin.
func (m *Measure) Attempt(waited time.Duration) {
	if m != nil {
		m.attempts.Add(1)
		m.waited.Add(int64(waited))
	}
}

// Commit adds the time that a commit took.
func (m *Measure) Commit(took time.Duration) {
	if m != nil {
		m.committed.Add(int64(took))
	}
}

// stored adds bytes of content.
func (m *Measure) stored(n int64) {
	if m != nil {
		m.bytes.Add(n)
	}
}

// end completes the outcome, and adds what was measured to the operation around it.
func (m *Measure) end(out *Outcome) {
	attempts, waited, committed := m.attempts.Load(), m.waited.Load(), m.committed.Load()
	if m.parent != nil {
		m.parent.attempts.Add(attempts)
		m.parent.waited.Add(waited)
		m.parent.committed.Add(committed)
	}
	out.Bytes += m.bytes.Load()
	out.Attempts, out.Waited, out.Committed = int(attempts), time.Duration(waited), time.Duration(committed)
}

// operation is a method that is being observed; the zero value is not.
type operation struct {
	done      func(Outcome)
	workspace string
	asset     ID
}

// observe begins a method of Library, which then defers end. by is nil if it has no actor,
// and id is empty if it is not about one asset.
func (l *Library) observe(ctx context.Context, method string, by *Actor, id ID) (context.Context, operation) {
	if len(id) != idLen { // any other is refused, and nothing of it is logged
		id = ""
	}
	op := operation{asset: id}
	var door Door
	if by != nil {
		op.workspace, door = by.Workspace, Door(by.Via)
	}
	requestlog.In(ctx).About(op.workspace, string(id))
	if l.observer != nil {
		ctx, op.done = l.observer(ctx, Op{Name: method, Kind: OpMethod, Door: door})
	}
	return ctx, op
}

// end tells what came of the method. err is its result, or nil if it returns no error. It
// must be deferred.
func (op *operation) end(err *error) {
	if op.done == nil {
		return
	}
	out := Outcome{Workspace: op.workspace, AssetID: op.asset}
	p := recover()
	switch {
	case p != nil:
		out.Err = fmt.Errorf("panic: %v: %w", p, errInternal)
	case err != nil:
		out.Err = *err
	}
	out.Code = outcomeCode(out.Err)
	op.done(out)
	if p != nil {
		panic(p)
	}
}

// outcomeCode is Code, but for a caller who has left.
func outcomeCode(err error) string {
	if errors.Is(err, context.Canceled) {
		return CodeCanceled
	}
	return Code(err)
}

// CodeCanceled is the Outcome.Code of an operation whose caller has left before its end.
const CodeCanceled = "canceled"

type traceKey struct{}

// WithTrace returns a context with a trace context: the value of the header traceparent of
// W3C Trace Context. Changes that are made in it keep it, so that what they cause later, in
// any process, has it as Op.Cause. A value that is longer than 128 bytes is dropped.
func WithTrace(ctx context.Context, traceparent string) context.Context {
	if len(traceparent) > maxTrace {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, traceparent)
}

const maxTrace = 128 // bytes of a trace context

// traceIn returns the trace context of a context, or "".
func traceIn(ctx context.Context) string {
	trace, _ := ctx.Value(traceKey{}).(string)
	return trace
}
