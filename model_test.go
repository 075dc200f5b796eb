package assets_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/internal/model"
)

// TestModel makes random calls by many actors, under random policies, and
// compares every answer and the whole state with the model after each.
func TestModel(t *testing.T) {
	t.Parallel()
	for _, b := range backends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			runModel(t, b.open(t), 100, 30)
		})
	}
	t.Run(durable().name, func(t *testing.T) {
		t.Parallel()
		runModel(t, durable().open(t), 5, 15)
	})
}

// runModel makes a number of runs of at most steps steps. All use one store,
// each has workspaces of its own.
func runModel(t *testing.T, cfg assets.Config, runs, steps int) {
	var passed, started atomic.Int64
	t.Cleanup(func() { t.Logf("%d runs", passed.Load()) })
	rapid.Check(t, func(rt *rapid.T) {
		if passed.Load() >= int64(runs) {
			return // rapid has one number of runs for all tests
		}
		d := newDrive(rt, t.Context(), cfg, fmt.Sprintf("run%d-", started.Add(1)), genPolicy(rt))
		for _, s := range rapid.SliceOfN(rapid.Custom(genStep), 1, steps).Draw(rt, "steps") {
			d.do(s)
		}
		if !t.Failed() {
			passed.Add(1)
		}
	})
}

func newDrive(rt *rapid.T, ctx context.Context, cfg assets.Config, prefix string, p model.Policy) *drive {
	cfg.Approver = policy(p)
	lib, err := assets.New(cfg)
	if err != nil {
		rt.Fatal(err)
	}
	d := &drive{
		T: rt, ctx: ctx, lib: lib, journal: cfg.Store.(assets.Journal), model: model.New(p), prefix: prefix,
		statuses: map[assets.ID]assets.Status{}, opened: map[string]bool{},
	}
	for { // what earlier runs wrote
		events, err := d.journal.Events(ctx, d.seq, 1000)
		if err != nil {
			rt.Fatal(err)
		}
		if len(events) == 0 {
			return d
		}
		d.seq = events[len(events)-1].Seq
	}
}
