package review_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// TestSeveralRequestsWithdrawNothing: changes are requested within the write only if
// nobody has decided since the page was made.
func TestSeveralRequestsWithdrawNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b, gone := s.copyAsset("First text."), s.copyAsset("Second text."), s.copyAsset("Third text.")
	picks := []string{pickOf(a), pickOf(b), pickOf(gone)}
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove})
	if _, err := s.lib.Edit(t.Context(), actors["ben"], b.ID, assets.Edit{Tags: assets.Tags{"k": {"v"}}}); err != nil {
		t.Fatal(err)
	}
	s.decide("ben", gone.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "no"})
	if err := s.lib.Delete(t.Context(), actors["ben"], gone.ID, nil); err != nil {
		t.Fatal(err)
	}
	p := s.send("ana", "several", url.Values{"pick": picks, "confirm": {"1"}, "action": {"request_changes"}, "comment": {"Shorter."}})
	s.shows(p, "Changes to 0 requested, 3 not decided", "Somebody has approved it since", "Somebody has decided about it, or changed it, since you looked.", "This asset has been deleted.", "Shorter.")
	if !strings.Contains(p.body, `role="status" data-announce="h1"><h1`) {
		t.Error("the results are not announced, or have no heading")
	}
	if now := s.current(a.ID); now.ApprovedVersion != 1 {
		t.Errorf("the approval was withdrawn: %+v", now.LastReview)
	}
	// Approving is about the version alone: tags may change.
	p = s.send("ana", "several", url.Values{"pick": {picks[1]}, "confirm": {"1"}, "action": {"approve"}, "type": {"copy"}, "cursor": {"c"}})
	s.shows(p, "1 approved, 0 not decided")
	if !strings.Contains(p.body, `href="./?cursor=c&amp;type=copy"`) {
		t.Error("the page does not lead back to where one was in the queue")
	}
}
