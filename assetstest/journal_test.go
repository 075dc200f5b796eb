package assetstest_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

func journalSuite(t *testing.T, seed func(wholeStore) wholeStore) {
	onStore(assetstest.TestJournal[assetstest.JournalStore])(t, seed)
}

func TestVolumeJournal(t *testing.T) { accepts(t, journalSuite) }

func TestVolumeJournalRefuses(t *testing.T) {
	refuses(
		t, journalSuite,
		fault[wholeStore]{"every second event is lost", func(s wholeStore) wholeStore { return &losesEvents{wholeStore: s} }, "every field comes back"},
		fault[wholeStore]{"events are listed newest first", func(s wholeStore) wholeStore { return newestEventFirst{s} }, "pages ascend behind a number"},
		fault[wholeStore]{"events are written although their Update failed", func(s wholeStore) wholeStore { return writesEventsAfter{s} }, "what is rolled back leaves no row"},
		fault[wholeStore]{"the store adds an event of its own", withTx(func(tx assets.Tx) assets.Tx { return addsEvents{tx} }), "rows survive their asset"},
		fault[wholeStore]{"positions have gaps", func(s wholeStore) wholeStore { return leavesGaps{s} }, "positions have no gaps"},
		fault[wholeStore]{"a filter selects everything", func(s wholeStore) wholeStore { return selectsAll{s} }, "a filter selects"},
		fault[wholeStore]{"a window has no end", func(s wholeStore) wholeStore { return seesAll{s} }, "a window ends"},
		fault[wholeStore]{"pruning removes nothing", func(s wholeStore) wholeStore { return neverPrunes{s} }, "pruning keeps the newest row and goes on counting"},
	)
}

type losesEvents struct {
	wholeStore
	events atomic.Int64
}

func (s *losesEvents) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.wholeStore.Update(ctx, func(tx assets.Tx) error { return fn(losesEventsTx{tx, s}) })
}

type losesEventsTx struct {
	assets.Tx
	store *losesEvents
}

func (tx losesEventsTx) AddEvent(ctx context.Context, e assets.Event) error {
	if tx.store.events.Add(1)%2 == 0 {
		return nil
	}
	return tx.Tx.AddEvent(ctx, e)
}

type newestEventFirst struct{ wholeStore }

func (s newestEventFirst) Events(ctx context.Context, after int64, limit int) ([]assets.Event, error) {
	events, err := s.wholeStore.Events(ctx, after, limit)
	slices.Reverse(events)
	return events, err
}

type writesEventsAfter struct{ wholeStore }

func (s writesEventsAfter) Update(ctx context.Context, fn func(assets.Tx) error) error {
	var all []assets.Event
	err := s.wholeStore.Update(ctx, func(tx assets.Tx) error { return fn(collectsEvents{tx, &all}) })
	after := s.wholeStore.Update(ctx, func(tx assets.Tx) error {
		for _, e := range all {
			if err := tx.AddEvent(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return after
}

type collectsEvents struct {
	assets.Tx
	all *[]assets.Event
}

func (tx collectsEvents) AddEvent(_ context.Context, e assets.Event) error {
	*tx.all = append(*tx.all, e)
	return nil
}

// addsEvents adds an event when an asset is deleted.
type addsEvents struct{ assets.Tx }

func (tx addsEvents) DeleteAsset(ctx context.Context, workspace string, id assets.ID) error {
	if err := tx.AddEvent(ctx, assets.Event{Workspace: workspace, Type: assets.EventDeleted, Data: assets.EventData{AssetID: id}}); err != nil {
		return err
	}
	return tx.Tx.DeleteAsset(ctx, workspace, id)
}

type leavesGaps struct{ wholeStore }

func (s leavesGaps) Events(ctx context.Context, after int64, limit int) ([]assets.Event, error) {
	events, err := s.wholeStore.Events(ctx, after, limit)
	for i := range events {
		events[i].Position *= 2
	}
	return events, err
}

type selectsAll struct{ wholeStore }

func (s selectsAll) SelectEvents(ctx context.Context, _ assets.EventFilter, w assets.EventWindow) (assets.Selection, error) {
	return s.wholeStore.SelectEvents(ctx, assets.EventFilter{}, w)
}

type seesAll struct{ wholeStore }

func (s seesAll) SelectEvents(ctx context.Context, f assets.EventFilter, w assets.EventWindow) (assets.Selection, error) {
	w.Rows = 1000
	return s.wholeStore.SelectEvents(ctx, f, w)
}

type neverPrunes struct{ wholeStore }

func (neverPrunes) PruneEvents(context.Context, assets.Time) (int, error) { return 0, nil }
