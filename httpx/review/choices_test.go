package review_test

import (
	"strings"
	"testing"
)

// TestChoices: each filter is a link; what is chosen is marked, and a second click
// removes it.
func TestChoices(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.copyAsset("one")
	p := s.get(200, "ana", "?campaign_id=spring&type=copy")
	for _, want := range []string{
		`<a href="./?campaign_id=spring" aria-current="true">`, // without the type
		`<a href="./?type=copy" aria-current="true">`,          // without the campaign
		`<a href="./?campaign_id=spring&amp;status=draft&amp;type=copy">`,
		`<a href="./?campaign_id=spring&amp;type=image">`,
		`<a href="./?agent_slug=copywriter&amp;campaign_id=spring&amp;type=copy">`,
	} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if p = s.get(200, "ana", "?campaign_id=none"); !strings.Contains(p.body, `aria-current="true"><bdi>none</bdi>`) {
		t.Error("a campaign without assets cannot be removed")
	}
}
