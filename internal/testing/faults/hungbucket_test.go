package faults_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// hangingBlobs block a call until its context ends.
type hangingBlobs struct {
	assets.Blobs
	put, open, read bool // which calls block
}

func (b *hangingBlobs) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	if b.put {
		if _, err := io.CopyN(io.Discard, r, 3); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return b.Blobs.Put(ctx, key, mediaType, r)
}

func (b *hangingBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if b.open {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	body, err := b.Blobs.Open(ctx, key, offset, length)
	if b.read {
		return struct {
			io.Reader
			io.Closer
		}{fixture.ReaderFunc(func([]byte) (int, error) { <-ctx.Done(); return 0, ctx.Err() }), body}, err
	}
	return body, err
}

// TestHungBucketBLB02: calls of a bucket that hangs fail after Limits.BlobStall.
func TestHungBucketBLB02(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := assetstest.Config()
		b := &hangingBlobs{Blobs: cfg.Blobs}
		cfg.Blobs = b
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
		if err != nil {
			t.Fatal(err)
		}
		within := func(what string, call func() error) {
			t.Helper()
			start := time.Now()
			if err := call(); !errors.Is(err, assets.ErrUnavailable) {
				t.Errorf("%s: %v", what, err)
			}
			if d := time.Since(start); d < 30*time.Second || d > 31*time.Second {
				t.Errorf("%s gave up after %v", what, d)
			}
		}
		read := func() error {
			f, err := lib.Open(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			_, err = io.ReadAll(f)
			return err
		}
		b.open = true
		within("opening", read)
		b.open, b.read = false, true
		within("reading", read)
		b.put = true
		within("storing", func() error {
			_, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("again"))
			return err
		})
		page, err := lib.List(t.Context(), fixture.Ann, assets.Query{})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("%d assets, %v", len(page.Items), err)
		}
	})
}

func TestSlowClientIsNoHungBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := fixture.Copy("")
		rest := strings.NewReader("slow")
		in.Content = fixture.ReaderFunc(func(p []byte) (int, error) {
			time.Sleep(time.Minute)
			return rest.Read(p[:1])
		})
		if _, err := assetstest.New(t).Create(t.Context(), fixture.Bot, in); err != nil {
			t.Error(err)
		}
	})
}
