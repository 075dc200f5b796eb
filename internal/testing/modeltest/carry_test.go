package modeltest_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/oracle"
)

// TestModelCarriedTwice replays sequences that random runs reach too seldom: a
// carried approval is carried once more, under a policy that forbids self-approval,
// and after the approval that it came from was withdrawn.
func TestModelCarriedTwice(t *testing.T) {
	t.Parallel()
	text := func(actor int, text string) step {
		return step{Do: "version", Actor: actor, Text: text, MediaType: "text/plain", Filename: "f"}
	}
	const ann, bob, cem = 0, 2, 3
	again := []step{
		{Do: "approve", Actor: bob, Version: "current"},
		text(ann, "blue"),
		{Do: "rollback", Actor: bob, Version: "first"}, // bob creates and reviews version 3
		text(ann, "blue"),
		{Do: "rollback", Actor: cem, Version: "previous"},
	}
	withdrawn := append(again[:4:4],
		step{Do: "request_changes", Actor: bob, Version: "first", Comment: "why"}, again[4])
	for name, steps := range map[string][]step{"again": again, "origin withdrawn": withdrawn} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				policy := oracle.Policy{ForbidSelf: rapid.Bool().Draw(rt, "forbid self-approval")}
				d := newRun(t.Context(), rt, backends.Memory().Config(t), "", policy)
				d.outcomes = map[string]int{}
				d.do(step{Do: "create", Title: "title", Text: "red", MediaType: "text/plain", Filename: "f"})
				for _, s := range steps {
					d.do(s)
				}
			})
		})
	}
}
