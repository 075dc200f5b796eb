package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// marks are words of an erased content. Each is in one place, as are those of longer texts.
var marks = []string{"zqxcontent", "zqxprompt", "zqxinput", "zqxlong"}

// scrubbed is a database in a file, with a Library.
type scrubbed struct {
	*testing.T
	path string
	st   *sqlite.Store
	lib  *assets.Library
	by   assets.Actor
}

func newScrubbed(t *testing.T) *scrubbed {
	t.Helper()
	s := &scrubbed{T: t, path: filepath.Join(t.TempDir(), "assets.db")}
	return s.beside()
}

// beside returns the database opened once more, as another process does.
func (s *scrubbed) beside() *scrubbed {
	s.Helper()
	t := s.T
	s = &scrubbed{T: t, path: s.path}
	s.st = openPath(t, s.path, store.Options{})
	s.by = assets.Actor{Workspace: "w", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	var err error
	s.lib, err = assets.New(assets.Config{
		Store: s.st, Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{}, SmallContents: 16 << 10,
		SigningKeys: [][]byte{bytes.Repeat([]byte{7}, 32)},
	})
	s.ok(err)
	return s
}

func (s *scrubbed) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// noise makes other assets before and after, so that pages and blocks are shared.
func (s *scrubbed) noise(n int) {
	s.Helper()
	by := s.by
	by.Workspace = "other"
	for i := range n {
		_, err := s.lib.Create(s.Context(), by, assets.NewAsset{
			Type: assets.TypeCopy, Title: "Noise", NewVersion: assets.NewVersion{Text: fmt.Sprintf("noise %d %s", i, strings.Repeat("n ", i%700))},
		})
		s.ok(err)
	}
}

// marked makes an asset whose content, parameters and inputs have the marks, and changes,
// approves and exports it.
func (s *scrubbed) marked(n int) assets.ID {
	s.Helper()
	text := "zqxcontent"
	if n%2 == 1 { // not indexed at once, with overflow pages
		text += strings.Repeat(" some more words", 600) + " zqxlong"
	}
	made, err := s.lib.Create(s.Context(), s.by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Title", NewVersion: assets.NewVersion{Text: text, Provenance: assets.Provenance{
			Parameters: []byte(`{"prompt":"zqxprompt` + strings.Repeat(" p", n%5*500) + `"}`), Inputs: []assets.Input{{Kind: "brief", ID: "zqxinput"}},
		}},
	})
	s.ok(err)
	for i := range 3 {
		_, err = s.lib.Edit(s.Context(), s.by, made.ID, assets.Edit{Title: new(fmt.Sprintf("Title %s", strings.Repeat("t", i*40)))})
		s.ok(err)
	}
	_, err = s.lib.Review(s.Context(), s.by, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	s.ok(err)
	return made.ID
}

// freeze exports everything that is approved.
func (s *scrubbed) freeze() {
	s.Helper()
	x, err := export.New(export.Config{Library: s.lib})
	s.ok(err)
	_, err = x.Create(s.Context(), s.by, export.Request{})
	s.ok(err)
}

// found returns the marks that the files of the database have.
func (s *scrubbed) found() (found []string) {
	s.Helper()
	for _, suffix := range []string{"", "-wal"} {
		file, err := os.ReadFile(s.path + suffix)
		if err != nil && !os.IsNotExist(err) {
			s.Fatal(err)
		}
		for _, mark := range marks {
			if n := bytes.Count(file, []byte(mark)); n > 0 {
				found = append(found, fmt.Sprintf("%s: %d times in the file%s", mark, n, suffix))
			}
		}
	}
	return found
}

