package blobio_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/blobio"
	"github.com/10ex/assets/internal/testing/fixture"
)

var errCut = errors.New("cut")

func TestSourceReads(t *testing.T) {
	t.Parallel()
	src, writing := blobio.NewSource(t.Context(), strings.NewReader("content"))
	if err := iotest.TestReader(src, []byte("content")); err != nil {
		t.Error(err)
	}
	if err := src.Failure(t.Context()); err != nil || writing.Err() != nil {
		t.Errorf("Failure after io.EOF: %v, %v", err, writing.Err())
	}
	src.Stop()
	if writing.Err() == nil {
		t.Error("Stop does not cancel the context of the write")
	}
}

func TestSourceKeepsTheErrorOfItsReader(t *testing.T) {
	t.Parallel()
	src, writing := blobio.NewSource(t.Context(), io.MultiReader(strings.NewReader("con"), iotest.ErrReader(errCut)))
	defer src.Stop()
	if got, err := io.ReadAll(src); string(got) != "con" || !errors.Is(err, errCut) {
		t.Errorf("read %q, %v", got, err)
	}
	if err := src.Failure(t.Context()); !errors.Is(err, errCut) {
		t.Errorf("Failure: %v", err)
	}
	if writing.Err() == nil {
		t.Error("the write is not cancelled")
	}
}

func TestSourceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	src, _ := blobio.NewSource(ctx, strings.NewReader("content"))
	defer src.Stop()
	cancel(errCut)
	if n, err := src.Read(make([]byte, 10)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %d, %v", n, err)
	}
	if err := src.Failure(ctx); !errors.Is(err, errCut) {
		t.Errorf("Failure: %v", err)
	}
}

func TestSourcePassesPanicsOn(t *testing.T) {
	t.Parallel()
	src, _ := blobio.NewSource(t.Context(), fixture.ReaderFunc(func([]byte) (int, error) { panic("bomb") }))
	defer src.Stop()
	if _, err := src.Read(make([]byte, 10)); err == nil {
		t.Error("Read of a reader that panics returns no error")
	}
	defer func() {
		if v := recover(); v != "bomb" {
			t.Errorf("Failure panics with %v", v)
		}
	}()
	_ = src.Failure(t.Context())
	t.Error("Failure does not panic")
}

type closer struct{ closed bool }

func (c *closer) Close() error { c.closed = true; return errCut }

func TestContent(t *testing.T) {
	t.Parallel()
	var c closer
	r := blobio.NewContent(t.Context(), "a", strings.NewReader("content"), &c)
	if got, err := io.ReadAll(r); string(got) != "content" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if err := r.Close(); !c.closed || !errors.Is(err, errCut) {
		t.Errorf("Close: %v", err)
	}
}

func TestContentErrors(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	later, cancelLater := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		ctx         context.Context
		r           io.Reader
		want        error
		unavailable bool
	}{
		"the reader fails":      {t.Context(), iotest.ErrReader(errCut), errCut, true},
		"the context has ended": {ended, strings.NewReader("content"), context.Canceled, false},
		"the context ends": {later, fixture.ReaderFunc(func([]byte) (int, error) {
			cancelLater()
			return 0, errCut
		}), context.Canceled, false},
	} {
		_, err := blobio.NewContent(c.ctx, "a", c.r, io.NopCloser(nil)).Read(make([]byte, 10))
		if !errors.Is(err, c.want) || errors.Is(err, assets.ErrUnavailable) != c.unavailable ||
			!strings.HasPrefix(err.Error(), `blob: read "a": `) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
