package assetstest_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

const blobKey = "w/202601/k3jq5zv7xw2m4n6p8r9t"

func TestPutHasStepsForItsPieces(t *testing.T) {
	t.Parallel()
	in := injected()
	ctx := in.Arm(t.Context(), 0, assetstest.Fails)
	if err := in.Blobs.Put(ctx, blobKey, "text/plain", strings.NewReader("seven!!")); err != nil {
		t.Fatal(err)
	}
	steps, _ := in.Disarm()
	pieces := 0
	for _, step := range steps {
		if step == "blobs.Put at a byte" {
			pieces++
		}
	}
	if pieces < 4 || steps[0] != "blobs.Put" || steps[len(steps)-1] != "blobs.Put after storing" { // 1, 2, 4 bytes, the end
		t.Errorf("steps %q", steps)
	}
}

func TestPutFailsAtEachStep(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		in := injected()
		err := in.Blobs.Put(in.Arm(t.Context(), n, assetstest.Fails), blobKey, "text/plain", strings.NewReader("seven!!"))
		_, struck := in.Disarm()
		if struck == "" {
			if err != nil || n < 6 {
				t.Errorf("after %d steps: %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, assets.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", struck, err)
		}
		_, err = in.Blobs.Size(t.Context(), blobKey)
		if stored := err == nil; stored != (struck == "blobs.Put after storing") {
			t.Errorf("%s: the content is stored: %t", struck, stored)
		}
	}
}

func TestPutShortens(t *testing.T) {
	t.Parallel()
	in := injected()
	if err := in.Blobs.Put(in.Arm(t.Context(), 1, assetstest.Shortens), blobKey, "text/plain", strings.NewReader("seven!!")); err != nil {
		t.Errorf("Put: %v", err)
	}
	in.Disarm()
	if size, err := in.Blobs.Size(t.Context(), blobKey); err != nil || size != 3 {
		t.Errorf("%d bytes are stored, %v; want the first half", size, err)
	}
}

func TestReadsOfBlobsAreSteps(t *testing.T) {
	t.Parallel()
	in := injected()
	if err := in.Blobs.Put(t.Context(), blobKey, "text/plain", strings.NewReader("seven!!")); err != nil {
		t.Fatal(err)
	}
	ctx := in.Arm(t.Context(), 3, assetstest.Breaks)
	_, errSize := in.Blobs.Size(ctx, blobKey)
	r, errOpen := in.Blobs.Open(ctx, blobKey, 0, -1)
	if err := errors.Join(errSize, errOpen); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); !errors.Is(err, assetstest.ErrInjected) {
		t.Errorf("read %q, %v; want ErrInjected", text, err)
	}
	errClose, errDelete := r.Close(), in.Blobs.Delete(ctx, blobKey)
	if err := errors.Join(errClose, errDelete); err != nil {
		t.Error(err)
	}
	steps, struck := in.Disarm()
	if want := []string{"blobs.Size", "blobs.Open", "blobs.Read", "blobs.Delete"}; !slices.Equal(steps, want) || struck != "blobs.Read" {
		t.Errorf("steps %q, struck %q", steps, struck)
	}
}