// TestVolumeEraseLeavesNothingInTheFile: neither pages nor free pages, the index or the log have
// the erased text.
func TestVolumeEraseLeavesNothingInTheFile(t *testing.T) {
	t.Parallel()
	s := newScrubbed(t)
	s.noise(50)
	var ids []assets.ID
	for n := range 10 {
		ids = append(ids, s.marked(n))
		s.noise(10)
	}
	s.freeze()
	if got := s.found(); len(got) < len(marks) {
		t.Fatalf("the files have only %v", got)
	}
	for _, id := range ids {
		_, err := s.lib.Erase(t.Context(), s.by, id, 1, "a request")
		s.ok(err)
	}
	if got := s.found(); len(got) > 0 {
		t.Errorf("the files have %v", got)
	}
}

// TestVolumeErasuresAtOnceLeaveNothingInTheFile is the same for two processes, each of which
// scrubs while the other one does.
func TestVolumeErasuresAtOnceLeaveNothingInTheFile(t *testing.T) {
	t.Parallel()
	s := newScrubbed(t)
	other := s.beside()
	s.noise(50)
	var ids []assets.ID
	for n := range 10 {
		ids = append(ids, s.marked(n))
		s.noise(10)
	}
	s.freeze()
	var wg sync.WaitGroup
	for i, id := range ids {
		lib := []*assets.Library{s.lib, other.lib}[i%2]
		wg.Go(func() {
			if _, err := lib.Erase(t.Context(), s.by, id, 1, "a request"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.ok(s.st.Scrub(t.Context())) // what failed because the other one read the log
	if got := s.found(); len(got) > 0 {
		t.Errorf("the files have %v", got)
	}
	var rows int
	s.ok(s.st.DB().NewRaw("SELECT count(*) FROM asset_zeros").Scan(t.Context(), &rows))
	if rows > 0 {
		t.Errorf("%d rows of zeros are left", rows)
	}
}

// TestVolumePurgeLeavesNothingInTheFile is the same for all of a workspace.
func TestVolumePurgeLeavesNothingInTheFile(t *testing.T) {
	t.Parallel()
	s := newScrubbed(t)
	s.noise(50)
	for n := range 10 {
		s.marked(n)
		s.noise(10)
	}
	s.freeze()
	_, err := s.lib.PurgeWorkspace(t.Context(), "w")
	s.ok(err)
	if got := s.found(); len(got) > 0 {
		t.Errorf("the files have %v", got)
	}
	var secure int
	s.ok(s.st.DB().NewRaw("PRAGMA secure_delete").Scan(t.Context(), &secure))
	if secure != 2 { // FAST, as connections are opened
		t.Error("a connection goes on to overwrite")
	}
}

// merges is a query hook that counts the merges of each transaction.
type merges struct {
	open   int
	counts []int
	other  []string // merges of another size
}

// BeforeQuery implements [bun.QueryHook].
func (*merges) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements [bun.QueryHook].
func (m *merges) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	switch {
	case strings.Contains(e.Query, "'merge'"):
		m.open++
		if !strings.Contains(e.Query, "500)") {
			m.other = append(m.other, e.Query)
		}
	case e.Query == "COMMIT" && m.open > 0:
		m.counts, m.open = append(m.counts, m.open), 0
	}
}

// TestVolumeScrubMergesInSteps: what overwrites the index writes at most 500 pages in each
// transaction, so that other writers have their turn.
func TestVolumeScrubMergesInSteps(t *testing.T) {
	t.Parallel()
	s := newScrubbed(t)
	s.noise(100)
	id := s.marked(0)
	var m merges
	counted, err := store.New(s.st.DB().WithQueryHook(&m), store.Options{})
	s.ok(err)
	s.lib, err = assets.New(assets.Config{
		Store: counted, Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{}, SmallContents: 16 << 10,
		SigningKeys: [][]byte{bytes.Repeat([]byte{7}, 32)},
	})
	s.ok(err)
	_, err = s.lib.Erase(t.Context(), s.by, id, 1, "a request")
	s.ok(err)
	if len(m.counts) < 2 || slices.Max(m.counts) != 1 || len(m.other) > 0 {
		t.Errorf("merges in each transaction: %v, of another size: %q", m.counts, m.other)
	}
}
