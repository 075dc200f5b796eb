package assets_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

const smallest = 1000 // Config.SmallContents of these tests

var writer = fixture.User("writer")

// eachSmall runs a test on every back end, with a Library whose store keeps contents of up to
// smallest bytes.
func eachSmall(t *testing.T, test func(t *testing.T, cfg assets.Config, lib *assets.Library)) {
	t.Helper()
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		cfg.SmallContents = smallest
		test(t, cfg, backends.Library(t, cfg))
	})
}

// keyOf returns the key of version 1.
func keyOf(t *testing.T, cfg assets.Config, id assets.ID) string {
	t.Helper()
	v, err := cfg.Store.Version(t.Context(), "w", id, 1)
	if err != nil {
		t.Fatal(err)
	}
	return v.Key
}

// contentsOf returns what the store keeps under a key.
func contentsOf(t *testing.T, cfg assets.Config, key string) map[string][]byte {
	t.Helper()
	found, err := cfg.Store.(assets.Contents).ReadContents(t.Context(), []string{key})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestSmallContents: contents of up to the size are in the store and others in the bucket,
// and both are read alike, whole and from any byte on.
func TestSmallContents(t *testing.T) {
	eachSmall(t, func(t *testing.T, cfg assets.Config, lib *assets.Library) {
		for _, size := range []int{1, smallest - 1, smallest, smallest + 1, 3 * smallest} {
			text := strings.Repeat("é", size)[:size&^1] + strings.Repeat("x", size&1)
			made, err := lib.Create(t.Context(), writer, fixture.Copy(text))
			if err != nil {
				t.Fatal(err)
			}
			key := keyOf(t, cfg, made.ID)
			_, err = cfg.Blobs.Size(t.Context(), key)
			if inBucket := err == nil; inBucket != (size > smallest) || inBucket == (len(contentsOf(t, cfg, key)) > 0) {
				t.Errorf("%d bytes: in the bucket %v, in the store %d", size, inBucket, len(contentsOf(t, cfg, key)))
			}
			f, err := lib.Open(t.Context(), writer, made.ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(f, []byte(text)); err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestSmallContentIsVerifiedBLB03: a small content that is altered, cut, longer or missing in
// the store is never read to its end.
func TestSmallContentIsVerifiedBLB03(t *testing.T) {
	t.Parallel()
	const text = "the words that were approved"
	for name, content := range map[string][]byte{
		"altered": []byte("The words that were approved"), "cut": []byte(text[:9]), "longer": []byte(text + "!"), "empty": {}, "missing": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := assetstest.Config()
			cfg.SmallContents = smallest
			st := &replacedContents{Store: cfg.Store}
			cfg.Store = st
			lib := backends.Library(t, cfg)
			made, err := lib.Create(t.Context(), writer, fixture.Copy(text))
			if err != nil {
				t.Fatal(err)
			}
			st.content, st.replaced = content, true
			f, err := lib.Open(t.Context(), writer, made.ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(f)
			if !errors.Is(err, assets.ErrCorrupt) || len(got) >= len(text) {
				t.Errorf("%q, %v", got, err)
			}
			if _, err := lib.List(t.Context(), writer, assets.Query{IncludeText: true}); !errors.Is(err, assets.ErrCorrupt) {
				t.Errorf("a list with its text: %v", err)
			}
		})
	}
}

// replacedContents is a store whose contents are others than were stored.
type replacedContents struct {
	assets.Store
	content  []byte
	replaced bool
}

func (s *replacedContents) ReadContents(ctx context.Context, keys []string) (map[string][]byte, error) {
	switch {
	case !s.replaced:
		return s.Store.(assets.Contents).ReadContents(ctx, keys)
	case s.content == nil:
		return nil, nil
	}
	return map[string][]byte{keys[0]: s.content}, nil
}

// TestSmallContentsOfVersions: a rollback shares a small content, an unchanged version and a
// refused one leave none, and the contents go with their asset.
func TestSmallContentsOfVersions(t *testing.T) {
	eachSmall(t, func(t *testing.T, cfg assets.Config, lib *assets.Library) {
		a := fixture.Draft(t, lib, false)
		first := fixture.Read(t, lib, a.ID, 1)
		if err := fixture.AddVersion(t, lib, a.ID, "second"); err != nil {
			t.Fatal(err)
		}
		if _, err := lib.Rollback(t.Context(), writer, a.ID, assets.Rollback{Version: 1}); err != nil {
			t.Fatal(err)
		}
		if err := fixture.AddVersion(t, lib, a.ID, first); err != nil { // unchanged
			t.Fatal(err)
		}
		if got := fixture.Read(t, lib, a.ID, 3); got != first {
			t.Errorf("version 3 is %q, want %q", got, first)
		}
		key := keyOf(t, cfg, a.ID)
		if len(contentsOf(t, cfg, key)) != 1 {
			t.Error("the first content is not kept")
		}
		if n := len(fixture.Objects(t, cfg.Blobs)); n != 0 {
			t.Errorf("%d objects in the bucket", n)
		}
		if err := lib.Delete(t.Context(), writer, a.ID, nil); err != nil {
			t.Fatal(err)
		}
		if len(contentsOf(t, cfg, key)) != 0 {
			t.Error("the content is left after its asset was deleted")
		}
	})
}

// TestSmallContentsOfUploads: the content of an upload, whose row comes before that of its
// version, is in the bucket, whatever its size.
func TestSmallContentsOfUploads(t *testing.T) {
	eachSmall(t, func(t *testing.T, cfg assets.Config, lib *assets.Library) {
		ticket, err := lib.NewUpload(t.Context(), writer, assets.NewUpload{Filename: "a.txt"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = lib.PutUpload(t.Context(), fixture.Token(ticket.URL), assets.UploadContent{Content: strings.NewReader("small"), Size: 5})
		if err != nil {
			t.Fatal(err)
		}
		in := fixture.Copy("")
		in.Text, in.UploadID = "", ticket.UploadID
		made, err := lib.Create(t.Context(), writer, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := fixture.Read(t, lib, made.ID, 1); got != "small" {
			t.Errorf("it is %q", got)
		}
		if n := len(fixture.Objects(t, cfg.Blobs)); n != 1 {
			t.Errorf("%d objects in the bucket, want 1", n)
		}
	})
}

// TestSmallContentsStay: what was kept is read after the size is lowered to nothing, and what
// is in the bucket after it is raised.
func TestSmallContentsStay(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		var made []assets.ID
		for _, size := range []int64{0, smallest, 0} {
			cfg.SmallContents = size
			lib := backends.Library(t, cfg)
			a, err := lib.Create(t.Context(), writer, fixture.Copy(fmt.Sprintf("text %d", len(made))))
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, a.ID)
			for i, id := range made {
				if got, want := fixture.Read(t, lib, id, 1), fmt.Sprintf("text %d", i); got != want {
					t.Errorf("with %d: %q, want %q", size, got, want)
				}
			}
		}
		if n := len(fixture.Objects(t, cfg.Blobs)); n != 2 {
			t.Errorf("%d objects in the bucket, want 2", n)
		}
	})
}

// TestWrappedStoresOfSmallContents: a store that hides what it wraps has all contents in the
// bucket; one that wraps a Tx and does not pass PutContent on fails, and loses nothing; one
// that keeps none cannot read what another has kept.
func TestWrappedStoresOfSmallContents(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.SmallContents = smallest
	inner := cfg.Store
	kept, err := backends.Library(t, cfg).Create(t.Context(), writer, fixture.Copy("kept"))
	if err != nil {
		t.Fatal(err)
	}

	cfg.Store = struct{ assets.Store }{inner}
	hiding := backends.Library(t, cfg)
	stored, err := hiding.Create(t.Context(), writer, fixture.Copy("stored"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.Blobs.Size(t.Context(), keyOf(t, cfg, stored.ID)); err != nil {
		t.Errorf("the content of a store that keeps none: %v", err)
	}
	f, err := hiding.Open(t.Context(), writer, kept.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(f); !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("a content that another store keeps: %v", err)
	}

	cfg.Store = wrappedTx{inner, inner.(assets.Contents)}
	if a, err := backends.Library(t, cfg).Create(t.Context(), writer, fixture.Copy("lost")); assets.Code(err) != "internal_error" {
		t.Errorf("with a Tx without PutContent: %v, %v", a, err)
	}
}

// wrappedTx wraps the Tx of a store without its PutContent.
type wrappedTx struct {
	assets.Store
	assets.Contents
}

func (s wrappedTx) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.Store.Update(ctx, func(tx assets.Tx) error { return fn(struct{ assets.Tx }{tx}) })
}

// TestSmallContentsBesideTheSweep: a bucket in which nothing is referenced, because the store
// keeps all contents, is swept when its marker names a row of the database, and else not.
func TestSmallContentsBesideTheSweepCRA04(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		bucket := blob.NewMemory()
		cfg := backends.Config(db, bucket)
		cfg.SmallContents = smallest
		cfg.SigningKeys = [][]byte{[]byte(fixture.SigningKey)}
		lib := backends.Library(t, cfg)
		draft := fixture.Draft(t, lib, false)
		text := fixture.Read(t, lib, draft.ID, 1)
		if err := blob.MoveMarker(t.Context(), bucket, db); err != nil {
			t.Fatal(err)
		}
		const garbage = "w/202601/aaaaaaaaaaaaaaaaaaaaaaaaaa"
		if err := bucket.Put(t.Context(), garbage, "", bytes.NewReader([]byte("garbage"))); err != nil {
			t.Fatal(err)
		}
		sweep := blob.SweepConfig{Bucket: bucket, Ledger: db, Age: 1, AllowAnyAge: true}
		report, err := blob.Sweep(t.Context(), sweep)
		if err != nil || report.Deleted != 1 {
			t.Errorf("%+v, %v", report, err)
		}
		if got := fixture.Read(t, lib, draft.ID, 1); got != text {
			t.Errorf("after the sweep the content is %q", got)
		}
		other := blob.NewMemory() // without a marker
		if err := other.Put(t.Context(), garbage, "", bytes.NewReader([]byte("garbage"))); err != nil {
			t.Fatal(err)
		}
		sweep.Bucket = other
		if _, err := blob.Sweep(t.Context(), sweep); !errors.Is(err, blob.ErrSweepRefused) {
			t.Errorf("without a marker: %v", err)
		}
	})
}

func TestSmallContentsHaveALimit(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{-1, assets.MaxSmallContents + 1} {
		cfg := assetstest.Config()
		cfg.SmallContents = size
		if _, err := assets.New(cfg); err == nil || !strings.Contains(err.Error(), "Config.SmallContents") {
			t.Errorf("%d: %v", size, err)
		}
	}
}
