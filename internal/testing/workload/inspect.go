package workload

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

// Rows is the store of a server, opened beside it.
type Rows interface {
	assets.Store
	assets.Journal
	blob.Ledger
}

// Content is the bucket of a server, opened beside it.
type Content interface {
	assets.Blobs
	blob.Sweepable
}

// Inspection has what the rows and the content of a server are.
type Inspection struct {
	Current map[assets.ID]*assets.Asset // all of the workspaces

	db      Rows
	content Content
	report  func(format string, args ...any)
	keys    map[string]bool // of the content in the bucket that rows refer to
	reviews map[assets.Optional]bool
}

// InspectAndSweep inspects the workspaces of the workers and others, compares those of the
// workers with what the server acknowledged, and sweeps the content. There are no further
// workspaces, and nobody writes. It returns the number of objects that the sweep deleted.
func InspectAndSweep(t *testing.T, db Rows, content Content, all []*Worker, others ...string) (garbage int) {
	t.Helper()
	workspaces := others
	for _, w := range all {
		workspaces = append(workspaces, w.Workspace)
	}
	s, err := Inspect(t.Context(), db, content, workspaces, t.Errorf)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range all {
		s.CompareAcknowledged(w)
	}
	return s.Sweep(t)
}

// Inspect reads all rows and content of some workspaces and reports what is
// inconsistent.
func Inspect(ctx context.Context, db Rows, content Content, workspaces []string, report func(string, ...any)) (*Inspection, error) {
	s := &Inspection{
		db: db, content: content, report: report,
		keys: map[string]bool{}, Current: map[assets.ID]*assets.Asset{}, reviews: map[assets.Optional]bool{},
	}
	for _, ws := range workspaces {
		approved := map[assets.ID]*assets.Asset{}
		if err := s.walk(ctx, ws, assets.Filter{Approved: true}, func(a *assets.Asset) error { approved[a.ID] = a; return nil }); err != nil {
			return nil, err
		}
		if err := s.walk(ctx, ws, assets.Filter{}, func(a *assets.Asset) error {
			s.Current[a.ID] = a
			shown := approved[a.ID]
			delete(approved, a.ID)
			return s.asset(ctx, a, shown)
		}); err != nil {
			return nil, err
		}
		for id := range approved {
			report("%s is listed as approved, and is no asset", id)
		}
	}
	if err := s.journal(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Inspection) walk(ctx context.Context, ws string, f assets.Filter, visit func(*assets.Asset) error) error {
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

// asset checks one asset and its history: the versions are 1..n, each with its
// content; each review is of one of them; the approved perspective has a version
// whose approval is given.
func (s *Inspection) asset(ctx context.Context, a, shown *assets.Asset) error {
	versions, err := s.db.Versions(ctx, a.Workspace, a.ID)
	if err != nil {
		return err
	}
	for i, v := range versions {
		if int(v.Number) != i+1 {
			s.report("%s: version %d is the %d. row", a.ID, v.Number, i+1)
		}
		if got, err := s.digest(ctx, v.Key); err != nil || got != v.Content.SHA256 {
			s.report("%s version %d: content has digest %s, not %s: %v", a.ID, v.Number, got, v.Content.SHA256, err)
		}
	}
	n := len(versions)
	if n == 0 || int(a.CurrentVersion) != n || a.Content != versions[n-1].Content {
		s.report("%s: current version %d of %d rows", a.ID, a.CurrentVersion, n)
		return nil
	}
	reviews, err := s.db.Reviews(ctx, a.Workspace, a.ID, 0, 0) // the workload makes no comments
	if err != nil {
		return err
	}
	approvedBy := map[assets.Number]bool{}
	for _, r := range reviews {
		s.reviews[assets.Optional(r.ID)] = true
		if r.Version < 1 || int(r.Version) > n || versions[r.Version-1].Content.SHA256 != r.SHA256 {
			s.report("%s: a review of version %d, %s, without that version", a.ID, r.Version, r.SHA256)
		}
		if r.Action == assets.ActionApprove && r.ToStatus == assets.StatusApproved {
			approvedBy[r.Version] = true
		}
	}
	in := a.ApprovedVersion
	switch {
	case (in == 0) != (shown == nil):
		s.report("%s: approved is %d, and the approved perspective has %v", a.ID, in, shown)
	case in != 0 && (shown.Version != in || shown.Content != versions[in-1].Content || versions[in-1].Approval != assets.ApprovalGiven || !approvedBy[in]):
		s.report("%s: version %d in force is %q, shown as %d, approved by a review: %v", a.ID, in, versions[in-1].Approval, shown.Version, approvedBy[in])
	}
	return nil
}

// digest returns the digest of a content in the database or, and then the key is one of
// those of content, in the bucket.
func (s *Inspection) digest(ctx context.Context, key string) (string, error) {
	if kept, ok := assets.StoreAs[assets.Contents](s.db); ok {
		small, err := kept.ReadContents(ctx, []string{key})
		if err != nil {
			return "", err
		}
		if content, ok := small[key]; ok {
			sum := sha256.Sum256(content)
			return hex.EncodeToString(sum[:]), nil
		}
	}
	s.keys[key] = true
	r, err := s.content.Open(ctx, key, 0, -1)
	if err != nil {
		return "", err
	}
	defer r.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, r)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// CompareAcknowledged reports differences between the rows and what the server
// acknowledged to a worker, in both directions.
func (s *Inspection) CompareAcknowledged(w *Worker) {
	known := map[assets.ID]bool{}
	for _, e := range w.Live {
		known[e.Asset.ID] = true
		row := s.Current[e.Asset.ID]
		if row == nil {
			w.tally.Lost.Add(1)
			s.report("%s was acknowledged and is gone", e.Asset.ID)
			continue
		}
		got := *row
		got.PreviewURL, got.EverApproved = e.Asset.PreviewURL, false // not in rows, and not in responses
		if diff := cmp.Diff(e.Asset, got, cmpopts.EquateEmpty()); diff != "" {
			w.tally.Lost.Add(1)
			s.report("%s (-acknowledged +row):\n%s", e.Asset.ID, diff)
		}
	}
	for _, id := range w.deleted {
		if s.Current[id] != nil {
			w.tally.Lost.Add(1)
			s.report("%s was deleted and is there", id)
		}
	}
	for id, a := range s.Current {
		if a.Workspace == w.Workspace && !known[id] {
			w.tally.Wrong.Add(1)
			s.report("%s is there, and nobody made it", id)
		}
	}
}

// Sweep sweeps while nobody writes, and requires that it deletes exactly the
// content that no row refers to. It returns the number of deleted objects.
func (s *Inspection) Sweep(t *testing.T) (garbage int) {
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
		s.report("the sweep deleted %d objects, the garbage was %d", r.Deleted, len(before))
	}
	if diff := cmp.Diff(s.keys, s.files(t)); diff != "" {
		s.report("after the sweep (-named by rows +files):\n%s", diff)
	}
	return len(before)
}

func (s *Inspection) files(t *testing.T) map[string]bool {
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
