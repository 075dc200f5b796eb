package reviewpage_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/10ex/assets"
)

// TestVolumeDoubleClick: the second click of a double click decides nothing, by mouse and by
// touch, with scripts, which ignore it, and without them, where the server refuses it. A later
// click decides. The ordinary run has each way once.
func TestVolumeDoubleClick(t *testing.T) {
	t.Parallel()
	const approveButton = "[data-key=a]"
	for place, tt := range map[string]struct {
		show     func(*tab) // brings the page that has the first button
		first    string     // that button
		approved int        // by the first click
	}{
		"the queue": {on("", click(".pickable >> nth=0", ".pickable >> nth=1")), ".picked .dark", 0},
		"triage":    {on("triage"), approveButton, 1},
		"conflict": {func(p *tab) {
			p.visit("triage")
			p.site.regenerate(p.look().ID)
			p.clickTo(approveButton)
		}, "[data-key=o]", 0},
		"the receipt": {on("triage", func(p *tab) {
			p.visit(string(p.look().ID))
			p.clickTo(approveButton)
		}), "[data-key=o]", 1},
	} {
		ways := map[string]setting{"mouse": {}, "touch without scripts": {touch: true, width: 390, noScripts: true}}
		if everything() {
			ways["touch"], ways["mouse without scripts"] = setting{touch: true, width: 390}, setting{noScripts: true}
		}
		for name, how := range ways {
			t.Run(place+" by "+name, func(t *testing.T) {
				t.Parallel()
				getBrowser(t)
				s := newSite(t, plan{})
				for i := range 3 {
					s.create(assets.TypeCopy, "Mail "+itoa(i), s.content(assets.TypeCopy, i))
				}
				how.who = "Mara"
				p := s.open(t, how)
				tt.show(p)
				click := map[string]any{"does": "click", "on": tt.first, "follows": true}
				if how.touch {
					click["does"] = "tap"
				}
				p.do("before", map[string]any{"script": firstClickComesAtOnce}, nil)
				p.do("act", click, nil)
				s.atOnce.Store(true)
				click["on"], click["hasty"], click["follows"] = approveButton, true, how.noScripts
				p.do("act", click, nil)
				s.atOnce.Store(false)
				p.shows("Nothing was decided. The click came as soon as the page was there")
				if n := s.countApproved(); n != tt.approved {
					t.Errorf("%d are approved, want %d", n, tt.approved)
				}
				p.clickTo(approveButton)
				if n := s.countApproved(); n <= tt.approved {
					t.Errorf("a later click leaves %d approved", n)
				}
			})
		}
	}
}

// firstClickComesAtOnce has the first click on a page come at once after the page, by its clock,
// however busy the machine is.
const firstClickComesAtOnce = `
	const { get } = Object.getOwnPropertyDescriptor(Event.prototype, 'timeStamp');
	let first = true;
	Object.defineProperty(Event.prototype, 'timeStamp', { get() { return this.type === 'click' && first ? 0 : get.call(this); } });
	addEventListener('click', () => { first = false; });`

var madeField = regexp.MustCompile(`\bmade=\d{13}`)

// hurry has forms come at once after their pages, by what they say, while atOnce is set.
func (s *site) hurry(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.atOnce.Load() {
			form, err := io.ReadAll(r.Body)
			if err != nil {
				s.Error(err)
			}
			now := "made=" + strconv.FormatInt(time.Now().UnixMilli(), 10)
			r.Body = io.NopCloser(bytes.NewReader(madeField.ReplaceAll(form, []byte(now))))
		}
		next.ServeHTTP(w, r)
	})
}

// countApproved returns how many assets are approved.
func (s *site) countApproved() (n int) {
	s.Helper()
	for _, err := range s.lib.All(s.Context(), actor("Ana"), assets.Query{Perspective: assets.PerspectiveApproved}) {
		if err != nil {
			s.Fatal(err)
		}
		n++
	}
	return n
}
