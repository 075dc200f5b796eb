package modeltest_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/oracle"
)

// genLink draws the rest of a step that is about review links, and reports whether it is
// one.
func genLink(t *rapid.T, s *step) bool {
	draw := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
	switch s.Do {
	case "invite":
		s.Version = draw("version", "current", "current", "", "current", "previous", "approved", "next", "negative")
		s.Name = draw("name", "Eve", "Max")
		s.Can = draw("can", "decide", "decide", "decide", "comment")
		s.Hours = rapid.SampledFrom([]int{720, 720, 2}).Draw(t, "hours")
	case "time passes":
		s.Hours = rapid.SampledFrom([]int{1, 2, 720}).Draw(t, "hours")
	case "revoke", "guest approve", "guest request_changes", "guest comment":
		s.Link = rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "link")
		s.Comment = draw("comment", "why", "why", "why", " ")
	case noGuests:
	default:
		return false
	}
	return true
}

// invite makes a review link to a version of an asset.
func (d *run) invite(s step, id assets.ID, version int) (want string, err error) {
	p := players[s.Actor]
	link, err := d.lib.CreateReviewLink(d.ctx, p.actor(d.prefix), id, assets.NewReviewLink{
		Version: assets.Number(version), Name: s.Name, Can: assets.LinkRight(s.Can), ExpiresIn: time.Duration(s.Hours) * time.Hour,
	})
	made := "none"
	if err == nil {
		made = string(link.ID)
		d.links, d.tokens[link.ID] = append(d.links, link.ID), link.URL
	}
	return d.model.Invite(p.model(d.prefix), made, oracle.Link{
		Asset: string(id), Name: s.Name, Version: version, Decide: s.Can == "decide", Ends: d.model.Hour + s.Hours,
	}), err
}

// pass lets time pass, after which links have expired.
func (d *run) pass(s step) {
	d.clock.Advance(time.Duration(s.Hours) * time.Hour)
	d.model.Hour += s.Hours
	d.history = append(d.history, s.String())
}

// refuseGuests makes the policy refuse decisions of guests, also those that were made.
func (d *run) refuseGuests() {
	d.model.Policy.Guests = false
	d.history = append(d.history, noGuests)
	d.approver.Policy = policy(d.model.Policy)
}

// useLink revokes a link, or uses it as the guest.
func (d *run) useLink(s step) {
	d.Helper()
	if len(d.links) == 0 {
		return
	}
	id := d.links[max(0, len(d.links)-1-s.Link)]
	asset := assets.ID(d.model.Links[string(id)].Asset)
	action, answers := strings.CutPrefix(s.Do, "guest ")
	var err error
	var want string
	if answers {
		d.compareGuest(id)
		_, err = d.lib.AnswerReviewLink(d.ctx, d.tokens[id], assets.GuestAnswer{Action: assets.Action(action), Comment: s.Comment})
		want = d.model.Answer(string(id), action, s.Comment)
	} else {
		p := players[s.Actor]
		err = d.lib.RevokeReviewLink(d.ctx, p.actor(d.prefix), id)
		want = d.model.Revoke(p.model(d.prefix), string(id))
	}
	d.record(s, asset, assets.Code(err), want)
	d.compare(asset)
}

// compareGuest compares what OpenReviewLink says about each answer with what the model
// would return. Looking changes nothing, as the comparison after the step shows.
func (d *run) compareGuest(id assets.ID) {
	d.Helper()
	state, err := d.lib.OpenReviewLink(d.ctx, d.tokens[id])
	want := map[string]string{}
	for _, action := range []string{"approve", "request_changes", "comment"} {
		want[action] = d.model.WouldAnswer(string(id), action)
	}
	code := assets.Code(err)
	switch {
	case code == "internal_error" && (want["approve"] == code || want["request_changes"] == code): // the host's rule is broken
		return
	case d.model.Assets[d.model.Links[string(id)].Asset] == nil && want["comment"] == code: // it was deleted
		return
	case err != nil:
		d.failf("OpenReviewLink returns %v", err)
	}
	got := map[string]error{"approve": state.Approve, "request_changes": state.Request, "comment": state.Comment}
	for action, w := range want {
		if code := assets.Code(got[action]); code != w {
			d.failf("OpenReviewLink returns %q for %s, the model %q", fixture.OrOK(code), action, fixture.OrOK(w))
		}
	}
	if code := assets.Code(state.Ended); code != "" && code != want["comment"] || code == "" && slices.Contains([]string{"expired", "withdrawn"}, want["comment"]) {
		d.failf("the link has ended with %q, the model says %q", code, want["comment"])
	}
}

// checkLinks checks the review links of an asset, newest first.
func (d *run) checkLinks(owner assets.Actor, id assets.ID) {
	d.Helper()
	var want, got []string
	line := func(id, name, by, can, decision string, version int, revoked bool) string {
		return fmt.Sprint(id, name, by, can, decision, version, revoked)
	}
	for _, link := range slices.Backward(d.links) {
		if l := d.model.Links[string(link)]; l.Asset == string(id) {
			can := "comment"
			if l.Decide {
				can = "decide"
			}
			want = append(want, line(string(link), l.Name, l.InvitedBy, can, l.Decided, l.Version, l.Revoked))
		}
	}
	page, err := d.lib.ReviewLinks(d.ctx, owner, id, assets.PageQuery{Limit: assets.MaxListLimit})
	if err != nil {
		d.failf("the review links: %v", err)
	}
	for _, l := range page.Items {
		got = append(got, line(string(l.ID), l.Name, l.CreatedBy, string(l.Can), string(l.Decision), int(l.Version), l.RevokedAt != 0))
	}
	if !slices.Equal(got, want) {
		d.failf("the review links are\n%s\nthe model has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
