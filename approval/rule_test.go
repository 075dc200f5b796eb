package approval_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// ruleFunc is the type of Policy.Rule.
type ruleFunc = func(context.Context, assets.Actor, *assets.Asset, assets.Review) error

func TestRuleSeesEveryDecision(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from   state
		action assets.Action
		want   assets.Review
	}{
		{fresh, submit, assets.Review{Version: 1, FromStatus: draft, ToStatus: pending}},
		{underWay, approve, assets.Review{Version: 1, FromStatus: pending, ToStatus: approved}},
		{underWay, requestChanges, assets.Review{Version: 1, FromStatus: pending, ToStatus: draft}},
		{newerDraft, archive, assets.Review{Version: 2, FromStatus: draft, ToStatus: archived}},
		{shelved, reopen, assets.Review{Version: 1, FromStatus: archived, ToStatus: draft}},
	} {
		t.Run(string(c.action), func(t *testing.T) {
			t.Parallel()
			var seen []assets.Review
			p := approval.Policy{Rule: func(_ context.Context, by assets.Actor, a *assets.Asset, r assets.Review) error {
				if by.Subject != "ann" || a.Status != r.FromStatus {
					t.Errorf("the rule sees %+v and %+v", by, a)
				}
				seen = append(seen, r)
				return nil
			}}
			w := c.from.world()
			_, err := p.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: c.action, Comment: "why"})
			c.want.Action, c.want.Comment, c.want.SHA256 = c.action, "why", digest(c.want.Version)
			if d := cmp.Diff(list(c.want), seen); err != nil || d != "" {
				t.Errorf("Decide: %v; the rule saw (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestRuleAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		rule         ruleFunc
		code, detail string
	}{
		{"nothing against it", func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { return nil }, "", ""},
		{"refused in its own words", answers(fmt.Errorf("over budget: %w", assets.ErrRefused)), "refused_by_policy", "over budget: refused by the host's policy"},
		{"refused with a detail", answers(assets.Errorf(assets.ErrRefused, "legal has to look first")), "refused_by_policy", "legal has to look first"},
		{"APR15 an error", answers(errors.New("dial tcp 10.0.0.1: refused")), "internal_error", "internal error"},
		{"APR15 an error that looks like one of ours", answers(assets.ErrNotFound), "internal_error", "internal error"},
		{"APR15 an error that looks like ours, with detail", answers(assets.Errorf(assets.ErrVersionConflict, "no")), "internal_error", "internal error"},
		{"APR15 a field error", answers(assets.Invalid(assets.TypeMissing, "no", "title")), "internal_error", "internal error"},
		{"APR15 unchanged", answers(assets.ErrUnchanged), "internal_error", "internal error"},
		{"APR15 unavailable", answers(assets.ErrUnavailable), "internal_error", "internal error"},
		{"APR15 a context of its own ended", answers(context.DeadlineExceeded), "internal_error", "internal error"},
		{"APR15 a panic", func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { panic("boom") }, "internal_error", "internal error"},
		{"APR15 a panic with a sentinel", func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { panic(assets.ErrRefused) }, "internal_error", "internal error"},
		{"APR15 an error that panics", answers(broken{}), "internal_error", "internal error"},
		{"APR15 the goroutine is ended", func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { runtime.Goexit(); return nil }, "internal_error", "internal error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := underWay.world()
			got, err := approval.Policy{Rule: c.rule}.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: approve})
			if code := assets.Code(err); code != c.code || (err != nil && assets.Detail(err) != c.detail) {
				t.Errorf("Decide = %+v, %v; code %q detail %q, want %q %q", got, err, code, assets.Detail(err), c.code, c.detail)
			}
			if err != nil && got.ToStatus != "" {
				t.Errorf("an answer beside an error: %+v", got)
			}
			if errors.Is(err, assets.ErrUnchanged) {
				t.Error("the decision passes as one in effect")
			}
		})
	}
}

// broken is an error that cannot say what it is.
type broken struct{}

func (broken) Error() string { panic("no text") }
func (broken) Unwrap() error { return assets.ErrRefused }

func answers(err error) ruleFunc {
	return func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { return err }
}

