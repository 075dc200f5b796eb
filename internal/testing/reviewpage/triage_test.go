package reviewpage_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// everything reports whether the long tests run too.
func everything() bool { return os.Getenv("ASSETS_TEST_ALL") == "1" }

// decided is what was on the screen when a key or a click decided.
type decided struct {
	ID      assets.ID
	Version assets.Number
	SHA256  string
}

// triaged is what a triage reports.
type triaged struct {
	seen
	Decided   []decided
	Times     []float64 // in milliseconds, from the key to the next one
	Conflicts []struct {
		ID      assets.ID
		Status  bool // the page says that nothing was decided
		Change  bool // and what changed
		Buttons int  // for approving
	}
	End string
}

// checkApprovals checks that exactly what was on the screen is approved.
func (s *site) checkApprovals(got triaged, n int) {
	s.Helper()
	approved := 0
	for a, err := range s.lib.All(s.Context(), actor("ana"), assets.Query{}) {
		if err != nil {
			s.Fatal(err)
		}
		if !slices.Contains(got.Decided, decided{a.ID, a.ApprovedVersion, a.Content.SHA256}) {
			s.Errorf("%s: version %d is approved, which was not on the screen", a.Title, a.ApprovedVersion)
			continue
		}
		approved++
	}
	if approved != n || len(got.Decided) != n {
		s.Errorf("%d of %d are approved, %d decided", approved, n, len(got.Decided))
	}
	for _, c := range got.Conflicts {
		if !c.Status || !c.Change || c.Buttons != 0 {
			s.Errorf("a conflict is shown as %+v", c)
		}
	}
}

// TestVolumeTriageByKeyboard: everything that waits is decided about by keyboard alone, while
// an agent regenerates every tenth between look and key. Nothing is approved that was
// not on the screen, and each one that was refused shows what changed.
func TestVolumeTriageByKeyboard(t *testing.T) {
	t.Parallel()
	b, n := getBrowser(t), 30
	if everything() {
		n = 500
	}
	s := newSite(t, approval.Policy{})
	s.fill(n)
	var got triaged
	b.do(t, "triage", map[string]any{"url": s.url + "triage", "who": "ana", "by": "keys", "every": 10, "regenerate": s.origin + "/regenerate/"}, &got)
	got.check(t, "triage")
	s.checkApprovals(got, n)
	if len(got.Conflicts) != n/10 || !strings.Contains(got.End, "That was the last one") {
		t.Errorf("%d conflicts, at the end %q", len(got.Conflicts), got.End)
	}
	slices.Sort(got.Times)
	t.Logf("from the key to the next one: median %.0f ms, p95 %.0f ms", got.Times[len(got.Times)/2], got.Times[len(got.Times)*95/100])
	if p95 := time.Duration(got.Times[len(got.Times)*95/100]) * time.Millisecond; everything() && p95 > 2*time.Second { // 250 ms on a machine that does nothing else
		t.Errorf("p95 is %v", p95)
	}
}

// TestVolumeTriageOtherwise: the same by mouse, by touch on a phone, and by forms without
// scripts.
func TestVolumeTriageOtherwise(t *testing.T) {
	t.Parallel()
	b, n := getBrowser(t), 6
	if everything() {
		n = 100
	}
	for name, arguments := range map[string]map[string]any{
		"mouse":           {"by": "mouse"},
		"touch":           {"by": "touch", "touch": true, "width": 390},
		"without scripts": {"by": "mouse", "script": false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, approval.Policy{})
			s.fill(n)
			arguments["url"], arguments["who"], arguments["every"], arguments["regenerate"] = s.url+"triage", "ana", 5, s.origin+"/regenerate/"
			var got triaged
			b.do(t, "triage", arguments, &got)
			got.check(t, name)
			s.checkApprovals(got, n)
		})
	}
}
