package reviewpage_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
)

// everything reports whether the long tests run too.
func everything() bool { return os.Getenv("ASSETS_TEST_ALL") == "1" }

// decided is what was on the screen when a key, a click or a finger approved.
type decided struct {
	id      assets.ID
	version assets.Number
	sha256  string
	shown   string
}

// triaged is what came of a triage.
type triaged struct {
	decided   []decided
	times     []float64 // in milliseconds, from the key to the next one
	conflicts int
	end       screen
}

// triage approves everything that waits, one by one. While one in so many is looked at, an
// agent adds a version to it: the decision about it is refused, and the newer one is
// approved instead.
func (p *tab) triage(by string, every int, timed bool) (got triaged) {
	p.Helper()
	p.visit("triage")
	for i := 1; ; i++ {
		on := p.look()
		if on.ID == "" {
			got.end = on
			return got
		}
		was := decided{on.ID, on.Version, on.SHA256, p.content()}
		if i%every == 0 {
			p.site.regenerate(on.ID)
			p.approve(by, false)
			p.checkConflict(was)
			got.conflicts++
			p.lookAtNewest(by)
			on = p.look()
			was = decided{on.ID, on.Version, on.SHA256, p.content()}
		}
		took := p.approve(by, timed)
		if i%every != 0 {
			got.times = append(got.times, took)
		}
		got.decided = append(got.decided, was)
		if len(got.decided) > 2000 {
			p.Fatal("it does not end")
		}
	}
}

// lookAtNewest follows the button of the page about a conflict.
func (p *tab) lookAtNewest(by string) {
	p.Helper()
	how := map[string]any{"does": "click", "on": "[data-key=o]", "follows": true}
	switch by {
	case "keys":
		how = map[string]any{"does": "press", "key": "o", "follows": true}
	case "touch":
		how["does"] = "tap"
	}
	p.do("act", how, nil)
}

// checkConflict checks that the page says that nothing was decided, has no button for a
// decision, and shows what changed.
func (p *tab) checkConflict(was decided) {
	p.Helper()
	got, a := p.look(), p.site.get(was.id)
	if a.ApprovedVersion != 0 {
		p.Fatalf("%s: version %d was approved", a.Title, a.ApprovedVersion)
	}
	if got.ID != "" || !slices.ContainsFunc(got.Said, func(s string) bool { return strings.HasPrefix(s, "Nothing was decided") }) {
		p.Errorf("%s: after a conflict the page announces %q and has the buttons %q", a.Title, got.Said, got.Buttons)
	}
	versions := []string{"/versions/" + itoa(int(was.version)) + "/", "/versions/" + itoa(int(a.Version)) + "/"}
	var changed bool
	switch a.Type {
	case assets.TypeCopy, assets.TypeBlog:
		changed = len(got.Inserted) > 0 && len(got.Deleted) > 0 && !slices.Equal(got.Inserted, got.Deleted)
	case assets.TypeBundle:
		changed = slices.Contains(got.Cells, "~ changed")
	default:
		changed = len(got.Sources) == 2 && strings.Contains(got.Sources[0], versions[0]) && strings.Contains(got.Sources[1], versions[1])
	}
	if !changed {
		p.Errorf("%s, a %s: what changed is not shown: %+v", a.Title, a.Type, got)
	}
}

// checkApprovals checks that n assets are approved, each as it was on the screen.
func (s *site) checkApprovals(got triaged, n int) {
	s.Helper()
	approved := 0
	for a, err := range s.lib.All(s.Context(), actor("Ana"), assets.Query{Perspective: assets.PerspectiveApproved}) {
		if err != nil {
			s.Fatal(err)
		}
		approved++
		i := slices.IndexFunc(got.decided, func(d decided) bool { return d.id == a.ID })
		if i < 0 || got.decided[i].version != a.Version || got.decided[i].sha256 != a.Content.SHA256 || !s.shows(got.decided[i].shown, a) {
			s.Errorf("%s: version %d with %s is approved, which was not on the screen", a.Title, a.Version, a.Content.SHA256)
		}
	}
	if approved != n || len(got.decided) != n {
		s.Errorf("%d of %d are approved, %d decided", approved, n, len(got.decided))
	}
	if !strings.Contains(got.end.Text, "That was the last one") {
		s.Errorf("at the end: %q", got.end.Text)
	}
}

// maxNext is how long the next one may take after the key (p95) on a machine where nothing
// else runs, as with ASSETS_TEST_QUIET. Another one may take busy times as long.
const (
	maxNext = 250 * time.Millisecond
	busy    = 40
)

// TestVolumeDecidedByKeyboard: all that waits, of all types, is decided by keyboard alone
// in one session, while an agent regenerates every tenth between look and key. Nothing is
// approved that was not on the screen, and each one that was refused shows what changed.
// It runs alone, because it measures how long the next one takes. The ordinary run has 100
// assets, with ASSETS_TEST_ALL it has 500.
func TestVolumeDecidedByKeyboard(t *testing.T) { //nolint:paralleltest // it measures
	getBrowser(t)
	n, begin := 100, time.Now()
	if everything() {
		n = 500
	}
	s := newSite(t, plan{})
	s.fill(n)
	got := s.open(t, setting{who: "Mara"}).triage("keys", 10, true)
	s.checkApprovals(got, n)
	if got.conflicts != n/10 {
		t.Errorf("%d conflicts", got.conflicts)
	}
	slices.Sort(got.times)
	p95 := time.Duration(got.times[len(got.times)*95/100] * float64(time.Millisecond))
	t.Logf("%d in %.0f s; from the key to the next one: median %.0f ms, p95 %v, longest %.0f ms",
		n, time.Since(begin).Seconds(), got.times[len(got.times)/2], p95.Round(time.Millisecond), got.times[len(got.times)-1])
	limit := maxNext
	if os.Getenv("ASSETS_TEST_QUIET") != "1" {
		limit *= busy
	}
	if p95 > limit {
		t.Errorf("p95 is %v, want at most %v", p95, limit)
	}
}

// TestVolumeDecidedOtherwise: the same by mouse, by touch on a phone, and by forms without
// scripts.
func TestVolumeDecidedOtherwise(t *testing.T) {
	t.Parallel()
	n := 12
	if everything() {
		n = 100
	}
	for name, how := range map[string]struct {
		by string
		setting
	}{
		"mouse":           {"mouse", setting{who: "Mara"}},
		"touch":           {"touch", setting{who: "Mara", touch: true, width: 390}},
		"without scripts": {"mouse", setting{who: "Mara", noScripts: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			getBrowser(t)
			s := newSite(t, plan{})
			s.fill(n)
			got := s.open(t, how.setting).triage(how.by, 5, false)
			s.checkApprovals(got, n)
			if got.conflicts != n/5 {
				t.Errorf("%d conflicts", got.conflicts)
			}
		})
	}
}
