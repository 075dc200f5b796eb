package races_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// many is how many callers act at once.
const many = 32

// TestApproveWhileRegeneratedAPR01: 32 approvers name the version that they read
// while 32 generators replace it. Exactly one approval of a version is recorded,
// every approver has read what it approved, and every call succeeds in the end.
func TestApproveWhileRegeneratedAPR01(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		id := fixture.Draft(t, lib, true).ID
		var seen sync.Map // of decision: what approvers named
		var wins atomic.Int64
		fixture.AtOnce(2*many, func(i int) {
			if i%2 == 0 {
				text := fmt.Sprintf("version of generator %d", i)
				_, err := lib.AddVersion(t.Context(), fixture.User("maker"), id, assets.NewVersion{Text: text, Submit: i%4 == 0})
				if err != nil {
					t.Errorf("generator: %v", err)
				}
				return
			}
			approveCurrent(t, lib, fixture.Subject(i), id, &seen, &wins)
		})

		a := fixture.CheckConsistent(t, cfg, lib, id)
		if len(a.Versions) != 1+many {
			t.Errorf("%d versions of %d generators", len(a.Versions), many)
		}
		approvals := map[assets.Number]int{}
		for _, r := range a.Reviews {
			if r.Action != assets.ActionApprove {
				continue
			}
			if approvals[r.Version]++; approvals[r.Version] > 1 {
				t.Errorf("version %d was approved more than once", r.Version)
			}
			if _, ok := seen.Load(decision{r.By, r.Version, r.SHA256}); !ok {
				t.Errorf("%s never saw version %d with %s", r.By, r.Version, r.SHA256)
			}
		}
		if len(approvals) == 0 || int64(len(approvals)) != wins.Load() {
			t.Errorf("%d approvals are recorded, %d calls recorded one", len(approvals), wins.Load())
		}
	})
}

type decision struct {
	by      string
	version assets.Number
	digest  string
}

// approveCurrent reads and approves the current version until an approval is in
// effect. Each conflict means that a generator succeeded, so tries are bounded.
func approveCurrent(t testing.TB, lib *assets.Library, by string, id assets.ID, seen *sync.Map, wins *atomic.Int64) {
	t.Helper()
	for range many + 1 {
		a, err := lib.Get(t.Context(), fixture.User(by), id, assets.SelectCurrent)
		if err != nil {
			t.Errorf("approver's get: %v", err)
			return
		}
		seen.Store(decision{by, a.Version, a.Content.SHA256}, true)
		out, err := lib.Review(t.Context(), fixture.User(by), id, assets.Decision{
			Action: assets.ActionApprove, Version: a.Version, SHA256: a.Content.SHA256,
		})
		switch code := assets.Code(err); {
		case code == "version_conflict":
		case err != nil:
			t.Errorf("approver: %v", err)
			return
		default:
			if out.ApprovedVersion != a.Version {
				t.Errorf("approving version %d returns version %d in force", a.Version, out.ApprovedVersion)
			}
			if approvedBy(fixture.Get(t, lib, id), a.Version) == by {
				wins.Add(1)
			}
			return
		}
	}
	t.Errorf("%s had a conflict with every generator", by)
}

func approvedBy(a *assets.Asset, n assets.Number) string {
	for _, r := range a.Reviews {
		if r.Version == n && r.Action == assets.ActionApprove {
			return r.By
		}
	}
	return ""
}

// TestManyApproversOfOneVersionAPR01: without generators all 32 approvals of one
// version succeed, and one is recorded.
func TestManyApproversOfOneVersionAPR01(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		id := fixture.Draft(t, lib, true).ID
		errs := make([]error, many)
		fixture.AtOnce(many, func(i int) { errs[i] = fixture.Decide(t, lib, fixture.Subject(i), id, assets.ActionApprove, 1) })
		if got := fixture.CountCodes(errs); got["ok"] != many {
			t.Errorf("codes: %v, want %d ok", got, many)
		}
		if a := fixture.CheckConsistent(t, cfg, lib, id); len(a.Reviews) != 2 { // submit, approve
			t.Errorf("%d reviews, want 2", len(a.Reviews))
		}
	})
}

