package blob_test

import (
	"context"
	"errors"
	"io"
	"testing"
)

// The reader's context cause travels, so that a caller's deadline says what
// it was for.
func TestContextCauseIsKept(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		stalled := errors.New("no progress for 30 s")
		ctx, cancel := context.WithCancelCause(t.Context())
		r := readerFunc(func(p []byte) (int, error) {
			cancel(stalled)
			return len(p), nil
		})
		err := s.Put(ctx, key1, "text/plain", r)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, stalled) {
			t.Errorf("Put answers %v", err)
		}
	})
}

func TestOpenContentEndsWithTheContext(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		put(t, s, key1, "content")
		ctx, cancel := context.WithCancel(t.Context())
		r, err := s.Open(ctx, key1, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if got, err := io.ReadAll(r); !errors.Is(err, context.Canceled) {
			t.Errorf("read %q, %v", got, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}
