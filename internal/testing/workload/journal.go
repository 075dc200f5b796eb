package workload

import (
	"context"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
)

// journalState is an asset as its events describe it.
type journalState struct {
	Status            assets.Status
	Version, Approved assets.Number
	Revision          int64
}

// journal rebuilds the status, versions and approval of every asset from its
// events and compares them with the rows.
func (s *Inspection) journal(ctx context.Context) error {
	states := map[assets.ID]*journalState{}
	for seq := int64(0); ; {
		events, err := s.db.Events(ctx, seq, 1000)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			if e.Position != seq+1 {
				s.report("position %d follows %d in the journal", e.Position, seq)
			}
			seq = e.Position
			s.apply(states, e)
		}
	}
	for id, a := range s.Current {
		want := journalState{a.Status, a.CurrentVersion, a.ApprovedVersion, a.Revision}
		if states[id] == nil {
			s.report("%s is not in the journal", id)
		} else if diff := cmp.Diff(*states[id], want); diff != "" {
			s.report("%s (-journal +rows):\n%s", id, diff)
		}
	}
	for id := range states {
		if s.Current[id] == nil {
			s.report("%s is in the journal, not deleted, and no row", id)
		}
	}
	return nil
}

func (s *Inspection) apply(states map[assets.ID]*journalState, e assets.Event) {
	d := e.Data
	st := states[d.AssetID]
	switch {
	case e.Type == assets.EventCreated && st == nil:
		st = new(journalState)
		states[d.AssetID] = st
	case e.Type == assets.EventCreated || st == nil:
		s.report("%s: %s comes out of order in the journal", d.AssetID, e.Type)
		return
	}
	st.Revision++
	st.Status = d.Status
	before := st.Approved
	switch e.Type {
	case assets.EventDeleted:
		delete(states, d.AssetID)
	case assets.EventCreated, assets.EventVersionAdded, assets.EventRolledBack:
		if d.Version != st.Version+1 {
			s.report("%s: version %d follows %d in the journal", d.AssetID, d.Version, st.Version)
		}
		st.Version = d.Version
		if e.Type == assets.EventRolledBack && d.Status == assets.StatusApproved {
			st.Approved = d.Version // carried over
		}
	case assets.EventApproved:
		st.Approved = d.Version
	case assets.EventArchived:
		st.Approved = 0
	case assets.EventChangesRequested:
		if d.Version == st.Approved {
			st.Approved = 0
		}
	}
	if want := (assets.InForce{Before: before, After: st.Approved}); d.Revision != st.Revision || d.InForce == nil || *d.InForce != want {
		s.report("%s: %s at revision %d has %v in force, want %v at %d", d.AssetID, e.Type, d.Revision, d.InForce, want, st.Revision)
	}
}
