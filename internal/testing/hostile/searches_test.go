package hostile_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// longReads are lists that may read many rows, each with a name.
func longReads() map[string]func(ctx context.Context, lib *assets.Library, by assets.Actor) error {
	list := func(q assets.Query) func(context.Context, *assets.Library, assets.Actor) error {
		return func(ctx context.Context, lib *assets.Library, by assets.Actor) error {
			_, err := lib.List(ctx, by, q)
			return err
		}
	}
	tag := assets.Tag{Key: "k"}
	return map[string]func(context.Context, *assets.Library, assets.Actor) error{
		"a search":              list(assets.Query{Search: "a"}),
		"a search that is late": list(assets.Query{Search: "a", CreatedAfter: 1 << 45}),
		"a search with a total": list(assets.Query{Search: "a", IncludeTotal: true}),
		"a total":               list(assets.Query{IncludeTotal: true}),
		"two tags":              list(assets.Query{Tags: []assets.Tag{tag, tag}}),
		"an agent and a type":   list(assets.Query{AgentSlug: "x", Types: []assets.Type{assets.TypeCopy}}),
		"three indexed fields":  list(assets.Query{CampaignID: "c", Types: []assets.Type{assets.TypeCopy}, Statuses: []assets.Status{assets.StatusDraft}}),
		"counts by status": func(ctx context.Context, lib *assets.Library, by assets.Actor) error {
			_, err := lib.Counts(ctx, by, assets.CountQuery{})
			return err
		},
		"counts of tags": func(ctx context.Context, lib *assets.Library, by assets.Actor) error {
			_, err := lib.Tags(ctx, by, assets.TagQuery{})
			return err
		},
		"events": func(ctx context.Context, lib *assets.Library, by assets.Actor) error {
			_, err := lib.Events(ctx, by, assets.EventQuery{CampaignID: "c"})
			return err
		},
	}
}

// heldStore lets the long reads of one workspace begin, and holds them with their
// connection until release is closed or their context ends.
type heldStore struct {
	backends.Database
	workspace string
	began     chan struct{} // receives at the beginning of each
	release   chan struct{}
}

// hold waits within a snapshot, which has a connection of its own.
func (s *heldStore) hold(ctx context.Context, workspace string) error {
	if workspace != s.workspace {
		return nil
	}
	return s.Database.View(ctx, func(r assets.Snapshot) error {
		if _, err := r.Assets(ctx, workspace, assets.Filter{}, assets.Window{Limit: 1}); err != nil {
			return err
		}
		return s.wait(ctx)
	})
}

func (s *heldStore) wait(ctx context.Context) error {
	s.began <- struct{}{}
	select {
	case <-s.release:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", assets.ErrUnavailable, ctx.Err())
	}
}

func (s *heldStore) Assets(ctx context.Context, workspace string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	if err := s.hold(ctx, workspace); err != nil {
		return nil, err
	}
	return s.Database.Assets(ctx, workspace, f, w)
}

func (s *heldStore) CountWindow(ctx context.Context, workspace string, f assets.Filter, w assets.Window) (int64, error) {
	if err := s.hold(ctx, workspace); err != nil {
		return 0, err
	}
	return s.Database.CountWindow(ctx, workspace, f, w)
}

func (s *heldStore) Counts(ctx context.Context, workspace string, f assets.Filter, frequent int) (assets.Counts, error) {
	if err := s.hold(ctx, workspace); err != nil {
		return assets.Counts{}, err
	}
	return s.Database.Counts(ctx, workspace, f, frequent)
}

func (s *heldStore) TagCounts(ctx context.Context, workspace string, w assets.TagWindow) ([]assets.TagCount, error) {
	if err := s.hold(ctx, workspace); err != nil {
		return nil, err
	}
	return s.Database.TagCounts(ctx, workspace, w)
}

func (s *heldStore) SelectEvents(ctx context.Context, f assets.EventFilter, w assets.EventWindow) (assets.Selection, error) {
	if err := s.hold(ctx, f.Workspace); err != nil {
		return assets.Selection{}, err
	}
	return s.Database.SelectEvents(ctx, f, w)
}

func (s *heldStore) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	return s.Database.View(ctx, func(r assets.Snapshot) error { return fn(heldSnapshot{r, s}) })
}

type heldSnapshot struct {
	assets.Snapshot
	store *heldStore
}

func (s heldSnapshot) Count(ctx context.Context, workspace string, f assets.Filter) (int64, error) {
	if workspace == s.store.workspace {
		if err := s.store.wait(ctx); err != nil {
			return 0, err
		}
	}
	return s.Snapshot.Count(ctx, workspace, f)
}

