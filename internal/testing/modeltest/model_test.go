package modeltest_test

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
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/oracle"
	"github.com/10ex/assets/internal/testing/rapidtest"
)

// TestModel makes random calls by many actors under random policies, and after
// each compares the result and the whole state with the model. The SQL stores have
// few runs: under the race detector they are slow, and few show races.
func TestModel(t *testing.T) {
	t.Parallel()
	for _, b := range backends.All() {
		runs := 10
		if b.Name == "memory" {
			runs = math.MaxInt
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			runModel(t, b.Config(t), runs)
		})
	}
	t.Run(backends.FullSync().Name, func(t *testing.T) {
		t.Parallel()
		runModel(t, backends.FullSync().Config(t), 10)
	})
}

// TestVolumeModel makes the runs that TestModel leaves out.
func TestVolumeModel(t *testing.T) {
	t.Parallel()
	for _, b := range backends.All() {
		if b.Name == "memory" {
			continue
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			runModel(t, b.Config(t), math.MaxInt)
		})
	}
}

// runModel makes -rapid.checks runs, but at most runs, of about -rapid.steps steps
// each. All use one store, each in workspaces of its own.
func runModel(t *testing.T, cfg assets.Config, runs int) {
	var started, end atomic.Int64
	outcomes := map[string]int{}
	defer func() { t.Logf("%d runs; outcomes: %v", started.Load(), outcomes) }()
	rapidtest.CheckAtMost(t, runs, func(rt *rapid.T) {
		d := newRun(t.Context(), rt, cfg, fmt.Sprintf("run%d-", started.Add(1)), genPolicy(rt))
		d.outcomes, d.seq = outcomes, fixture.JournalEnd(t, d.journal, end.Load())
		end.Store(d.seq)
		d.do(step{Do: "create", Title: "title", Text: "red", MediaType: "text/plain", Filename: "f"})
		rt.Repeat(map[string]func(*rapid.T){"step": func(rt *rapid.T) {
			d.T = rt
			d.do(rapid.Custom(genStep).Draw(rt, "step"))
		}})
		d.compare(d.ids...)
	})
}

func newRun(ctx context.Context, rt *rapid.T, cfg assets.Config, prefix string, p oracle.Policy) *run {
	approver := &changingApprover{policy(p)}
	cfg.Approver = approver
	lib, err := assets.New(cfg)
	if err != nil {
		rt.Fatal(err)
	}
	return &run{
		T: rt, ctx: ctx, lib: lib, approver: approver, journal: cfg.Store.(assets.Journal), model: oracle.New(p), prefix: prefix, kinds: p.Kinds,
		statuses: map[assets.ID]assets.Status{}, eventIDs: map[assets.ID]bool{}, published: map[assets.ID]assets.Number{}, opened: map[string]bool{},
	}
}

// policy converts the model's policy. Its rule depends on the title.
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
