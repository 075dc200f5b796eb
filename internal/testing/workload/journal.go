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
			seq = e.Seq
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
	st := states[e.AssetID]
	switch {
	case e.Kind == assets.EventCreated && st == nil:
		st = new(journalState)
		states[e.AssetID] = st
	case e.Kind == assets.EventCreated || st == nil:
		s.report("%s: %s comes out of order in the journal", e.AssetID, e.Kind)
		return
	}
	st.Revision++
	st.Status = e.Status
	switch e.Kind {
	case assets.EventDeleted:
		delete(states, e.AssetID)
	case assets.EventCreated, assets.EventVersionAdded, assets.EventRolledBack:
		if e.Version != st.Version+1 {
			s.report("%s: version %d follows %d in the journal", e.AssetID, e.Version, st.Version)
		}
		st.Version = e.Version
		if e.Kind == assets.EventRolledBack && e.Status == assets.StatusApproved {
			st.Approved = e.Version // carried over
		}
	case assets.EventKind(assets.ActionApprove):
		st.Approved = e.Version
	case assets.EventKind(assets.ActionArchive):
		st.Approved = 0
	case assets.EventKind(assets.ActionRequestChanges):
		if e.Version == st.Approved {
			st.Approved = 0
		}
	}
}
