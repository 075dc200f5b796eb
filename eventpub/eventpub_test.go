package eventpub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gocloud.dev/pubsub"
	"gocloud.dev/pubsub/mempubsub"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/eventpub"
)

func TestNewIsRefused(t *testing.T) {
	t.Parallel()
	topic := newTopic(t)
	for name, cfg := range map[string]eventpub.Config{"no library": {Topic: topic}, "no topic": {Library: assetstest.New(t)}} {
		if _, err := eventpub.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	topic := newTopic(t)
	var sent revisions // this driver delivers in any order, so that of sending is checked
	cfg := eventpub.Config{OrderingKey: "MessageGroupId", BeforeSend: func(e *assets.Event, _ func(any) bool) error {
		sent.add(t, e)
		return nil
	}}
	subscribed(t, topic, mempubsub.NewSubscription(topic, time.Minute), cfg, func(m *pubsub.Message, _ *assets.Event) {
		if m.Metadata["MessageGroupId"] != m.Metadata[eventpub.MetadataAssetID] {
			t.Errorf("metadata %v", m.Metadata)
		}
	})
}

// revisions has the last revision of each asset.
type revisions struct {
	mu   sync.Mutex
	last map[assets.ID]int64
}

// add reports an event that comes after a later one about its asset.
func (r *revisions) add(t *testing.T, e *assets.Event) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[assets.ID]int64{}
	}
	if last := r.last[e.Data.AssetID]; e.Data.Revision != last+1 {
		t.Errorf("revision %d of %s after %d", e.Data.Revision, e.Data.AssetID, last)
	}
	r.last[e.Data.AssetID] = e.Data.Revision
}

func newTopic(t *testing.T) *pubsub.Topic {
	t.Helper()
	topic := mempubsub.NewTopic()
	t.Cleanup(func() { _ = topic.Shutdown(context.WithoutCancel(t.Context())) })
	return topic
}

// subscribed publishes the life of some assets, and checks what a subscriber gets.
func subscribed(t *testing.T, topic *pubsub.Topic, s *pubsub.Subscription, cfg eventpub.Config, check func(*pubsub.Message, *assets.Event)) {
	t.Helper()
	lib := assetstest.New(t)
	cfg.Library, cfg.Topic = lib, topic
	p, err := eventpub.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	defer wg.Wait()
	defer cancel()
	const each, workspaces = 10, 2
	for w := range workspaces {
		workspace := fmt.Sprint("w", w)
		a := assetstest.Approved(t, lib, workspace, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"}})
		for n := range each - 2 { // it was created and approved
			title := fmt.Sprint("title ", n)
			if _, err := lib.Edit(t.Context(), assetstest.User(workspace, "ann"), a.ID, assets.Edit{Title: &title}); err != nil {
				t.Fatal(err)
			}
		}
	}
	ids := map[string]bool{}
	for range each * workspaces {
		m, err := s.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m.Ack()
		var e assets.Event
		if err := json.Unmarshal(m.Body, &e); err != nil {
			t.Fatal(err)
		}
		meta := m.Metadata
		if meta[eventpub.MetadataEventID] != string(e.ID) || meta[eventpub.MetadataType] != string(e.Type) ||
			meta[eventpub.MetadataWorkspace] != e.Workspace || meta[eventpub.MetadataAssetID] != string(e.Data.AssetID) {
			t.Errorf("metadata %v of %+v", meta, e)
		}
		ids[string(e.ID)] = true
		check(m, &e)
	}
	if len(ids) != each*workspaces {
		t.Errorf("%d events, want %d", len(ids), each*workspaces)
	}
}

// TestTopicThatFails: what the topic has not accepted comes again, and nothing is lost.
func TestTopicThatFails(t *testing.T) {
	t.Parallel()
	lib, topic := assetstest.New(t), newTopic(t)
	s := mempubsub.NewSubscription(topic, time.Minute)
	var calls atomic.Int64
	p, err := eventpub.New(eventpub.Config{Library: lib, Topic: topic, BeforeSend: func(*assets.Event, func(any) bool) error {
		if calls.Add(1) == 1 {
			return errors.New("the broker is away")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	assetstest.Approved(t, lib, "w", assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"}})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = p.Run(ctx) })
	defer wg.Wait()
	defer cancel()
	got := map[string]bool{}
	for range 2 {
		m, err := s.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m.Ack()
		got[m.Metadata[eventpub.MetadataType]] = true
	}
	if !got["asset.created"] || !got["asset.approved"] {
		t.Errorf("got %v", got)
	}
}

// TestPurgeKeepsItsPlace: what happens in a workspace after it was purged is published after
// that, also when the topic fails in between. A subscriber would withdraw it otherwise.
func TestPurgeKeepsItsPlace(t *testing.T) {
	t.Parallel()
	lib, topic := assetstest.New(t), newTopic(t)
	s := mempubsub.NewSubscription(topic, time.Minute)
	in := assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"}}
	assetstest.Approved(t, lib, "w", in)
	if _, err := lib.PurgeWorkspace(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	assetstest.Approved(t, lib, "w", in)
	var mu sync.Mutex
	var sent []assets.EventType
	failed := false
	p, err := eventpub.New(eventpub.Config{Library: lib, Topic: topic, BeforeSend: func(e *assets.Event, _ func(any) bool) error {
		mu.Lock()
		defer mu.Unlock()
		if e.Type == assets.EventPurged && !failed {
			failed = true
			return errors.New("the broker is away")
		}
		sent = append(sent, e.Type)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = p.Run(ctx) })
	for last := ""; last != string(assets.EventApproved); {
		m, err := s.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m.Ack()
		last = m.Metadata[eventpub.MetadataType]
	}
	cancel()
	wg.Wait()
	if len(sent) < 3 || sent[0] != assets.EventPurged || sent[1] != assets.EventCreated || sent[2] != assets.EventApproved {
		t.Errorf("sent %v", sent)
	}
}
