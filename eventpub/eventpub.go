// Package eventpub publishes the events of a Library to a topic of gocloud.dev/pubsub, and
// thus to Kafka, NATS, RabbitMQ, and the queues of the clouds. The driver is the host's
// import.
//
// The one rule to know: an event is published at least once. A subscriber takes one that
// it has seen, by the metadata event_id, for done. Those about one asset are published in
// their order; whether they arrive so is up to the broker, which needs the asset's id as its
// ordering key: see [Config]. An event about no asset, such as workspace.purged, is published
// behind all earlier events and before all later ones. It has no ordering key, so a broker may
// still deliver it among others.
package eventpub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"gocloud.dev/pubsub"

	"github.com/10ex/assets"
)

// The names of the metadata of a message.
const (
	MetadataEventID   = "event_id"
	MetadataType      = "type"      // such as asset.approved
	MetadataWorkspace = "workspace" // the tenant
	MetadataAssetID   = "asset_id"  // the ordering key; absent if the event is about no asset
)

// DefaultName is the name of the follower if Config has none.
const DefaultName = "eventpub"

// maxAtOnce is the number of assets whose events are sent at the same time.
const maxAtOnce = 32

// Config configures a [Publisher]. Library and Topic are required.
type Config struct {
	Library *assets.Library
	Topic   *pubsub.Topic // the caller shuts it down, after Run has returned

	// Name is the name under which the mark of the journal is kept. Two publishers that
	// publish to different topics need different names. The default is DefaultName.
	Name string

	// OrderingKey is the name of further metadata with the id of the asset, for drivers
	// that take the ordering key from there: MessageGroupId for a FIFO queue of AWS. A
	// topic of Kafka is opened with MetadataAssetID as its KeyName.
	OrderingKey string

	// BeforeSend is called for each message with what pubsub.Message has under this
	// name, for drivers that have the ordering key in a type of their own, such as the
	// OrderingKey of Google Cloud.
	BeforeSend func(e *assets.Event, asFunc func(any) bool) error
}

// Publisher publishes events.
type Publisher struct{ cfg Config }

// New returns a Publisher. It returns an error if a required field is missing.
func New(cfg Config) (*Publisher, error) {
	switch {
	case cfg.Library == nil:
		return nil, errors.New("eventpub: Config.Library is required")
	case cfg.Topic == nil:
		return nil, errors.New("eventpub: Config.Topic is required")
	}
	if cfg.Name == "" {
		cfg.Name = DefaultName
	}
	return &Publisher{cfg}, nil
}

// Run publishes the events of all workspaces, from the oldest in the journal on, until ctx
// has ended, and then returns nil. It may run in any number of processes, of which one at
// a time publishes. When the topic fails, the same events are published again later.
//
// Its errors are those of assets.Library.Follow.
func (p *Publisher) Run(ctx context.Context) error {
	return p.cfg.Library.Follow(ctx, p.cfg.Name, p.publish)
}

// publish sends a batch, and returns when the topic has accepted all of it. An event about no
// asset, such as workspace.purged, is about what came before it: it is sent alone, behind all
// earlier events and before all later ones.
func (p *Publisher) publish(ctx context.Context, events []assets.Event) error {
	for len(events) > 0 {
		n := slices.IndexFunc(events, func(e assets.Event) bool { return e.Data.AssetID == "" })
		switch {
		case n < 0:
			n = len(events)
		case n == 0:
			n = 1
		}
		if err := p.publishLanes(ctx, events[:n]); err != nil {
			return err // later ones must not come first
		}
		events = events[n:]
	}
	return nil
}

// publishLanes sends events: those of one asset one after the other, those of others at the
// same time.
func (p *Publisher) publishLanes(ctx context.Context, events []assets.Event) error {
	var (
		order []assets.ID
		lanes = map[assets.ID][]*assets.Event{}
	)
	for i := range events {
		e := &events[i]
		if lanes[e.Data.AssetID] == nil {
			order = append(order, e.Data.AssetID)
		}
		lanes[e.Data.AssetID] = append(lanes[e.Data.AssetID], e)
	}
	var (
		wg     sync.WaitGroup
		places = make(chan struct{}, maxAtOnce)
		errs   = make([]error, len(order))
	)
	for i, id := range order {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			for _, e := range lanes[id] {
				if errs[i] = p.send(ctx, e); errs[i] != nil {
					return // later ones must not come first
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (p *Publisher) send(ctx context.Context, e *assets.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("eventpub: %w", err)
	}
	m := &pubsub.Message{Body: body, Metadata: map[string]string{
		MetadataEventID: string(e.ID), MetadataType: string(e.Type), MetadataWorkspace: e.Workspace,
	}}
	if e.Data.AssetID != "" {
		m.Metadata[MetadataAssetID] = string(e.Data.AssetID)
		if p.cfg.OrderingKey != "" {
			m.Metadata[p.cfg.OrderingKey] = string(e.Data.AssetID)
		}
	}
	if p.cfg.BeforeSend != nil {
		m.BeforeSend = func(asFunc func(any) bool) error { return p.cfg.BeforeSend(e, asFunc) }
	}
	if err := p.cfg.Topic.Send(ctx, m); err != nil {
		return fmt.Errorf("eventpub: %w", err)
	}
	return nil
}