// TestSearchesLeaveConnections: 40 long reads of each kind run or wait; keys, single
// rows, lists and writes of another workspace do not wait for them, with a small pool
// too.
func TestSearchesLeaveConnectionsHOS06(t *testing.T) {
	for name, read := range longReads() {
		t.Run(name, func(t *testing.T) {
			backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
				if pool, ok := db.(interface{ DB() *bun.DB }); ok {
					pool.DB().SetMaxOpenConns(4)
				}
				held := &heldStore{db, "attacker", make(chan struct{}, 40), make(chan struct{})}
				lib := backends.Library(t, backends.Config(held, backends.Memory().Config(t).Blobs))
				ring, err := apikey.New(apikey.Config{Store: db})
				if err != nil {
					t.Fatal(err)
				}
				bearer, _, err := ring.Mint(t.Context(), apikey.NewKey{Workspace: "acme", Owner: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}})
				if err != nil {
					t.Fatal(err)
				}
				var reads sync.WaitGroup
				for range 40 {
					reads.Go(func() {
						if err := read(t.Context(), lib, assetstest.User("attacker", "eve")); err != nil && assets.Code(err) != "unavailable" {
							t.Error(err)
						}
					})
				}
				defer reads.Wait()
				defer close(held.release)
				for range max(1, db.MaxSearches()-1) { // as many as one workspace has at once
					<-held.began
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				by, err := ring.Authenticate(ctx, bearer)
				if err != nil {
					t.Fatal(err)
				}
				made, err := lib.Create(ctx, by, fixture.Copy("beside"))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := lib.Get(ctx, by, made.ID, assets.SelectCurrent); err != nil {
					t.Error(err)
				}
				if page, err := lib.List(ctx, by, assets.Query{}); err != nil || len(page.Items) != 1 {
					t.Errorf("%v, %v", page.Items, err)
				}
			})
		})
	}
}

// TestLongReadsHaveADeadline: a read that takes too long is 503 with a detail that says
// what to do, as is one that finds no turn; one whose client is gone ends at once.
func TestLongReadsHaveADeadlineHOS06(t *testing.T) {
	t.Parallel()
	for name, read := range longReads() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				held := &heldStore{backends.Memory().Database(t), "attacker", make(chan struct{}, 100), make(chan struct{})}
				cfg := backends.Config(held, assetstest.Config().Blobs)
				cfg.Limits.SearchTime, cfg.Limits.WorkWait = 15*time.Second, 10*time.Second
				lib := backends.Library(t, cfg)
				by := assetstest.User("attacker", "eve")
				var reads sync.WaitGroup
				for range held.MaxSearches() + 1 {
					reads.Go(func() {
						began := time.Now()
						err := read(t.Context(), lib, by)
						took := time.Since(began)
						detail, busy := assets.Detail(err), took == 10*time.Second
						if assets.Code(err) != "unavailable" || !busy && took != 15*time.Second || strings.Contains(detail, "too many") != busy || !busy && !strings.Contains(detail, "longer than 15s") {
							t.Errorf("%q after %v", detail, took)
						}
					})
				}
				reads.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				if err := read(ctx, lib, by); assets.Code(err) != "unavailable" || time.Since(began) != time.Second {
					t.Errorf("the client is gone: %v after %v", err, time.Since(began))
				}
			})
		})
	}
}

// TestStreamsTakeTurns: streams that have fallen behind read the journal by turns. Those that
// find none, or whose read takes too long, try again a little later, and lose nothing.
func TestStreamsTakeTurnsHOS06(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		held := &heldStore{backends.Memory().Database(t), "attacker", make(chan struct{}, 1000), make(chan struct{})}
		cfg := backends.Config(held, assetstest.Config().Blobs)
		cfg.Limits.SearchTime, cfg.Limits.WorkWait = 15*time.Second, 10*time.Second
		lib := backends.Library(t, cfg)
		by := assetstest.User("attacker", "eve")
		if _, err := lib.Create(t.Context(), by, fixture.Copy("before")); err != nil {
			t.Fatal(err)
		}
		var reads sync.WaitGroup
		for range 40 {
			s, err := lib.StreamEvents(t.Context(), by, assets.EventQuery{})
			if err != nil {
				t.Fatal(err)
			}
			reads.Go(func() {
				defer s.Close()
				if events, err := s.Next(t.Context()); err != nil || len(events) != 1 {
					t.Errorf("%v, %v; want the event", events, err)
				}
			})
		}
		synctest.Wait()
		turns := max(1, held.MaxSearches()-1) // as many as one workspace has at once
		if n := len(held.began); n != turns {
			t.Errorf("%d streams read at once, want %d", n, turns)
		}
		time.Sleep(time.Minute)
		if n := len(held.began); n > 5*turns {
			t.Errorf("in a minute %d reads of 15 s have begun", n)
		}
		close(held.release)
		reads.Wait()
	})
}

// TestPlainListsDoNotWait: lists that read about their page need no turn.
func TestPlainListsDoNotWaitHOS06(t *testing.T) {
	t.Parallel()
	held := &heldStore{backends.Memory().Database(t), "attacker", make(chan struct{}, 40), make(chan struct{})}
	lib := backends.Library(t, backends.Config(held, assetstest.Config().Blobs))
	by := assetstest.User("attacker", "eve")
	queries := []assets.Query{
		{},
		{Statuses: []assets.Status{assets.StatusDraft}, Types: []assets.Type{assets.TypeCopy}},
		{RunID: "r", CreatedAfter: 1},
		{CampaignID: "c", Types: []assets.Type{assets.TypeCopy}},
		{Tags: []assets.Tag{{Key: "k"}}},
		{IDs: []assets.ID{fixture.AbsentID}, AgentSlug: "a"},
	}
	var lists sync.WaitGroup
	for _, q := range queries {
		lists.Go(func() {
			if _, err := lib.List(t.Context(), by, q); err != nil {
				t.Error(err)
			}
		})
	}
	for range queries { // all at once
		<-held.began
	}
	close(held.release)
	lists.Wait()
}
