package assetsotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/10ex/assets"
)

// attributeFollower is the name that the host has given a follower.
const attributeFollower = attribute.Key("assets.follower")

// attributeFill is what a fill completes.
const attributeFill = attribute.Key("assets.fill")

// gauge is a number of assets.Stats.
type gauge struct {
	name, unit, description string
	value                   func(*assets.Stats) int64
}

var gauges = []gauge{
	{"assets.ready", "1", "Whether the last check found nothing wrong", func(s *assets.Stats) int64 { return number(s.Ready) }},
	{"assets.work.memory", "By", "Memory that expensive work may reserve", func(s *assets.Stats) int64 { return s.Work.Memory }},
	{"assets.work.reserved", "By", "Memory that expensive work has reserved", func(s *assets.Stats) int64 { return s.Work.Reserved }},
	{"assets.work.running", "{work}", "Expensive work that runs", func(s *assets.Stats) int64 { return int64(s.Work.Running) }},
	{"assets.work.waiting", "{work}", "Expensive work that waits", func(s *assets.Stats) int64 { return int64(s.Work.Waiting) }},
	{"assets.searches.running", "{search}", "Searches that run", func(s *assets.Stats) int64 { return int64(s.Searches.Running) }},
	{"assets.searches.waiting", "{search}", "Searches that wait", func(s *assets.Stats) int64 { return int64(s.Searches.Waiting) }},
	{"assets.streams", "{stream}", "Streams of events that are open", func(s *assets.Stats) int64 { return int64(s.Streams) }},
	{"assets.connections.open", "{connection}", "Connections to the database", func(s *assets.Stats) int64 { return int64(s.Store.OpenConnections) }},
	{"assets.connections.used", "{connection}", "Connections to the database in use", func(s *assets.Stats) int64 { return int64(s.Store.UsedConnections) }},
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Gauges makes metrics of what [assets.Library.Stats] returns. They end when stop is called.
func (t *Telemetry) Gauges(lib *assets.Library) (stop func() error, err error) {
	all := make([]metric.Observable, 0, len(gauges)+3)
	made := make([]metric.Int64ObservableGauge, len(gauges))
	for i, g := range gauges {
		if made[i], err = t.meter.Int64ObservableGauge(g.name, metric.WithUnit(g.unit), metric.WithDescription(g.description)); err != nil {
			return nil, err
		}
		all = append(all, made[i])
	}
	failures, err := t.meter.Int64ObservableGauge("assets.follower.failures", metric.WithUnit("{failure}"),
		metric.WithDescription("Failures in a row of a follower that leads"))
	if err != nil {
		return nil, err
	}
	done, err := t.meter.Int64ObservableGauge("assets.fill.done", metric.WithUnit("{row}"),
		metric.WithDescription("Rows that a fill after a migration has completed"))
	if err != nil {
		return nil, err
	}
	of, err := t.meter.Int64ObservableGauge("assets.fill.rows", metric.WithUnit("{row}"),
		metric.WithDescription("Rows that there were when a fill began"))
	if err != nil {
		return nil, err
	}
	registered, err := t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := lib.Stats()
		for i, g := range gauges {
			o.ObserveInt64(made[i], g.value(&s))
		}
		for _, f := range s.Following {
			if f.Leads {
				o.ObserveInt64(failures, int64(f.Failures), metric.WithAttributes(attributeFollower.String(f.Name)))
			}
		}
		for _, f := range s.Store.Fills {
			name := metric.WithAttributes(attributeFill.String(f.Name))
			o.ObserveInt64(done, int64(f.Done), name)
			o.ObserveInt64(of, int64(f.Of), name)
		}
		return nil
	}, append(all, failures, done, of)...)
	if err != nil {
		return nil, err
	}
	return registered.Unregister, nil
}
