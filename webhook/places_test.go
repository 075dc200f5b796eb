package webhook_test

import (
	"fmt"
	"testing"

	"github.com/10ex/assets/webhook"
)

// TestPlaces: however many workspaces take what they may, some places are left, and each
// other workspace may have one.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for workspaces, most := range map[int]int{1: 64, 4: 160, 20: 232, 80: 254} {
		t.Run(fmt.Sprint(workspaces), func(t *testing.T) {
			t.Parallel()
			held, share := webhook.FillPlaces(workspaces)
			if held > most || held < 50 {
				t.Errorf("%d places are held, want 50 to %d", held, most)
			}
			if share < 1 {
				t.Error("a workspace more gets no place")
			}
		})
	}
}
