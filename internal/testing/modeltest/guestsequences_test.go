package modeltest_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/oracle"
)

// TestModelGuests replays sequences that random runs reach too seldom, because most of
// their links have ended when they are used: approvals of guests that count, count together
// with those of others, are carried by a rollback, and stop counting.
func TestModelGuests(t *testing.T) {
	t.Parallel()
	const ann, bob, cem = 0, 2, 3
	invite := func(by int, name string) step {
		return step{Do: "invite", Actor: by, Version: "current", Name: name, Can: "decide", Hours: 720}
	}
	approve := func(by int) step { return step{Do: "approve", Actor: by, Version: "current"} }
	guest := func(action string) step { return step{Do: "guest " + action, Comment: "why"} }
	blue := step{Do: "version", Actor: ann, Text: "blue", MediaType: "text/plain", Filename: "f"}
	back := func(by int) step { return step{Do: "rollback", Actor: by, Version: "first"} }
	refused, later := step{Do: noGuests}, step{Do: "time passes", Hours: 720}

	for name, steps := range map[string][]step{
		"beside who invited": {invite(bob, "Eve"), guest("approve"), approve(bob), approve(cem), guest("request_changes")},
		"twice by one link":  {invite(bob, "Eve"), guest("approve"), guest("approve"), guest("comment"), later, guest("comment")},
		"two guests":         {invite(bob, "Eve"), guest("approve"), invite(cem, "Max"), guest("approve")},
		"who created":        {invite(bob, "Eve"), guest("approve"), invite(ann, "Max"), guest("approve"), approve(ann)},
		"carried":            {invite(bob, "Eve"), guest("approve"), approve(cem), blue, guest("approve"), back(bob), blue, back(cem)},
		"carried no more":    {invite(bob, "Eve"), guest("approve"), approve(cem), blue, refused, back(bob), approve(ann)},
		"taken back":         {invite(bob, "Eve"), guest("approve"), approve(cem), invite(cem, "Max"), guest("request_changes"), {Do: "request_changes", Actor: bob, Version: "current", Comment: "why"}, back(cem)},
		"erased":             {invite(bob, "Eve"), guest("approve"), approve(cem), blue, {Do: "erase", Actor: ann, Version: "first", Comment: "why"}, back(bob)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				p := genPolicy(rt)
				p.Guests, p.RequireSubmit, p.Disclosure = true, false, false
				d := newRun(t.Context(), rt, backends.Memory().Config(t), "", p)
				d.outcomes = map[string]int{}
				d.do(step{Do: "create", Title: "title", Text: "red", MediaType: "text/plain", Filename: "f"})
				for _, s := range steps {
					d.do(s)
				}
				if d.outcomes["guest approve "+fixture.OrOK(oracle.OK)] == 0 {
					d.failf("no guest has approved")
				}
				d.fulfilAll(rt)
			})
		})
	}
}
