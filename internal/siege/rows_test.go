package siege_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// survey looks at every row and every byte of a place. It answers the keys of
// the content that rows name, and complains about what must never be.
type survey struct {
	db       database
	content  *blob.Dir
	complain func(format string, args ...any)

	keys    map[string]bool
	current map[assets.ID]*assets.Asset
	reviews map[assets.Optional]bool
}

func look(ctx context.Context, db database, content *blob.Dir, workspaces []string, complain func(string, ...any)) (*survey, error) {
	s := &survey{
		db: db, content: content, complain: complain,
		keys: map[string]bool{}, current: map[assets.ID]*assets.Asset{}, reviews: map[assets.Optional]bool{},
	}
	for _, ws := range workspaces {
		approved := map[assets.ID]*assets.Asset{}
		if err := s.walk(ctx, ws, assets.Filter{Approved: true}, func(a *assets.Asset) error { approved[a.ID] = a; return nil }); err != nil {
			return nil, err
		}
		if err := s.walk(ctx, ws, assets.Filter{}, func(a *assets.Asset) error {
			s.current[a.ID] = a
			shown := approved[a.ID]
			delete(approved, a.ID)
			return s.asset(ctx, a, shown)
		}); err != nil {
			return nil, err
		}
		for id := range approved {
			complain("%s is listed as approved, and is no asset", id)
		}
	}
	return s, s.journal(ctx)
}

func (s *survey) walk(ctx context.Context, ws string, f assets.Filter, visit func(*assets.Asset) error) error {
	for after := assets.ID(""); ; {
		page, err := s.db.Assets(ctx, ws, f, assets.Window{After: after, Ascending: true, Limit: 200})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, a := range page {
			if err := visit(a); err != nil {
				return err
			}
			after = a.ID
		}
	}
}

// asset looks at one asset with its history: versions are 1..n, each with its
// bytes; no review is without its version; the approved perspective shows a
// version whose approval is given.
func (s *survey) asset(ctx context.Context, a, shown *assets.Asset) error {
	versions, err := s.db.Versions(ctx, a.Workspace, a.ID)
	if err != nil {
		return err
	}
	for i, v := range versions {
		if int(v.Number) != i+1 {
			s.complain("%s: version %d is the %d. row", a.ID, v.Number, i+1)
		}
		s.keys[v.Key] = true
		if got, err := s.digest(ctx, v.Key); err != nil || got != v.Content.SHA256 {
			s.complain("%s version %d: content has digest %s, not %s: %v", a.ID, v.Number, got, v.Content.SHA256, err)
		}
	}
	n := len(versions)
	if n == 0 || int(a.CurrentVersion) != n || a.Content != versions[n-1].Content {
		s.complain("%s: current version %d of %d rows", a.ID, a.CurrentVersion, n)
		return nil
	}
	reviews, err := s.db.Reviews(ctx, a.Workspace, a.ID, 0, 0)
	if err != nil {
		return err
	}
	approvedBy := map[assets.Number]bool{}
	for _, r := range reviews {
		s.reviews[assets.Optional(r.ID)] = true
		if r.Version < 1 || int(r.Version) > n || versions[r.Version-1].Content.SHA256 != r.SHA256 {
			s.complain("%s: a review of version %d, %s, without that version", a.ID, r.Version, r.SHA256)
		}
		if r.Action == assets.ActionApprove && r.ToStatus == assets.StatusApproved {
			approvedBy[r.Version] = true
		}
	}
	in := a.ApprovedVersion
	switch {
	case (in == 0) != (shown == nil):
		s.complain("%s: approved is %d, and the approved perspective has %v", a.ID, in, shown)
	case in != 0 && (shown.Version != in || shown.Content != versions[in-1].Content || versions[in-1].Approval != assets.ApprovalGiven || !approvedBy[in]):
		s.complain("%s: version %d in force is %q, shown as %d, approved by a review: %v", a.ID, in, versions[in-1].Approval, shown.Version, approvedBy[in])
	}
	return nil
}

func (s *survey) digest(ctx context.Context, key string) (string, error) {
	r, err := s.content.Open(ctx, key, 0, -1)
	if err != nil {
		return "", err
	}
	defer r.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, r)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// story is what the journal alone says of an asset.
type story struct {
	Status            assets.Status
	Version, Approved assets.Number
	Revision          int64
}

// journal rebuilds every asset's status, versions and approval from its
// events, and compares them with the rows.
func (s *survey) journal(ctx context.Context) error {
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
	for id, a := range s.current {
		want := story{a.Status, a.CurrentVersion, a.ApprovedVersion, a.Revision}
		if told[id] == nil {
			s.complain("%s is not in the journal", id)
		} else if diff := cmp.Diff(*told[id], want); diff != "" {
			s.complain("%s (-journal +rows):\n%s", id, diff)
		}
	}
	for id := range told {
		if s.current[id] == nil {
			s.complain("%s is in the journal, not deleted, and no row", id)
		}
	}
	return nil
}

func (s *survey) tell(told map[assets.ID]*story, e assets.Event) {
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

// acknowledged compares the rows with what a worker was told: all of that is
// there, and nothing else.
func (s *survey) acknowledged(w *worker) {
	known := map[assets.ID]bool{}
	for _, e := range w.live {
		known[e.asset.ID] = true
		row := s.current[e.asset.ID]
		if row == nil {
			w.tally.lost.Add(1)
			s.complain("%s was acknowledged and is gone", e.asset.ID)
			continue
		}
		got := *row
		got.PreviewURL, got.Submitted, got.EverApproved = e.asset.PreviewURL, 0, false // not in answers, or not in rows
		if diff := cmp.Diff(e.asset, got, cmpopts.EquateEmpty()); diff != "" {
			w.tally.lost.Add(1)
			s.complain("%s (-acknowledged +row):\n%s", e.asset.ID, diff)
		}
	}
	for _, id := range w.gone {
		if s.current[id] != nil {
			w.tally.lost.Add(1)
			s.complain("%s was deleted and is there", id)
		}
	}
	for id, a := range s.current {
		if a.Workspace == w.workspace && !known[id] {
			w.tally.wrong.Add(1)
			s.complain("%s is there, and nobody made it", id)
		}
	}
}

// swept sweeps, while nobody writes, and demands that exactly the garbage goes.
func (s *survey) swept(t *testing.T) (garbage int) {
	t.Helper()
	before := s.files(t)
	for key := range s.keys {
		delete(before, key)
	}
	r, err := blob.Sweep(t.Context(), blob.SweepConfig{Bucket: s.content, Ledger: s.db, Age: 1, AllowAnyAge: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Deleted != len(before) {
		s.complain("the sweep deleted %d objects, the garbage was %d", r.Deleted, len(before))
	}
	if diff := cmp.Diff(s.keys, s.files(t)); diff != "" {
		s.complain("after the sweep (-named by rows +files):\n%s", diff)
	}
	return len(before)
}

func (s *survey) files(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for o, err := range s.content.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all[o.Key] = true
	}
	return all
}
