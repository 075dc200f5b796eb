package assetsotel_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"gocloud.dev/blob/memblob"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetsotel"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
	"github.com/10ex/assets/webhook"
)

// sqlSpans makes spans of statements, as bunotel does.
type sqlSpans struct{ tracer trace.Tracer }

func (h sqlSpans) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	verb, _, _ := strings.Cut(e.Query, " ")
	ctx, _ = h.tracer.Start(ctx, "sql "+verb)
	return ctx
}

func (sqlSpans) AfterQuery(ctx context.Context, _ *bun.QueryEvent) { trace.SpanFromContext(ctx).End() }

// host is a program that serves a Library, calls webhooks, and observes all of it.
type host struct {
	*httptest.Server
	lib     *assets.Library
	spans   *tracetest.InMemoryExporter
	metrics *metric.ManualReader
}

// newHost starts a host, whose metrics have further readers.
func newHost(t *testing.T, readers ...metric.Reader) *host {
	t.Helper()
	h := &host{spans: tracetest.NewInMemoryExporter(), metrics: metric.NewManualReader()}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(h.spans))
	otel.SetTracerProvider(provider) // gocloud.dev has no other way
	options := []metric.Option{metric.WithReader(h.metrics)}
	for _, r := range readers {
		options = append(options, metric.WithReader(r))
	}
	telemetry, err := assetsotel.New(assetsotel.Config{TracerProvider: provider, MeterProvider: metric.NewMeterProvider(options...)})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assets.db"), store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.New(db.DB().WithQueryHook(sqlSpans{provider.Tracer("sql")}), store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	opened := memblob.OpenBucket(nil)
	h.lib, err = assets.New(assets.Config{
		Store: st, Blobs: bucket.New(opened), Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SigningKeys: [][]byte{[]byte("assetsotel: 32 bytes or more, not secret")},
		Observe:     telemetry.Observe, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	stopGauges, err := telemetry.Gauges(h.lib)
	if err != nil {
		t.Fatal(err)
	}
	loopback, err := webhook.ParseNetwork("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := webhook.New(webhook.Config{Library: h.lib, Allow: []webhook.Network{loopback}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, h.lib, httpx.Options{Authenticate: authenticate, Webhooks: hooks})
	h.Server = httptest.NewServer(mux)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- hooks.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		h.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := stopGauges(); err != nil {
			t.Error(err)
		}
		_ = opened.Close()
		_ = db.Close()
	})
	return h
}

func authenticate(*http.Request) (assets.Actor, error) {
	return assets.Actor{Workspace: "acme", Subject: "ann@example.com", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
}

// send sends a request in a trace and returns the body of its response.
func (h *host) send(t *testing.T, method, path, body, traceparent string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.URL+"/api/v1/assets"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer x")
	if traceparent != "" {
		r.Header.Set("traceparent", traceparent)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, text, err)
	}
	return string(text)
}

const (
	clientTrace = "0af7651916cd43dd8448eb211c80319c"
	clientSpan  = "b7ad6b7169203331"
)

// TestOneTrace: from the client's traceparent through the request, the Library, the
// database and the bucket to the delivery to a webhook.
func TestOneTrace(t *testing.T) {
	h := newHost(t)
	delivered := make(chan struct{}, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { delivered <- struct{}{} }))
	defer receiver.Close()
	h.send(t, "POST", "/webhooks", `{"url":"`+receiver.URL+`"}`, "")
	h.spans.Reset()
	h.send(t, "POST", "", `{"type":"copy","title":"t","text":"hello"}`, "00-"+clientTrace+"-"+clientSpan+"-01")
	select {
	case <-delivered:
	case <-time.After(time.Minute):
		t.Fatal("nothing was delivered")
	}
	names := h.spansOf(clientTrace, "deliver_webhook")
	request, method := names["create_asset"], names["assets.Create"]
	if request.SpanKind != trace.SpanKindServer || request.Parent.SpanID().String() != clientSpan {
		t.Errorf("the request is %+v", request.Parent)
	}
	if method.Parent.SpanID() != request.SpanContext.SpanID() {
		t.Error("the method is not within the request")
	}
	for _, attr := range []attribute.KeyValue{attribute.String("assets.workspace", "acme"), attribute.Int64("http.response.status_code", 201)} {
		if !slices.Contains(request.Attributes, attr) {
			t.Errorf("the request has no %v: %v", attr, request.Attributes)
		}
	}
	for _, part := range []string{"sql INSERT", "blob"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(names)), func(name string) bool { return strings.Contains(name, part) }) {
			t.Errorf("no span of %s among %v", part, slices.Sorted(maps.Keys(names)))
		}
	}
	delivery := names["deliver_webhook"]
	if delivery.SpanKind != trace.SpanKindConsumer || delivery.Parent.SpanID() != method.SpanContext.SpanID() {
		t.Errorf("the delivery is caused by %v", delivery.Parent)
	}
	for _, span := range h.spans.GetSpans() {
		for _, a := range span.Attributes {
			if strings.Contains(a.Value.String(), "ann@example.com") {
				t.Errorf("%s names a person: %v", span.Name, a)
			}
		}
	}
}

// spansOf waits until a trace has a span with the last name, and returns its spans by name.
func (h *host) spansOf(traceID, last string) map[string]tracetest.SpanStub {
	for deadline := time.Now().Add(time.Minute); ; {
		names := map[string]tracetest.SpanStub{}
		for _, span := range h.spans.GetSpans() {
			if span.SpanContext.TraceID().String() == traceID {
				names[span.Name] = span
			}
		}
		if _, found := names[last]; found || time.Now().After(deadline) {
			return names
		}
		<-time.After(10 * time.Millisecond)
	}
}

// TestMetricsHaveFewAttributes: none is a workspace, an asset or a person.
func TestMetricsHaveFewAttributes(t *testing.T) {
	h := newHost(t)
	h.send(t, "POST", "", `{"type":"copy","title":"t","text":"hello"}`, "")
	h.send(t, "GET", "", "", "")
	var all metricdata.ResourceMetrics
	if err := h.metrics.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	check := func(name string, set attribute.Set) {
		seen[name] = true
		for _, kv := range set.ToSlice() {
			switch kv.Key {
			case "assets.operation", "assets.kind", "assets.door", "assets.code", "assets.follower", "assets.fill":
			default:
				t.Errorf("%s has the attribute %v", name, kv)
			}
		}
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					check(m.Name, p.Attributes)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					check(m.Name, p.Attributes)
				}
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					check(m.Name, p.Attributes)
				}
			default:
				t.Errorf("%s is a %T", m.Name, m.Data)
			}
		}
	}
	for _, name := range []string{"assets.operation.duration", "assets.transaction.wait", "assets.transaction.commit", "assets.transaction.attempts", "assets.bytes", "assets.work.memory", "assets.connections.open", "assets.follower.failures"} {
		if !seen[name] {
			t.Errorf("no metric %s among %v", name, seen)
		}
	}
}
