package review_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx/review"
)

const approveButton = `<button class="btn big yes"`

// TestBar: each person sees what a decision would do, or why it is not possible, and no
// button is dead without a reason.
func TestBar(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		policy  approval.Policy
		as      string
		before  func(*site, *assets.Asset)
		shows   []string
		lacks   []string
		version string
	}{
		"first approval of a new asset": {as: "ana", shows: []string{"You decide about", "Publishers get version 1. Until now they get nothing", "Request changes", "Approve version 1"}},
		"the last one needed": {policy: approval.Policy{Quorum: 2}, as: "ben", before: func(s *site, a *assets.Asset) {
			s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
		}, shows: []string{"Yours completes the 2 approvals", "1 of 2 approvals.", "it has 2 of 2 approvals: publishers get version 1 at once"}},
		"more are needed": {policy: approval.Policy{Quorum: 2}, as: "ana", shows: []string{"Yours is approval 1 of 2: publishers still get nothing for now", "it has 1 of 2 approvals: publishers still get nothing until somebody else approves version 1"}},
		"approved already": {policy: approval.Policy{Quorum: 2}, as: "ana", before: func(s *site, a *assets.Asset) {
			s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
		}, shows: []string{"You approved it", "It has 1 of 2 approvals and needs one by somebody else", "Request changes"}, lacks: []string{approveButton}},
		"an agent": {as: "agent", shows: []string{"You look at", "Agents cannot approve. Ask a person to open this page."}, lacks: []string{approveButton, "popovertarget"}},
		"a reader": {as: "reader", shows: []string{"Your access does not include this decision"}, lacks: []string{approveButton, "popovertarget"}},
		"own work": {policy: approval.Policy{ForbidSelfApproval: true}, as: "ana", before: func(s *site, a *assets.Asset) { s.addAs("ana", a.ID, "two") }, shows: []string{"You made this version. Somebody else has to approve it.", "Request changes"}, lacks: []string{approveButton}},
		"a draft": {policy: approval.Policy{RequireSubmit: true}, as: "ana", before: func(s *site, a *assets.Asset) {
			s.decide("ana", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "no"})
		}, shows: []string{"Submit version 1 for review", "ana requested changes to version 1. It has to be submitted again."}, lacks: []string{approveButton}},
		"changes of an older one were requested later": {as: "ana", before: func(s *site, a *assets.Asset) {
			s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove})
			s.add(a.ID, "two")
			s.decide("ana", a.ID, assets.Decision{Action: assets.ActionSubmit})
			s.decide("ana", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Version: 2, Comment: "no"})
			s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Version: 1, Comment: "no"})
		}, shows: []string{"Submit version 2 for review", "ana requested changes to version 2. It has to be submitted again."}, lacks: []string{approveButton}},
		"by a rule":                {policy: approval.Policy{Rule: refuse}, as: "ana", shows: []string{"Legal <b>has to</b> clear it first"}, lacks: []string{approveButton}},
		"by a rule about requests": {policy: approval.Policy{Rule: refuseRequests}, as: "ana", shows: []string{"Publishers get version 1. Until now they get nothing", "You cannot request changes: Only the editors do that.", "Approve version 1"}, lacks: []string{"popovertarget"}},
		"by two rules":             {policy: approval.Policy{ForbidSelfApproval: true, Rule: refuseRequests}, as: "ana", before: func(s *site, a *assets.Asset) { s.addAs("ana", a.ID, "two") }, shows: []string{"You made this version.", "You cannot request changes: Only the editors do that."}, lacks: []string{approveButton, "popovertarget"}},
		"in force": {
			as: "ana", before: func(s *site, a *assets.Asset) { s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove}) },
			shows: []string{"is what publishers get", "Approved by ben", "Withdraw approval of version 1"}, lacks: []string{approveButton},
		},
		"archived": {
			as: "ana", before: func(s *site, a *assets.Asset) { s.decide("ben", a.ID, assets.Decision{Action: assets.ActionArchive}) },
			shows: []string{"is archived", "Publishers get nothing of it", "Reopen as a draft"}, lacks: []string{approveButton},
		},
		"an older one in force": {as: "ana", version: "?version=1", before: func(s *site, a *assets.Asset) {
			s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove})
			s.add(a.ID, "two")
		}, shows: []string{"It is not the newest, so it cannot be approved. You can take its approval back: publishers then get nothing.", "Withdraw approval of version 1", "Look at version 2"}, lacks: []string{approveButton}},
		"an older one": {as: "ana", version: "?version=1", before: func(s *site, a *assets.Asset) { s.add(a.ID, "two") }, shows: []string{"It is not the newest, so it cannot be approved.", "Look at version 2"}, lacks: []string{approveButton, "Withdraw"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(c *assets.Config, _ *review.Options) { c.Approver = tt.policy })
			a := s.copyAsset("Spring is here.")
			if tt.before != nil {
				tt.before(s, a)
			}
			p := s.get(200, tt.as, string(a.ID)+tt.version)
			s.shows(p, tt.shows...)
			s.lacks(p, tt.lacks...)
			checkButtons(s, p)
		})
	}
}

func refuse(_ context.Context, _ assets.Actor, _ *assets.Asset, r assets.Review) error {
	if r.Action != assets.ActionApprove {
		return nil
	}
	return fmt.Errorf("%w", assets.Errorf(assets.ErrRefused, "Legal <b>has to</b> clear it first"))
}

func refuseRequests(_ context.Context, _ assets.Actor, _ *assets.Asset, r assets.Review) error {
	if r.Action != assets.ActionRequestChanges {
		return nil
	}
	return assets.Errorf(assets.ErrRefused, "Only the editors do that.")
}

// addAs adds a version that is submitted by another actor.
func (s *site) addAs(as string, id assets.ID, text string) {
	s.Helper()
	if _, err := s.lib.AddVersion(s.Context(), actors[as], id, assets.NewVersion{Text: text, Submit: true}); err != nil {
		s.Fatal(err)
	}
}

var unusable = regexp.MustCompile(`<button[^>]*aria-disabled="true"[^>]*>`)

// checkButtons checks that each button that cannot be used names its reason, and that
// every place with the number of the version has the same one.
func checkButtons(s *site, p page) {
	s.Helper()
	for _, button := range unusable.FindAllString(p.body, -1) {
		_, reason, _ := strings.Cut(button, `aria-describedby="`)
		reason, _, _ = strings.Cut(reason, `"`)
		if reason == "" || !strings.Contains(p.body, `id="`+reason+`"><svg`) {
			s.Errorf("a button without a reason that is marked: %s in %s", button, p.body)
		}
	}
	_, number, _ := strings.Cut(p.body, `data-version="`)
	number, _, _ = strings.Cut(number, `"`)
	for _, where := range []string{`: version ` + number + ` · `, `Version ` + number + `</span>`, `name="version" value="` + number + `"`} {
		if !strings.Contains(p.body, where) && strings.Contains(p.body, `name="version"`) {
			s.Errorf("the page about version %s lacks %q", number, where)
		}
	}
}
