// Package assetsotel makes OpenTelemetry traces and metrics of what an [assets.Library]
// does.
//
// The one rule to know: metrics have only names, kinds, doors and codes as attributes, which
// are few. Workspaces and assets are attributes of spans, and people of neither.
//
//	telemetry, err := assetsotel.New(assetsotel.Config{})
//	…
//	lib, err := assets.New(assets.Config{Observe: telemetry.Observe, …})
//	…
//	stop, err := telemetry.Gauges(lib)
//
// A request begins a span of the trace that its header traceparent (W3C Trace Context)
// names, unless its context has a span already, such as that of otelhttp. What the request
// has changed is delivered to webhooks in the same trace, by whichever process.
package assetsotel

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/10ex/assets"
)

// scope is the name of the instrumentation scope.
const scope = "github.com/10ex/assets/assetsotel"

// The attributes. The first four are those of metrics.
const (
	attributeName      = attribute.Key("assets.operation")
	attributeKind      = attribute.Key("assets.kind")
	attributeDoor      = attribute.Key("assets.door")
	attributeCode      = attribute.Key("assets.code") // of the error; ok for success
	attributeWorkspace = attribute.Key("assets.workspace")
	attributeAsset     = attribute.Key("assets.asset")
	attributeStatus    = attribute.Key("http.response.status_code")
	attributeBytes     = attribute.Key("assets.bytes")
	attributeAttempts  = attribute.Key("assets.attempts")
)

// codeOK is the code of an operation that has succeeded.
const codeOK = "ok"

// Config configures a [Telemetry].
type Config struct {
	TracerProvider trace.TracerProvider // default: the global one
	MeterProvider  metric.MeterProvider // default: the global one
}

// Telemetry makes spans and metrics. It is safe for concurrent use.
type Telemetry struct {
	tracer trace.Tracer
	meter  metric.Meter

	duration metric.Float64Histogram
	waited   metric.Float64Histogram
	commit   metric.Float64Histogram
	attempts metric.Int64Counter
	bytes    metric.Int64Counter
}

// New returns a Telemetry.
func New(cfg Config) (*Telemetry, error) {
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = otel.GetTracerProvider()
	}
	if cfg.MeterProvider == nil {
		cfg.MeterProvider = otel.GetMeterProvider()
	}
	t := &Telemetry{tracer: cfg.TracerProvider.Tracer(scope), meter: cfg.MeterProvider.Meter(scope)}
	seconds := func(name, description string) (metric.Float64Histogram, error) {
		return t.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
			metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30))
	}
	var failed [5]error
	t.duration, failed[0] = seconds("assets.operation.duration", "How long operations took")
	t.waited, failed[1] = seconds("assets.transaction.wait", "How long operations that write waited for their turn")
	t.commit, failed[2] = seconds("assets.transaction.commit", "How long commits took")
	t.attempts, failed[3] = t.meter.Int64Counter("assets.transaction.attempts", metric.WithUnit("{attempt}"),
		metric.WithDescription("Attempts of write transactions"))
	t.bytes, failed[4] = t.meter.Int64Counter("assets.bytes", metric.WithUnit("By"),
		metric.WithDescription("Bytes that methods have stored, and that requests have been sent"))
	return t, errors.Join(failed[:]...)
}

// traceContext reads and writes the header traceparent.
var traceContext propagation.TraceContext

const traceparent = "traceparent"

// Observe is for Config.Observe of a Library.
func (t *Telemetry) Observe(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
	if op.Cause != "" && !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = traceContext.Extract(ctx, propagation.MapCarrier{traceparent: op.Cause})
	}
	began := time.Now()
	common := []attribute.KeyValue{
		attributeName.String(op.Name), attributeKind.String(string(op.Kind)), attributeDoor.String(string(op.Door)),
	}
	ctx, span := t.tracer.Start(ctx, spanName(op), trace.WithSpanKind(spanKind(op)), trace.WithTimestamp(began), trace.WithAttributes(common...))
	if span.SpanContext().IsValid() {
		carrier := propagation.MapCarrier{}
		traceContext.Inject(ctx, carrier)
		ctx = assets.WithTrace(ctx, carrier[traceparent])
	}
	return ctx, func(out assets.Outcome) {
		t.record(ctx, op, common, out, time.Since(began))
		end(span, out)
	}
}

// spanName returns the name of a span: that of the operation, after assets. for methods.
func spanName(op assets.Op) string {
	if op.Kind == assets.OpMethod {
		return "assets." + op.Name
	}
	return op.Name
}

func spanKind(op assets.Op) trace.SpanKind {
	switch {
	case op.Kind == assets.OpHTTP:
		return trace.SpanKindServer
	case op.Kind == assets.OpJob && op.Cause != "":
		return trace.SpanKindConsumer
	}
	return trace.SpanKindInternal
}

// record adds an operation to the metrics. Transactions are counted for methods only: those
// of a request are the same.
func (t *Telemetry) record(ctx context.Context, op assets.Op, common []attribute.KeyValue, out assets.Outcome, took time.Duration) {
	code := out.Code
	if code == "" {
		code = codeOK
	}
	labels := metric.WithAttributeSet(attribute.NewSet(append(common, attributeCode.String(code))...))
	t.duration.Record(ctx, took.Seconds(), labels)
	if out.Bytes > 0 {
		t.bytes.Add(ctx, out.Bytes, labels)
	}
	if out.Attempts > 0 && op.Kind == assets.OpMethod {
		t.attempts.Add(ctx, int64(out.Attempts), labels)
		t.waited.Record(ctx, out.Waited.Seconds(), labels)
		t.commit.Record(ctx, out.Committed.Seconds(), labels)
	}
}

// end ends a span. Errors of the server are errors of the span; those of a client are not.
func end(span trace.Span, out assets.Outcome) {
	defer span.End()
	if !span.IsRecording() {
		return
	}
	for key, value := range map[attribute.Key]string{attributeCode: out.Code, attributeWorkspace: out.Workspace, attributeAsset: string(out.AssetID)} {
		if value != "" {
			span.SetAttributes(key.String(value))
		}
	}
	for key, n := range map[attribute.Key]int64{attributeStatus: int64(out.Status), attributeBytes: out.Bytes, attributeAttempts: int64(out.Attempts)} {
		if n != 0 {
			span.SetAttributes(key.Int64(n))
		}
	}
	if out.Code == assets.Code(assets.ErrUnavailable) || out.Code == assets.Code(assets.ErrCorrupt) {
		span.SetStatus(codes.Error, out.Code) // the text of the error is in the log
	}
}
