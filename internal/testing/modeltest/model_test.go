package modeltest_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/oracle"
	"github.com/10ex/assets/internal/testing/rapidtest"
)

// TestModel makes random calls by many actors under random policies, and after
// each compares the result and the whole state with the model. It makes few runs: under the
// race detector they are slow, and few show races.
func TestModel(t *testing.T) {
	t.Parallel()
	for _, b := range append(backends.All(), backends.FullSync()) {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			runModel(t, b.Config(t), 10)
		})
	}
}

// TestVolumeModel makes all runs in memory. On the databases it makes 30, and all with
// ASSETS_TEST_ALL=1.
func TestVolumeModel(t *testing.T) {
	t.Parallel()
	for _, b := range backends.All() {
		runs := math.MaxInt
		if b.Name != "memory" && os.Getenv("ASSETS_TEST_ALL") != "1" {
			runs = 30
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			runModel(t, b.Config(t), runs)
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
		d.fulfilAll(rt)
	})
}

func newRun(ctx context.Context, rt *rapid.T, cfg assets.Config, prefix string, p oracle.Policy) *run {
	approver := &changingApprover{policy(p)}
	cfg.Approver = approver
	attester, err := attest.New(attest.Config{Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))})
	if err != nil {
		rt.Fatal(err)
	}
	cfg.Attest = attester
	cfg.SmallContents = rapid.SampledFrom([]int64{0, 4, assets.MaxSmallContents}).Draw(rt, "small contents") // the model knows none
	clock := fixture.NewClock()
	cfg.Now, cfg.ReviewLinkURL = clock.Now, func(token string) string { return token }
	lib, err := assets.New(cfg)
	if err != nil {
		rt.Fatal(err)
	}
	return &run{
		T: rt, ctx: ctx, lib: lib, approver: approver, journal: cfg.Store.(assets.Journal), model: oracle.New(p), prefix: prefix, kinds: p.Kinds,
		verifier: attest.Verifier{Keys: attester.PublicKeys()}, attested: map[assets.Ref]assets.Attestation{},
		statuses: map[assets.ID]assets.Status{}, eventIDs: map[assets.ID]bool{}, published: map[assets.ID]assets.Number{}, opened: map[string]bool{},
		clock: clock, tokens: map[assets.ID]string{},
	}
}

// policy converts the model's policy. Its rule depends on the title.
func policy(p oracle.Policy) approval.Policy {
	out := approval.Policy{
		Quorum: p.Quorum, ForbidSelfApproval: p.ForbidSelf, RequireSubmit: p.RequireSubmit, RequireVersion: p.RequireVersion,
		RequireDisclosure: p.Disclosure, GuestsMayDecide: p.Guests,
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