func TestAPR15RuleOutlivesTheDeadline(t *testing.T) {
	t.Parallel()
	for name, deaf := range map[string]bool{"it listens to its context": false, "it does not": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				p := approval.Policy{Rule: func(ctx context.Context, _ assets.Actor, _ *assets.Asset, _ assets.Review) error {
					if deaf {
						<-time.After(time.Hour)
					} else {
						<-ctx.Done()
					}
					return nil
				}}
				w, began := underWay.world(), time.Now()
				_, err := p.Decide(ctx, w, user("ann"), &w.asset, assets.Review{Action: approve})
				if code := assets.Code(err); code != "internal_error" {
					t.Errorf("Decide: %v (%s), want internal_error", err, code)
				}
				if waited := time.Since(began); waited != time.Second {
					t.Errorf("Decide came back after %v, want 1s", waited)
				}
				<-time.After(time.Hour) // the deaf rule comes to its end, too
			})
		})
	}
}

func TestAPR15AnswerAfterTheContextEnded(t *testing.T) {
	t.Parallel()
	for range 30 { // the answer and the end race each other
		ctx, cancel := context.WithCancel(t.Context())
		p := approval.Policy{Rule: func(context.Context, assets.Actor, *assets.Asset, assets.Review) error {
			cancel()
			return nil
		}}
		w := underWay.world()
		if _, err := p.Decide(ctx, w, user("ann"), &w.asset, assets.Review{Action: approve}); assets.Code(err) != "internal_error" {
			t.Fatalf("Decide: %v, want internal_error", err)
		}
	}
}

func TestRuleIsNotAskedOnceTheContextEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := approval.Policy{Rule: func(context.Context, assets.Actor, *assets.Asset, assets.Review) error {
		t.Error("the rule was asked")
		return nil
	}}
	w := underWay.world()
	if _, err := p.Decide(ctx, w, user("ann"), &w.asset, assets.Review{Action: approve}); !errors.Is(err, context.Canceled) {
		t.Errorf("Decide: %v, want context.Canceled", err)
	}
}

func TestRuleCannotChangeWhatItSees(t *testing.T) {
	t.Parallel()
	scribble := func(_ context.Context, by assets.Actor, a *assets.Asset, _ assets.Review) error {
		by.Scopes[0] = "gone"
		a.Status, a.CurrentVersion = archived, 9
		a.Tags["lang"][0], a.Tags["new"] = "xx", nil
		a.Provenance.Parameters[0] = 'x'
		a.Provenance.DerivedFrom[0].Version = 9
		a.Provenance.Inputs[0].ID = "gone"
		a.Versions[0].Approval = assets.ApprovalGiven
		a.Versions[0].Provenance.Inputs[0].ID = "gone"
		a.Reviews[0].By = "gone"
		return nil
	}
	w, by := underWay.world(), user("ann")
	fill := func(w *world) {
		p := func() assets.Provenance {
			return assets.Provenance{Parameters: []byte("{}"), DerivedFrom: make([]assets.Ref, 1), Inputs: make([]assets.Input, 1)}
		}
		w.asset.Provenance = p()
		w.asset.Versions = list(assets.Version{Provenance: p()})
		w.asset.Reviews = make([]assets.Review, 1)
	}
	before := w.snapshot()
	fill(w)
	fill(before)
	if _, err := (approval.Policy{Rule: scribble}).Decide(t.Context(), w, by, &w.asset, assets.Review{Action: approve}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before.asset, w.asset); d != "" {
		t.Errorf("the rule changed the asset (-before +after):\n%s", d)
	}
	if !slices.Equal(by.Scopes, list(assets.ScopeAll)) {
		t.Errorf("the rule changed the actor: %v", by.Scopes)
	}
}

func TestPanicOfTheRuleIsLogged(t *testing.T) {
	t.Parallel()
	p := approval.Policy{Rule: func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { panic("boom") }}
	w := underWay.world()
	_, err := p.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: approve})
	if text := fmt.Sprint(err); !strings.Contains(text, "boom") || !strings.Contains(text, "rule_test.go") {
		t.Errorf("the error is for the log and should say what and where: %s", text)
	}
}
