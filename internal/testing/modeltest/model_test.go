package assets_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/internal/testing/oracle"
)

// TestModel makes random calls by many actors, under random policies, and
// compares every answer and the whole state with the model after each. Under
// the race detector the SQL stores are slow: a few runs show races there.
func TestModel(t *testing.T) {
	t.Parallel()
	for _, b := range backends() {
		runs := 10
		if b.name == "memory" {
			runs = math.MaxInt
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			runModel(t, b.open(t), runs)
		})
	}
	t.Run(durable().name, func(t *testing.T) {
		t.Parallel()
		runModel(t, durable().open(t), 10)
	})
}

// TestVolumeModel makes the runs that TestModel leaves out.
func TestVolumeModel(t *testing.T) {
	t.Parallel()
	for _, b := range backends() {
		if b.name == "memory" {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			runModel(t, b.open(t), math.MaxInt)
		})
	}
}

// runModel makes as many runs as rapid is told to (-rapid.checks), but at most
// runs, of about -rapid.steps steps each. All use one store, each has
// workspaces of its own.
func runModel(t *testing.T, cfg assets.Config, runs int) {
	var started, end atomic.Int64
	answers := map[string]int{}
	defer func() { t.Logf("%d runs; answers: %v", started.Load(), answers) }()
	checkAtMost(t, runs, func(rt *rapid.T) {
		d := newDrive(t.Context(), rt, cfg, fmt.Sprintf("run%d-", started.Add(1)), genPolicy(rt))
		d.answers, d.seq = answers, journalEnd(t, d.journal, end.Load())
		end.Store(d.seq)
		d.do(step{Do: "create", Title: "title", Text: "red", MediaType: "text/plain", Filename: "f"})
		rt.Repeat(map[string]func(*rapid.T){"step": func(rt *rapid.T) {
			d.T = rt
			d.do(rapid.Custom(genStep).Draw(rt, "step"))
		}})
		d.compare(d.ids...)
	})
}

// checkAtMost is rapid.Check with at most so many runs: rapid has one number
// for all tests.
func checkAtMost(t *testing.T, runs int, check func(*rapid.T)) {
	t.Helper()
	var passed atomic.Int64
	var failed atomic.Bool
	rapid.Check(t, func(rt *rapid.T) {
		if passed.Load() >= int64(runs) && !failed.Load() {
			return
		}
		ended := false
		defer func() { failed.Store(failed.Load() || !ended) }() // shrinking goes on
		check(rt)
		ended = true
		passed.Add(1)
	})
}

func newDrive(ctx context.Context, rt *rapid.T, cfg assets.Config, prefix string, p oracle.Policy) *drive {
	rule := &governed{policy(p)}
	cfg.Approver = rule
	lib, err := assets.New(cfg)
	if err != nil {
		rt.Fatal(err)
	}
	return &drive{
		T: rt, ctx: ctx, lib: lib, governed: rule, journal: cfg.Store.(assets.Journal), model: oracle.New(p), prefix: prefix, kinds: p.Kinds,
		statuses: map[assets.ID]assets.Status{}, opened: map[string]bool{},
	}
}

// policy is the model's policy as the real one; its rule looks at the title.
func policy(p oracle.Policy) approval.Policy {
	out := approval.Policy{
		Quorum: p.Quorum, ForbidSelfApproval: p.ForbidSelf, RequireSubmit: p.RequireSubmit, RequireVersion: p.RequireVersion,
	}
	for _, k := range p.Kinds {
		out.Kinds = append(out.Kinds, assets.Kind(k))
	}
	if p.Rule {
		out.Rule = titleRule
	}
	return out
}

func titleRule(_ context.Context, _ assets.Actor, a *assets.Asset, r assets.Review) error {
	switch oracle.RuleCode(a.Title, string(r.Action)) {
	case oracle.OK:
		return nil
	case "refused_by_policy":
		return fmt.Errorf("the title says so: %w", assets.ErrRefused)
	}
	if strings.HasPrefix(a.Title, "panic") {
		panic("the host's rule is broken")
	}
	return errors.New("the host's rule cannot ask its database")
}
