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
