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
		{newDraft, submit, assets.Review{Version: 1, FromStatus: draft, ToStatus: pending}},
		{underReview, approve, assets.Review{Version: 1, FromStatus: pending, ToStatus: approved}},
		{underReview, requestChanges, assets.Review{Version: 1, FromStatus: pending, ToStatus: draft}},
		{newerDraft, archive, assets.Review{Version: 2, FromStatus: draft, ToStatus: archived}},
		{archivedAsset, reopen, assets.Review{Version: 1, FromStatus: archived, ToStatus: draft}},
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
			w := c.from.assetRows()
			_, err := p.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: c.action, Comment: "why"})
			c.want.Action, c.want.Comment, c.want.SHA256 = c.action, "why", digest(c.want.Version)
			if d := cmp.Diff(list(c.want), seen); err != nil || d != "" {
				t.Errorf("Decide: %v; the rule saw (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestRuleResults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		rule         ruleFunc
		code, detail string
	}{
		{"allowed", func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { return nil }, "", ""},
		{"refused with a wrapped error", returning(fmt.Errorf("over budget: %w", assets.ErrRefused)), "refused_by_policy", "over budget: refused by the host's policy"},
		{"refused with a detail", returning(assets.Errorf(assets.ErrRefused, "legal has to approve first")), "refused_by_policy", "legal has to approve first"},
		{"an error APR15", returning(errors.New("dial tcp 10.0.0.1: refused")), "internal_error", "internal error"},
		{"a sentinel of the Library APR15", returning(assets.ErrNotFound), "internal_error", "internal error"},
		{"a sentinel of the Library with a detail APR15", returning(assets.Errorf(assets.ErrVersionConflict, "no")), "internal_error", "internal error"},
		{"a field error APR15", returning(assets.Invalid(assets.TypeMissing, "no", "title")), "internal_error", "internal error"},
		{"unchanged APR15", returning(assets.ErrUnchanged), "internal_error", "internal error"},
		{"unavailable APR15", returning(assets.ErrUnavailable), "internal_error", "internal error"},
		{"the end of a context of its own APR15", returning(context.DeadlineExceeded), "internal_error", "internal error"},
		{"a panic APR15", func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { panic("boom") }, "internal_error", "internal error"},
		{"a panic with a sentinel APR15", func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { panic(assets.ErrRefused) }, "internal_error", "internal error"},
		{"an error that panics APR15", returning(panickingError{}), "internal_error", "internal error"},
		{"an ended goroutine APR15", func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { runtime.Goexit(); return nil }, "internal_error", "internal error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := underReview.assetRows()
			got, err := approval.Policy{Rule: c.rule}.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: approve})
			if code := assets.Code(err); code != c.code || (err != nil && assets.Detail(err) != c.detail) {
				t.Errorf("Decide = %+v, %v; code %q detail %q, want %q %q", got, err, code, assets.Detail(err), c.code, c.detail)
			}
			if err != nil && got.ToStatus != "" {
				t.Errorf("a review returned with an error: %+v", got)
			}
			if errors.Is(err, assets.ErrUnchanged) {
				t.Error("the error is ErrUnchanged")
			}
		})
	}
}

// panickingError is an error whose Error method panics.
type panickingError struct{}

func (panickingError) Error() string { panic("no text") }
func (panickingError) Unwrap() error { return assets.ErrRefused }

// returning returns a rule that returns err.
func returning(err error) ruleFunc {
	return func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { return err }
}

func TestRuleOutlivesDeadlineAPR15(t *testing.T) {
	t.Parallel()
	for name, ignoresContext := range map[string]bool{"it honours its context": false, "it ignores its context": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				p := approval.Policy{Rule: func(ctx context.Context, _ assets.Actor, _ *assets.Asset, _ assets.Review) error {
					if ignoresContext {
						<-time.After(time.Hour)
					} else {
						<-ctx.Done()
					}
					return nil
				}}
				w, began := underReview.assetRows(), time.Now()
				_, err := p.Decide(ctx, w, user("ann"), &w.asset, assets.Review{Action: approve})
				if code := assets.Code(err); code != "internal_error" {
					t.Errorf("Decide: %v (%s), want internal_error", err, code)
				}
				if waited := time.Since(began); waited != time.Second {
					t.Errorf("Decide returned after %v, want 1s", waited)
				}
				<-time.After(time.Hour) // until the abandoned rule has returned
			})
		})
	}
}

func TestRuleReturnsAfterContextEndAPR15(t *testing.T) {
	t.Parallel()
	for range 30 { // the result and the end of ctx race
		ctx, cancel := context.WithCancel(t.Context())
		p := approval.Policy{Rule: func(context.Context, assets.Actor, *assets.Asset, assets.Review) error {
			cancel()
			return nil
		}}
		w := underReview.assetRows()
		if _, err := p.Decide(ctx, w, user("ann"), &w.asset, assets.Review{Action: approve}); assets.Code(err) != "internal_error" {
			t.Fatalf("Decide: %v, want internal_error", err)
		}
	}
}

func TestRuleIsNotCalledAfterContextEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := approval.Policy{Rule: func(context.Context, assets.Actor, *assets.Asset, assets.Review) error {
		t.Error("the rule was called")
		return nil
	}}
	w := underReview.assetRows()
	if _, err := p.Decide(ctx, w, user("ann"), &w.asset, assets.Review{Action: approve}); !errors.Is(err, context.Canceled) {
		t.Errorf("Decide: %v, want context.Canceled", err)
	}
}

func TestRuleCannotChangeItsArguments(t *testing.T) {
	t.Parallel()
	overwrite := func(_ context.Context, by assets.Actor, a *assets.Asset, _ assets.Review) error {
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
	w, by := underReview.assetRows(), user("ann")
	fill := func(w *assetRows) {
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
	if _, err := (approval.Policy{Rule: overwrite}).Decide(t.Context(), w, by, &w.asset, assets.Review{Action: approve}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before.asset, w.asset); d != "" {
		t.Errorf("the rule changed the asset (-before +after):\n%s", d)
	}
	if !slices.Equal(by.Scopes, list(assets.ScopeAll)) {
		t.Errorf("the rule changed the actor: %v", by.Scopes)
	}
}

func TestRulePanicIsInTheError(t *testing.T) {
	t.Parallel()
	p := approval.Policy{Rule: func(context.Context, assets.Actor, *assets.Asset, assets.Review) error { panic("boom") }}
	w := underReview.assetRows()
	_, err := p.Decide(t.Context(), w, user("ann"), &w.asset, assets.Review{Action: approve})
	if text := fmt.Sprint(err); !strings.Contains(text, "boom") || !strings.Contains(text, "rule_test.go") {
		t.Errorf("the error does not say what panicked where: %s", text)
	}
}
