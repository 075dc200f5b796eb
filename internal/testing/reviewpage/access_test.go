package reviewpage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The widths of windows in pixels.
const (
	wide   = 1440
	narrow = 360
)

// variant is how a page is looked at.
type variant struct {
	language string
	dark     bool
	width    int
}

func (v variant) String() string {
	return fmt.Sprintf("%s-%s-%s", v.language, map[bool]string{true: "dark", false: "light"}[v.dark], map[bool]string{true: "desktop", false: "phone"}[v.width == wide])
}

// variants returns all of them, beginning with those that differ most.
func variants() (all []variant) {
	for i, language := range []string{"en", "de", "ar", "en", "de", "ar", "en", "de", "ar", "en", "de", "ar"} {
		all = append(all, variant{language, i/3%2 == 1, []int{wide, narrow}[(i+i/6)%2]})
	}
	return all
}

// looksAt returns the variants in which the state with a number is looked at. In the
// ordinary run each state is looked at in one of them, and each variant is that of some
// states. With ASSETS_TEST_ALL it is all of them; for pictures those in English.
func looksAt(number int, pictures bool) []variant {
	all := variants()
	switch {
	case everything():
		return all
	case pictures:
		return slices.DeleteFunc(all, func(v variant) bool { return v.language != "en" })
	}
	return []variant{all[number%len(all)]}
}

// audited is what an audit of a page reports.
type audited struct {
	Violations []string
	Overflow   int      // pixels by which the page is too wide
	Small      []string // targets
	Moving     []string // elements, though motion is to be reduced
}

// tabbed is what going through a page with the tabulator reports.
type tabbed struct {
	Stops  int
	Hidden []string // have the focus and cannot be seen
	Missed []string // never have the focus
}

// TestVolumeEveryState looks at every page in every state: axe finds nothing, nothing is
// wider than the window, targets have 24 pixels or room around them, nothing moves for
// those who do not want it, each control gets the focus and is then seen, and the number
// of the version is the same wherever the page has it. With ASSETS_TEST_SHOTS it writes a
// picture of each to that folder.
func TestVolumeEveryState(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	common := newSite(t, *changing)
	folder := os.Getenv("ASSETS_TEST_SHOTS")
	for i, st := range states() {
		for _, v := range looksAt(i, folder != "") {
			t.Run(st.name+"/"+v.String(), func(t *testing.T) {
				t.Parallel()
				s := common
				if st.own != nil {
					s = newSite(t, *st.own)
				}
				who := st.who
				if who == "" {
					who = "Mara"
				}
				p := s.open(t, setting{who: who, language: v.language, dark: v.dark, width: v.width, reduced: true, news: st.news})
				st.show(p)
				p.audit()
				if folder != "" && v.language == "en" {
					p.do("shoot", map[string]any{"path": filepath.Join(folder, fmt.Sprintf("%s-%s.png", st.name, v.String()[len("en-"):]))}, nil)
				}
				p.tabThrough()
			})
		}
	}
}

// audit checks the accessibility of the page, and the numbers of the version.
func (p *tab) audit() {
	p.Helper()
	var got audited
	p.do("audit", nil, &got)
	for _, v := range got.Violations {
		p.Error(v)
	}
	if got.Overflow > 0 || len(got.Small)+len(got.Moving) > 0 {
		p.Errorf("%d pixels too wide, too small: %q, moving: %q", got.Overflow, got.Small, got.Moving)
	}
	on := p.look()
	if other := slices.IndexFunc(on.Numbers, func(n int) bool { return n != int(on.Version) }); on.Version > 0 && (other >= 0 || len(on.Numbers) < 3) {
		p.Errorf("the number of the version is %d, elsewhere %v", on.Version, on.Numbers)
	}
}

// tabThrough checks that each control gets the focus, and is then seen.
func (p *tab) tabThrough() {
	p.Helper()
	var got tabbed
	p.do("tabThrough", nil, &got)
	if got.Stops == 0 || len(got.Hidden)+len(got.Missed) > 0 {
		p.Errorf("of %d stops hidden: %q; without focus: %q", got.Stops, got.Hidden, got.Missed)
	}
}
