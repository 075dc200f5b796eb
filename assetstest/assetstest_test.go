package assetstest_test

import (
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
)

// TestTagline runs what the Example shows, as a host would.
func TestTagline(t *testing.T) {
	t.Parallel()
	testTagline(t)
}

func TestNewMakesLibrariesOfTheirOwn(t *testing.T) {
	t.Parallel()
	first, second := assetstest.New(t), assetstest.New(t)
	ana := assetstest.User("acme", "ana")
	made, err := first.Create(t.Context(), ana, newTagline())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Get(t.Context(), ana, made.ID, assets.SelectCurrent); err != nil {
		t.Errorf("in its own library: %v", err)
	}
	if _, err := second.Get(t.Context(), ana, made.ID, assets.SelectCurrent); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("in another library: %v, want ErrNotFound", err)
	}
	if _, err := first.Get(t.Context(), assetstest.User("other", "ana"), made.ID, assets.SelectCurrent); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("in another workspace: %v, want ErrNotFound", err)
	}
}

func TestApproved(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Approver = approval.Policy{Quorum: 3, ForbidSelfApproval: true, RequireVersion: true, RequireSubmit: true}
	strict, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, lib := range []*assets.Library{assetstest.New(t), strict} {
		made := assetstest.Approved(t, lib, "acme", newTagline())
		got, err := lib.Approved(t.Context(), assetstest.User("acme", "publisher"), made.ID)
		if err != nil || len(got) != 1 || got[0].Status != assets.StatusApproved || got[0].Version != 1 {
			t.Errorf("%v, %v", got, err)
		}
	}
}

func TestConfigCanBeChanged(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Versioner = nil
	if _, err := assets.New(cfg); err == nil {
		t.Error("a Config without a Versioner is accepted")
	}
	if other := assetstest.Config(); other.Versioner == nil || other.Store == cfg.Store {
		t.Error("two Configs share what they are made of")
	}
}

func TestActors(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	user, agent := assetstest.User("acme", "ana"), assetstest.Agent("acme", "bot")
	made, err := lib.Create(t.Context(), agent, newTagline())
	if err != nil {
		t.Fatal(err)
	}
	approve := assets.Decision{Action: assets.ActionApprove, Version: 1}
	if _, err := lib.Review(t.Context(), agent, made.ID, approve); !errors.Is(err, assets.ErrKindCannotApprove) {
		t.Errorf("an agent approves: %v, want ErrKindCannotApprove", err)
	}
	if _, err := lib.Review(t.Context(), user, made.ID, approve); err != nil {
		t.Errorf("a user approves: %v", err)
	}
}

func newTagline() assets.NewAsset {
	return assets.NewAsset{Type: assets.TypeCopy, Title: "Tagline", NewVersion: assets.NewVersion{Text: "Spring is here."}}
}
