package assetstest_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

func TestVolumeArchivesRefusesWrongLayout(t *testing.T) {
	refuses(
		t, archivesSuite,
		changedEntry("names lose their case", "equal titles get different names EXP06", func(e *export.Entry) {
			e.Name = strings.Map(func(c rune) rune {
				if 'A' <= c && c <= 'Z' {
					c += 'a' - 'A'
				}
				return c
			}, e.Name)
		}),
		changedEntry("a name leaves its folder", "any title becomes a safe name EXP05", func(e *export.Entry) {
			e.Name = "../../" + strings.Repeat("x", len(e.Name)-len("../../"))
		}),
		changedEntry("sizes have 32 bits", "sizes and offsets at which zip64 begins EXP07", func(e *export.Entry) { e.Size &= math.MaxUint32 }),
	)
}

// changedEntry returns a fault: the entries of exports are not as they were
// stored.
func changedEntry(name, fails string, change func(*export.Entry)) fault[backEnds] {
	return fault[backEnds]{name, func(b backEnds) backEnds {
		b.store = wrongEntries{b.store, change}
		return b
	}, fails}
}

type wrongEntries struct {
	wholeStore
	change func(*export.Entry)
}

func (s wrongEntries) Entries(ctx context.Context, workspace string, id assets.ID, section export.Section, at int64, limit int) ([]export.Entry, error) {
	entries, err := s.wholeStore.Entries(ctx, workspace, id, section, at, limit)
	for i := range entries {
		s.change(&entries[i])
	}
	return entries, err
}
