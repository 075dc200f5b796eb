package assets_test

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
)

// hanging stops answering when told to, until its context ends.
type hanging struct {
	assets.Blobs
	put, open, read bool
}

func (b *hanging) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	if b.put {
		if _, err := io.CopyN(io.Discard, r, 3); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return b.Blobs.Put(ctx, key, mediaType, r)
}

func (b *hanging) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if b.open {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	body, err := b.Blobs.Open(ctx, key, offset, length)
	if b.read {
		return struct {
			io.Reader
			io.Closer
		}{readerFunc(func([]byte) (int, error) { <-ctx.Done(); return 0, ctx.Err() }), body}, err
	}
	return body, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestBLB02HungBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := assetstest.Config()
		b := &hanging{Blobs: cfg.Blobs}
		cfg.Blobs = b
		lib := library(t, cfg)
		made, err := lib.Create(t.Context(), bot, newCopy("hello"))
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
			f, err := lib.Open(t.Context(), ann, made.ID, assets.SelectCurrent)
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
			_, err := lib.Create(t.Context(), bot, newCopy("again"))
			return err
		})
		page, err := lib.List(t.Context(), ann, assets.Query{})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("%d assets, %v", len(page.Items), err)
		}
	})
}

func TestSlowClientIsNotAStalledBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := newCopy("")
		rest := strings.NewReader("slow")
		in.Content = readerFunc(func(p []byte) (int, error) {
			time.Sleep(time.Minute)
			return rest.Read(p[:1])
		})
		if _, err := assetstest.New(t).Create(t.Context(), bot, in); err != nil {
			t.Error(err)
		}
	})
}