// TestQuorumAPR03 needs two approvals that come at once, or one after the other.
func TestQuorumAPR03(t *testing.T) {
	t.Parallel()
	t.Run("both commit at once", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			cfg.Approver = approval.Policy{Quorum: 2}
			lib := backends.Library(t, cfg)
			for range 8 {
				id := fixture.Draft(t, lib, true).ID
				fixture.AtOnce(2, func(i int) {
					if err := fixture.Decide(t, lib, fixture.Subject(i), id, assets.ActionApprove, 1); err != nil {
						t.Error(err)
					}
				})
				a := fixture.CheckConsistent(t, cfg, lib, id)
				rows, approving := 0, 0
				for _, e := range fixture.JournalOf(t, cfg, id) {
					switch e.Type {
					case assets.EventApproved:
						rows, approving = rows+1, approving+1
					case assets.EventApprovalRecorded:
						rows++
					}
				}
				if a.Status != assets.StatusApproved || len(a.Reviews) != 3 || rows != 2 || approving != 1 {
					t.Errorf("%s with %d reviews, %d journal rows, %d of them to approved; want approved, 3, 2, 1", a.Status, len(a.Reviews), rows, approving)
				}
			}
		})
	})
	t.Run("a new version between", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			cfg.Approver = approval.Policy{Quorum: 2}
			lib := backends.Library(t, cfg)
			id := fixture.Draft(t, lib, true).ID
			steps := []error{
				fixture.Decide(t, lib, "ann", id, assets.ActionApprove, 1),
				fixture.AddVersion(t, lib, id, "second"),
				fixture.Decide(t, lib, "bob", id, assets.ActionApprove, 2),
			}
			for _, err := range steps {
				if err != nil {
					t.Fatal(err)
				}
			}
			if a := fixture.CheckConsistent(t, cfg, lib, id); a.Status != assets.StatusPendingReview || a.ApprovedVersion != 0 {
				t.Errorf("1 of 2 approvals: %s, version %d in force", a.Status, a.ApprovedVersion)
			}
		})
	})
	t.Run("one subject with two keys counts once AUTH04", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			cfg.Approver = approval.Policy{Quorum: 2}
			lib := backends.Library(t, cfg)
			id := fixture.Draft(t, lib, true).ID
			fixture.AtOnce(many, func(i int) {
				by := fixture.User("ann")
				by.KeyPrefix = assets.Optional(fmt.Sprintf("key%05d", i))
				if _, err := lib.Review(t.Context(), by, id, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
					t.Error(err)
				}
			})
			if a := fixture.CheckConsistent(t, cfg, lib, id); a.Status != assets.StatusPendingReview || len(a.Reviews) != 2 {
				t.Errorf("%s after one subject's approvals, %d reviews", a.Status, len(a.Reviews))
			}
		})
	})
}

// TestReadersSeeOneVersionAPR09: a reader of the approved version gets the number,
// digest and bytes of one version, which was approved.
func TestReadersSeeOneVersionAPR09(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		id := fixture.Draft(t, lib, true).ID
		if err := fixture.Decide(t, lib, "ann", id, assets.ActionApprove, 1); err != nil {
			t.Fatal(err)
		}
		const rounds = 12
		ctx, done := context.WithCancel(t.Context())
		var reads atomic.Int64
		fixture.AtOnce(4, func(i int) {
			if i > 0 {
				for ctx.Err() == nil || reads.Load() < 10 {
					readApproved(t, lib, id)
					reads.Add(1)
				}
				return
			}
			defer done()
			for n := assets.Number(2); n < 2+rounds; n++ {
				if err := fixture.AddVersion(t, lib, id, fmt.Sprintf("text of version %d", n)); err != nil {
					t.Error(err)
				}
				if n%3 == 0 { // stays a draft
					continue
				}
				if err := fixture.Decide(t, lib, "ann", id, assets.ActionApprove, n); err != nil {
					t.Error(err)
				}
			}
		})
		fixture.CheckConsistent(t, cfg, lib, id)
	})
}

func readApproved(t testing.TB, lib *assets.Library, id assets.ID) {
	t.Helper()
	reader := fixture.User("reader")
	page, err := lib.List(t.Context(), reader, assets.Query{Statuses: []assets.Status{assets.StatusApproved}})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("list: %d items, %v", len(page.Items), err)
		return
	}
	shown, err := lib.Get(t.Context(), reader, id, assets.SelectApproved)
	if err != nil {
		t.Errorf("get: %v", err)
		return
	}
	for _, a := range []*assets.Asset{page.Items[0], shown} {
		v, err := lib.Version(t.Context(), reader, id, assets.Selector(a.Version))
		if err != nil || v.Content != a.Content || v.Approval != assets.ApprovalGiven || a.Version != a.ApprovedVersion {
			t.Errorf("two versions mixed: shown is version %d of %d with %v, that version has %v, %q, %v", a.Version, a.ApprovedVersion, a.Content, v.Content, v.Approval, err)
		}
	}
	f, err := lib.Open(t.Context(), reader, id, assets.SelectApproved)
	if err != nil {
		t.Errorf("open: %v", err)
		return
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	want := fmt.Sprintf("text of version %d", f.Version.Number)
	if f.Version.Number == 1 {
		want = "first"
	}
	if err != nil || string(b) != want || fixture.SHA256(want) != f.Version.Content.SHA256 || f.Version.Number%3 == 0 {
		t.Errorf("approved bytes of version %d are %q (%v)", f.Version.Number, b, err)
	}
}
