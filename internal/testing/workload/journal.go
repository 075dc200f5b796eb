package workload

import (
	"context"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
)

// story is what the journal alone says of an asset.
type story struct {
	Status            assets.Status
	Version, Approved assets.Number
	Revision          int64
}

// journal rebuilds every asset's status, versions and approval from its
// events, and compares them with the rows.
func (s *Survey) journal(ctx context.Context) error {
	told := map[assets.ID]*story{}
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
			s.tell(told, e)
		}
	}
	for id, a := range s.Current {
		want := story{a.Status, a.CurrentVersion, a.ApprovedVersion, a.Revision}
		if told[id] == nil {
			s.complain("%s is not in the journal", id)
		} else if diff := cmp.Diff(*told[id], want); diff != "" {
			s.complain("%s (-journal +rows):\n%s", id, diff)
		}
	}
	for id := range told {
		if s.Current[id] == nil {
			s.complain("%s is in the journal, not deleted, and no row", id)
		}
	}
	return nil
}

func (s *Survey) tell(told map[assets.ID]*story, e assets.Event) {
	st := told[e.AssetID]
	switch {
	case e.Kind == assets.EventCreated && st == nil:
		st = new(story)
		told[e.AssetID] = st
	case e.Kind == assets.EventCreated || st == nil:
		s.complain("%s: %s comes out of order in the journal", e.AssetID, e.Kind)
		return
	}
	st.Revision++
	st.Status = e.Status
	switch e.Kind {
	case assets.EventDeleted:
		delete(told, e.AssetID)
	case assets.EventCreated, assets.EventVersionAdded, assets.EventRolledBack:
		if e.Version != st.Version+1 {
			s.complain("%s: version %d follows %d in the journal", e.AssetID, e.Version, st.Version)
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
