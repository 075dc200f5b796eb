package assets_test

import (
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// rollbackTest is a library with one asset of two versions.
type rollbackTest struct {
	*testing.T
	cfg assets.Config
	lib *assets.Library
	id  assets.ID
}

func newRollbackTest(t *testing.T, change ...func(*assets.Config)) *rollbackTest {
	t.Helper()
	s := &rollbackTest{T: t, cfg: assetstest.Config()}
	for _, c := range change {
		c(&s.cfg)
	}
	s.lib = backends.Library(t, s.cfg)
	in := fixture.Copy("first")
	in.Filename, in.Provenance.RunID = "tagline.txt", "run-1"
	made, err := s.lib.Create(t.Context(), fixture.Bot, in)
	if err != nil {
		t.Fatal(err)
	}
	s.id = made.ID
	return s
}

func (s *rollbackTest) add(text string) {
	s.Helper()
	if _, err := s.lib.AddVersion(s.Context(), fixture.Bot, s.id, assets.NewVersion{Text: text}); err != nil {
		s.Fatal(err)
	}
}

// review makes decisions about version 1.
func (s *rollbackTest) review(actions ...assets.Action) {
	s.Helper()
	for _, action := range actions {
		d := assets.Decision{Action: action, Version: 1, Comment: "why"}
		if _, err := s.lib.Review(s.Context(), fixture.Ann, s.id, d); err != nil {
			s.Fatal(err)
		}
	}
}

// rollback rolls back to version 1 and checks the state of the new version.
func (s *rollbackTest) rollback(by assets.Actor, status assets.Status, version, approved assets.Number) {
	s.Helper()
	got, err := s.lib.Rollback(s.Context(), by, s.id, assets.Rollback{Version: 1, Reason: "it was better"})
	if err != nil {
		s.Fatal(err)
	}
	if got.Status != status || got.Version != version || got.CurrentVersion != version || got.ApprovedVersion != approved {
		s.Errorf("%s, version %d, approved %d; want %s, %d, %d", got.Status, got.Version, got.ApprovedVersion, status, version, approved)
	}
}

func TestRollback(t *testing.T) {
	t.Parallel()
	t.Run("appends a version with the earlier content", func(t *testing.T) {
		t.Parallel()
		s := newRollbackTest(t)
		s.add("second")
		objects := len(fixture.Objects(t, s.cfg.Blobs))
		s.rollback(fixture.Ann, assets.StatusDraft, 3, 0)
		if n := len(fixture.Objects(t, s.cfg.Blobs)); n != objects {
			t.Errorf("%d objects, %d before: the content was copied", n, objects)
		}
		a, err := s.lib.Get(t.Context(), fixture.Ann, s.id, assets.SelectCurrent)
		if err != nil {
			t.Fatal(err)
		}
		source, got := a.Versions[0], a.Versions[2]
		if got.Content != source.Content || got.Provenance.RunID != "run-1" || got.RolledBackFrom != 1 || got.CreatedBy != "ann" {
			t.Errorf("version 3 is %+v, rolled back from %+v", got, source)
		}
		fixture.CheckContent(t, s.lib, fixture.Ann, s.id, 3)
	})
	t.Run("carries approval", func(t *testing.T) {
		t.Parallel()
		s := newRollbackTest(t)
		s.review(assets.ActionApprove)
		s.add("second")
		s.rollback(fixture.Ann, assets.StatusApproved, 3, 3)
		a, err := s.lib.Get(t.Context(), fixture.Ann, s.id, assets.SelectCurrent)
		if err != nil || len(a.Reviews) != 2 {
			t.Fatalf("%d reviews, %v", len(a.Reviews), err)
		}
		if r := a.Reviews[1]; r.CarriedFrom != 1 || r.Version != 3 || r.Comment != "it was better" || r.By != "ann" {
			t.Errorf("the carried review is %+v", r)
		}
	})
	t.Run("carries no approval that archiving withdrew APR04", func(t *testing.T) {
		t.Parallel()
		s := newRollbackTest(t)
		s.review(assets.ActionApprove)
		s.review(assets.ActionArchive, assets.ActionReopen)
		s.add("second")
		s.rollback(fixture.Ann, assets.StatusDraft, 3, 0)
	})
	t.Run("carries no approval that request_changes withdrew APR05", func(t *testing.T) {
		t.Parallel()
		s := newRollbackTest(t)
		s.review(assets.ActionApprove, assets.ActionRequestChanges)
		s.add("second")
		s.rollback(fixture.Ann, assets.StatusDraft, 3, 0)
	})
	t.Run("carries no approval for an actor who may not approve APR06", func(t *testing.T) {
		t.Parallel()
		writer := assetstest.User("acme", "wim")
		writer.Scopes = []assets.Scope{assets.ScopeWrite}
		for _, by := range []assets.Actor{fixture.Bot, writer} {
			s := newRollbackTest(t)
			s.review(assets.ActionApprove)
			s.add("second")
			s.rollback(by, assets.StatusDraft, 3, 1) // version 1 stays in force
		}
	})
	t.Run("carries no approval that the policy no longer accepts APR06", func(t *testing.T) {
		t.Parallel()
		s := newRollbackTest(t)
		s.review(assets.ActionApprove)
		s.add("second")
		s.cfg.Approver = approval.Policy{Quorum: 2}
		s.lib = backends.Library(t, s.cfg)
		s.rollback(fixture.Ann, assets.StatusDraft, 3, 1)
	})
	t.Run("to the current version adds nothing", func(t *testing.T) {
		t.Parallel()
		s := newRollbackTest(t)
		s.rollback(fixture.Ann, assets.StatusDraft, 1, 0)
		s.add("second")
		s.rollback(fixture.Ann, assets.StatusDraft, 3, 0)
		s.rollback(fixture.Ann, assets.StatusDraft, 3, 0) // version 3 equals version 1
	})
}

func TestRollbackRefused(t *testing.T) {
	t.Parallel()
	reader := fixture.Ann
	reader.Scopes = []assets.Scope{assets.ScopeRead}
	for _, tt := range []struct {
		name    string
		by      assets.Actor
		in      assets.Rollback
		archive bool
		want    error
	}{
		{"unknown version", fixture.Ann, assets.Rollback{Version: 3}, false, assets.ErrNotFound},
		{"other revision", fixture.Ann, assets.Rollback{Version: 1, IfRevision: []int64{7}}, false, assets.ErrPreconditionFailed},
		{"archived", fixture.Ann, assets.Rollback{Version: 1}, true, assets.ErrInvalidTransition},
		{"more versions than allowed", fixture.Ann, assets.Rollback{Version: 1}, false, assets.ErrTooManyVersions},
		{"reader", reader, assets.Rollback{Version: 1}, false, assets.ErrForbiddenScope},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newRollbackTest(t, func(c *assets.Config) { c.Limits.Versions = 2 })
			if _, err := s.lib.AddVersion(t.Context(), fixture.Ann, s.id, assets.NewVersion{Text: "second"}); err != nil {
				t.Fatal(err)
			}
			if tt.archive {
				fixture.Review(t, s.lib, s.id, assets.ActionArchive)
			}
			if got, err := s.lib.Rollback(t.Context(), tt.by, s.id, tt.in); !errors.Is(err, tt.want) || got != nil {
				t.Errorf("Rollback = %+v, %v; want %v", got, err, tt.want)
			}
			a, err := s.lib.Get(t.Context(), fixture.Ann, s.id, assets.SelectCurrent)
			if err != nil || a.CurrentVersion != 2 {
				t.Errorf("%d versions, %v", a.CurrentVersion, err)
			}
		})
	}
}
