package s3_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/testproc"
)

// TestVolumeMultipart streams a large content into S3 and out again, while the peak
// of this process's memory may grow by 64 MiB. The content has 256 MiB or, with
// ASSETS_TEST_ALL, 6 GiB, which is more than one PUT of S3 may have.
func TestVolumeMultipart(t *testing.T) {
	size := int64(256 << 20)
	if os.Getenv("ASSETS_TEST_ALL") != "" {
		size = 6 << 30
	}
	b := open(t)
	cfg := assetstest.Config()
	cfg.Blobs, cfg.Limits.ContentBytes = b, size
	cfg.Limits.BlobStall = 5 * time.Minute // this server sends nothing while it joins the parts
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	by := assetstest.User("acme", "ann")
	if _, err := lib.Create(t.Context(), by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Warm", NewVersion: assets.NewVersion{Text: "up"},
	}); err != nil {
		t.Fatal(err)
	}

	before, sent := testproc.ResetPeak(t, os.Getpid()), sha256.New()
	made, err := lib.Create(t.Context(), by, assets.NewAsset{
		Type: assets.TypeBundle, Title: "Large", NewVersion: assets.NewVersion{
			Content: io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{}), size), sent),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	uploaded := testproc.Peak(t, os.Getpid()) - before
	if got := made.Content.SHA256; got != hex.EncodeToString(sent.Sum(nil)) || made.Content.SizeBytes != size {
		t.Fatalf("stored %d bytes, digest %s", made.Content.SizeBytes, got)
	}

	before = testproc.ResetPeak(t, os.Getpid())
	f, err := lib.Open(t.Context(), by, made.ID, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	received := sha256.New()
	n, err := io.Copy(received, f)
	if err := errors.Join(err, f.Close()); err != nil || n != size {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	if got := hex.EncodeToString(received.Sum(nil)); got != made.Content.SHA256 {
		t.Errorf("read digest %s", got)
	}
	downloaded := testproc.Peak(t, os.Getpid()) - before
	b.wantNoneOpen(t)
	t.Logf("%d MiB: memory grew by %d KiB while uploading, %d KiB while downloading", size>>20, uploaded>>10, downloaded>>10)
	if limit := int64(64 << 20); uploaded > limit || downloaded > limit {
		t.Errorf("memory grew by %d and %d bytes, more than 64 MiB", uploaded, downloaded)
	}
}
