package review_test

import "testing"

func TestHelp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.shows(s.get(200, "reader", "help"), "Approving always takes two keys", "Keyboard shortcuts")
}
