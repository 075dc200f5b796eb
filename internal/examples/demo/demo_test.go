package demo_test

import (
	"errors"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/examples/demo"
)

// TestFill: the campaign has every type and status, a request for changes that was
// answered, and nothing that is later than now.
func TestFill(t *testing.T) {
	t.Parallel()
	now := time.Now()
	clock := demo.NewClock(now)
	cfg := assetstest.Config()
	cfg.Now = clock.Now
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	made, err := demo.Fill(t.Context(), lib, clock, "acme")
	if err != nil {
		t.Fatal(err)
	}
	ana := assetstest.User("acme", "Ana")
	types, statuses, answered, total := map[assets.Type]int{}, map[assets.Status]int{}, 0, 0
	for a, err := range lib.All(t.Context(), ana, assets.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		total++
		types[a.Type]++
		statuses[a.Status]++
		if a.CreatedAt > assets.TimeOf(now) || a.UpdatedAt > assets.TimeOf(now) {
			t.Errorf("%s is of %s", a.Title, a.UpdatedAt)
		}
		whole, err := lib.Get(t.Context(), ana, a.ID, assets.SelectCurrent)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range whole.Reviews {
			if r.Action == assets.ActionRequestChanges && r.Version < a.CurrentVersion {
				answered++
			}
		}
	}
	if total != made || len(types) != len(assets.Types()) || len(statuses) != len(assets.Statuses()) || answered == 0 {
		t.Errorf("%d of %d assets, types %v, statuses %v, %d requests answered", total, made, types, statuses, answered)
	}
	if _, err := demo.Fill(t.Context(), lib, clock, "acme"); !errors.Is(err, demo.ErrNotEmpty) {
		t.Errorf("again: %v", err)
	}
}
