package blob_test

import (
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/crashfs"
	"github.com/10ex/assets/internal/testing/fixture"
)

func withDigest(in assets.NewAsset, sha256 string) assets.NewAsset {
	in.SHA256 = sha256
	return in
}

func newLibrary(t *testing.T, cfg assets.Config) *assets.Library {
	t.Helper()
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// TestPowerCutAtEachStepOfLibraryCallsCRA08 cuts the power at each
// change of the disk during each call. The database keeps every committed row, and the
// bytes of every row must be on the disk afterwards.
func TestPowerCutAtEachStepOfLibraryCallsCRA08(t *testing.T) {
	t.Parallel()
	calls := []struct {
		name string
		call func(ctx context.Context, lib *assets.Library, id assets.ID) error
	}{
		{"Create", func(ctx context.Context, lib *assets.Library, _ assets.ID) error {
			_, err := lib.Create(ctx, fixture.Bot, fixture.Copy(strings.Repeat("new ", 100_000)))
			return err
		}},
		{"Create in a new folder", func(ctx context.Context, lib *assets.Library, _ assets.ID) error {
			_, err := lib.Create(ctx, assetstest.User("another", "ann"), fixture.Copy("first"))
			return err
		}},
		{"Create with another digest", func(ctx context.Context, lib *assets.Library, _ assets.ID) error {
			_, err := lib.Create(ctx, fixture.Bot, withDigest(fixture.Copy("x"), strings.Repeat("0", 64)))
			return err
		}},
		{"AddVersion", func(ctx context.Context, lib *assets.Library, id assets.ID) error {
			_, err := lib.AddVersion(ctx, fixture.Bot, id, assets.NewVersion{Text: "third"})
			return err
		}},
		{"AddVersion unchanged", func(ctx context.Context, lib *assets.Library, id assets.ID) error {
			_, err := lib.AddVersion(ctx, fixture.Bot, id, assets.NewVersion{Text: "second"})
			return err
		}},
		{"PutUpload and Create of it", func(ctx context.Context, lib *assets.Library, _ assets.ID) error {
			ticket, err := lib.NewUpload(ctx, fixture.Bot, assets.NewUpload{})
			if err != nil {
				return err
			}
			content := assets.UploadContent{Content: strings.NewReader(strings.Repeat("new ", 100_000)), Size: -1}
			if _, err := lib.PutUpload(ctx, fixture.Token(ticket.URL), content); err != nil {
				return err
			}
			_, err = lib.Create(ctx, fixture.Bot, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{UploadID: ticket.UploadID}})
			return err
		}},
		{"Rollback", func(ctx context.Context, lib *assets.Library, id assets.ID) error {
			_, err := lib.Rollback(ctx, fixture.Ann, id, assets.Rollback{Version: 1})
			return err
		}},
		{"Delete", func(ctx context.Context, lib *assets.Library, id assets.ID) error {
			return lib.Delete(ctx, fixture.Ann, id, nil)
		}},
	}
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, lucky := range []bool{false, true} {
				n := 1
				for cutDuring(t, n, lucky, c.call) {
					n++
				}
			}
		})
	}
}

// cutDuring cuts the power at the nth change of the disk during a call, and reports
// whether the call made so many.
func cutDuring(t *testing.T, n int, lucky bool, call func(context.Context, *assets.Library, assets.ID) error) bool {
	t.Helper()
	disk := crashfs.New()
	if lucky {
		rng := rand.New(rand.NewPCG(uint64(n), 0))
		disk.KeepUnsynced(func() bool { return rng.IntN(2) == 0 })
	}
	cfg := assetstest.Config()
	cfg.Blobs = openDisk(disk)
	lib := newLibrary(t, cfg)
	made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("first"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.AddVersion(t.Context(), fixture.Bot, made.ID, assets.NewVersion{Text: "second"}); err != nil {
		t.Fatal(err)
	}
	before := len(disk.Ops())
	disk.CutAt(n)
	err = call(t.Context(), lib, made.ID)
	reached := len(disk.Ops())-before >= n
	if err != nil && assets.Code(err) == "internal_error" {
		t.Errorf("step %d: %v", n, err)
	}
	disk.Cut() // also right after the acknowledgement

	cfg.Blobs = openDisk(disk)
	checkContents(t, newLibrary(t, cfg), n)
	return reached
}

// checkContents reads every version of both workspaces, which verifies its digest.
func checkContents(t *testing.T, lib *assets.Library, n int) {
	t.Helper()
	for _, by := range []assets.Actor{fixture.Ann, assetstest.User("another", "ann")} {
		for a, err := range lib.All(t.Context(), by, assets.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			for v := range a.CurrentVersion {
				f, err := lib.Open(t.Context(), by, a.ID, assets.Selector(v+1))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, f); err != nil {
					t.Errorf("power cut at step %d: version %d: %v", n, v+1, err)
				}
				_ = f.Close() // it was only read
			}
		}
	}
}
