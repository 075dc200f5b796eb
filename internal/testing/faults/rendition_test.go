package faults_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store/memory"
)

// alteredBlobs changes the last byte of sources.
type alteredBlobs struct{ assets.Blobs }

func (b alteredBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	body, err := b.Blobs.Open(ctx, key, offset, length)
	if err != nil || fixture.IsRendition(key) {
		return body, err
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	data[len(data)-1] ^= 1
	return io.NopCloser(bytes.NewReader(data)), err
}

func TestRenditionOfDamagedContentBLB03(t *testing.T) {
	t.Parallel()
	trailing := append(fixture.Noise(400, 300), 0) // behind the image: a decoder does not read it
	lib, id, kept := fixture.ImageLibrary(t, alteredBlobs{blob.NewMemory()}, trailing, "x.png")
	if _, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, 160); !errors.Is(err, assets.ErrCorrupt) || kept.Puts.Load() != 0 {
		t.Errorf("%v", err)
	}
}

// TestRenditionCutByCrash: a rendition that a crash left half written is replaced.
func TestRenditionCutByCrash(t *testing.T) {
	t.Parallel()
	dir, err := blob.OpenDir(filepath.Join(t.TempDir(), "content"))
	if err != nil {
		t.Fatal(err)
	}
	lib, id, kept := fixture.ImageLibrary(t, dir, fixture.Noise(400, 300), "hero.png")
	f, err := lib.Open(t.Context(), fixture.Ann, id, 1)
	if err != nil {
		t.Fatal(err)
	}
	key := f.Version.Key + "~w160"
	for _, left := range []string{"", "short", strings.Repeat(" ", 200), strings.Repeat("ab", 32) + " image/png 3" + strings.Repeat(" ", 60)} {
		if err := dir.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if err := dir.Put(t.Context(), key, "", strings.NewReader(left)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			data, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, 160)
			if config, decodeErr := jpeg.DecodeConfig(bytes.NewReader(data)); err != nil || decodeErr != nil || config.Width != 160 {
				t.Fatalf("%q: %v, %v", left, err, decodeErr)
			}
		}
	}
	if n := kept.Opens.Load(); n != 2*4 { // once for its header and once for all of it, each
		t.Errorf("the source was opened %d times", n)
	}
}

// TestRenditionsGoWithTheirContent: a sweep deletes both, or neither.
func TestRenditionsGoWithTheirContent(t *testing.T) {
	t.Parallel()
	rows := memory.New()
	dir, err := blob.OpenDir(filepath.Join(t.TempDir(), "content"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := assetstest.Config()
	cfg.Store, cfg.Blobs = rows, dir
	lib := backends.Library(t, cfg)
	var made []assets.ID
	for range 2 {
		a, err := lib.Create(t.Context(), fixture.Ann, assets.NewAsset{Type: assets.TypeImage, Title: "t", NewVersion: assets.NewVersion{Content: bytes.NewReader(fixture.Noise(400, 40))}})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, a.ID)
		for _, width := range []int{160, 320} {
			if _, _, err := fixture.ReadRendition(t.Context(), lib, a.ID, 1, width); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := lib.Delete(t.Context(), fixture.Ann, made[0], nil); err != nil {
		t.Fatal(err)
	}
	report, err := blob.Sweep(t.Context(), blob.SweepConfig{Bucket: dir, Ledger: rows, Age: 1, AllowAnyAge: true})
	if err != nil || report.Deleted != 3 || report.Referenced != 3 {
		t.Errorf("%+v, %v", report, err)
	}
}
