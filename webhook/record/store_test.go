package record_test

import (
	"slices"
	"testing"

	"github.com/10ex/assets/webhook/record"
)

func TestStates(t *testing.T) {
	t.Parallel()
	want := []record.State{"pending", "delivered", "failed"}
	if got := record.States(); !slices.Equal(got, want) {
		t.Errorf("States returns %v, want %v", got, want)
	}
}

func TestRoom(t *testing.T) {
	t.Parallel()
	c := record.Claim{Limit: 10, PerWorkspace: 4, Attempting: map[string]int{"some": 1, "full": 4, "over": 5}}
	for workspace, want := range map[string]int{"none": 4, "some": 3, "full": 0, "over": 0} {
		if got := c.Room(workspace); got != want {
			t.Errorf("%s has room for %d, want %d", workspace, got, want)
		}
	}
	full := c.Full()
	slices.Sort(full)
	if want := []string{"full", "over"}; !slices.Equal(full, want) {
		t.Errorf("%v are full, want %v", full, want)
	}
	c.Limit = 2
	if got := c.Room("none"); got != 2 {
		t.Errorf("room for %d, more than the limit", got)
	}
	c.PerWorkspace = 0
	if got := c.Room("over"); got != 2 || c.Full() != nil {
		t.Errorf("room for %d without a bound, and %v are full", got, c.Full())
	}
}
