package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// fixture is a Library on a real store and a real bucket.
type fixture struct {
	*assets.Library
	t      *testing.T
	bucket *server
	store  *sqlite.Store
	by     assets.Actor
}

// newFixture returns a fixture whose Library uses what through returns.
func newFixture(t *testing.T, through func(*fixture) assets.Blobs) *fixture {
	t.Helper()
	s := &fixture{t: t, bucket: open(t), store: openDatabase(t), by: assetstest.User("acme", "ann")}
	cfg := assetstest.Config()
	cfg.Store, cfg.Blobs = s.store, through(s)
	var err error
	if s.Library, err = assets.New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func openDatabase(t *testing.T) *sqlite.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assets.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func direct(s *fixture) assets.Blobs { return s.bucket }

func (s *fixture) create(content io.Reader) (assets.Written, error) {
	return s.Create(s.t.Context(), s.by, assets.NewAsset{
		Type: assets.TypeBundle, Title: "Bundle", NewVersion: assets.NewVersion{Content: content},
	})
}

// sweep sweeps with a clock that is a day ahead.
func (s *fixture) sweep() (blob.SweepReport, error) {
	return blob.Sweep(s.t.Context(), blob.SweepConfig{
		Bucket: s.bucket, Ledger: s.store, Now: func() time.Time { return time.Now().Add(25 * time.Hour) },
	})
}

func (s *fixture) mustSweep() blob.SweepReport {
	s.t.Helper()
	report, err := s.sweep()
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

// wantContent requires the current content of an asset.
func (s *fixture) wantContent(id assets.ID, want []byte) {
	s.t.Helper()
	f, err := s.Open(s.t.Context(), s.by, id, assets.SelectCurrent)
	if err != nil {
		s.t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil || !bytes.Equal(got, want) {
		s.t.Errorf("the content has %d bytes of %d, %v", len(got), len(want), err)
	}
}

func TestSweepDeletedDraftCRA06(t *testing.T) {
	t.Parallel()
	s := newFixture(t, direct)
	kept, err := s.create(strings.NewReader("kept"))
	if err != nil {
		t.Fatal(err)
	}
	gone, err := s.create(strings.NewReader("gone"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), s.by, gone.ID, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if r := s.mustSweep(); r.Deleted != want || r.Referenced != 1 || r.Foreign != 0 {
			t.Errorf("report %+v, want %d deleted", r, want)
		}
	}
	s.wantContent(kept.ID, []byte("kept"))
}

// TestSweepRefusesOtherStoreCRA04 sweeps with the bucket of another store.
func TestSweepRefusesOtherStoreCRA04(t *testing.T) {
	t.Parallel()
	s, other := newFixture(t, direct), newFixture(t, direct)
	made, err := s.create(strings.NewReader("mine"))
	if err != nil {
		t.Fatal(err)
	}
	s.mustSweep()
	s.bucket, other.bucket = other.bucket, s.bucket
	if r, err := other.sweep(); !errors.Is(err, blob.ErrSweepRefused) || r.Deleted > 0 {
		t.Errorf("a sweep of another store's bucket: %+v, %v", r, err)
	}
	s.wantContent(made.ID, []byte("mine"))
}

// TestSweepAfterRestoreCRA04 restores a backup of the database. Content that was written
// after it stays, however many changes the restored database makes.
func TestSweepAfterRestoreCRA04(t *testing.T) {
	t.Parallel()
	for _, changes := range []int{0, 2, 4, 100} {
		t.Run(fmt.Sprintf("%d changes instead of 4", changes), func(t *testing.T) {
			t.Parallel()
			s := newFixture(t, direct)
			if _, err := s.create(strings.NewReader("kept")); err != nil {
				t.Fatal(err)
			}
			s.mustSweep()
			backup := filepath.Join(t.TempDir(), "backup.db")
			if _, err := s.store.DB().ExecContext(t.Context(), "VACUUM INTO ?", backup); err != nil {
				t.Fatal(err)
			}
			for range 4 {
				if _, err := s.create(strings.NewReader("lost")); err != nil {
					t.Fatal(err)
				}
			}
			if err := blob.MoveMarker(t.Context(), s.bucket, s.store); err != nil { // a start
				t.Fatal(err)
			}
			restored, err := sqlite.Open(t.Context(), backup, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = restored.Close() })
			lost := s.store
			s.store = restored
			cfg := assetstest.Config()
			cfg.Store, cfg.Blobs = restored, s.bucket
			if s.Library, err = assets.New(cfg); err != nil {
				t.Fatal(err)
			}
			for range changes {
				if _, err := s.create(strings.NewReader("instead")); err != nil {
					t.Fatal(err)
				}
			}
			r, err := s.sweep()
			for _, err := range []error{err, blob.MoveMarker(t.Context(), s.bucket, restored)} {
				if !errors.Is(err, blob.ErrSweepRefused) || r.Deleted > 0 {
					t.Errorf("%+v, %v, want a refusal", r, err)
				}
			}
			r, err = blob.Sweep(t.Context(), blob.SweepConfig{Bucket: s.bucket, Ledger: restored, DryRun: true, Force: true})
			if err != nil || r.Scanned != 5+changes || r.Referenced != 1+changes {
				t.Errorf("forced dry run: %+v, %v", r, err)
			}
			if err := blob.MoveMarker(t.Context(), s.bucket, lost); err != nil {
				t.Errorf("the right database: %v", err)
			}
		})
	}
}

// TestSweepDuringUploadCRA03 sweeps while the bytes of an upload in parts arrive,
// and after that but before its row is written.
func TestSweepDuringUploadCRA03(t *testing.T) {
	t.Parallel()
	want := content(10 << 20)
	t.Run("while its bytes arrive", func(t *testing.T) {
		t.Parallel()
		s := newFixture(t, direct)
		made, err := s.create(io.MultiReader(bytes.NewReader(want[:9<<20]), readerFunc(func([]byte) (int, error) {
			if r := s.mustSweep(); r.Deleted > 0 {
				t.Errorf("the sweep of an upload under way: %+v", r)
			}
			return 0, io.EOF
		}), bytes.NewReader(want[9<<20:])))
		if err != nil {
			t.Fatal(err)
		}
		if r := s.mustSweep(); r.Referenced != 1 || r.Deleted != 0 {
			t.Errorf("the sweep afterwards: %+v", r)
		}
		s.wantContent(made.ID, want)
	})
	t.Run("before its row", func(t *testing.T) {
		t.Parallel()
		b := &sweptAfterPut{}
		s := newFixture(t, func(s *fixture) assets.Blobs {
			b.Bucket, b.s = s.bucket.Bucket, s
			return b
		})
		kept, err := s.create(strings.NewReader("kept"))
		if err != nil {
			t.Fatal(err)
		}
		b.armed = true
		made, err := s.create(bytes.NewReader(want))
		if !errors.Is(err, assets.ErrUnavailable) {
			t.Fatalf("an upload whose bytes were swept: %+v, %v, want ErrUnavailable", made, err)
		}
		page, err := s.List(t.Context(), s.by, assets.Query{})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("the rows are %+v, %v", page.Items, err)
		}
		if r := s.mustSweep(); r.Scanned != 1 {
			t.Errorf("the sweep afterwards: %+v", r)
		}
		s.wantContent(kept.ID, []byte("kept"))
	})
}

// sweptAfterPut sweeps when the content is complete.
type sweptAfterPut struct {
	*bucket.Bucket
	s     *fixture
	armed bool
}

func (b *sweptAfterPut) Size(ctx context.Context, key string) (int64, error) {
	size, err := b.Bucket.Size(ctx, key)
	if b.armed {
		if r := b.s.mustSweep(); r.Deleted != 1 {
			b.s.t.Errorf("the sweep before the row: %+v", r)
		}
	}
	return size, err
}

// TestVolumeListingReadsAllPages: S3 lists at most 1,000 objects at a time.
func TestVolumeListingReadsAllPages(t *testing.T) {
	t.Parallel()
	s := newFixture(t, direct)
	made, err := s.create(strings.NewReader("kept"))
	if err != nil {
		t.Fatal(err)
	}
	const objects = 1003
	s.bucket.fill(t, objects)
	if r := s.mustSweep(); r.Scanned != objects+1 || r.Deleted != objects || r.Referenced != 1 {
		t.Errorf("report %+v", r)
	}
	s.wantContent(made.ID, []byte("kept"))
}

// fill puts n small objects that no row refers to.
func (b *server) fill(t *testing.T, n int) {
	t.Helper()
	left := make(chan int)
	ended := make(chan error)
	const writers = 8
	for range writers {
		go func() {
			var err error
			for i := range left {
				err = errors.Join(err, b.Put(t.Context(), fmt.Sprintf("acme/202601/%026d", i), "text/plain", strings.NewReader("x")))
			}
			ended <- err
		}()
	}
	for i := range n {
		left <- i
	}
	close(left)
	for range writers {
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}
