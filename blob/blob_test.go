package blob_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBlobs(t *testing.T) {
	t.Parallel()
	for name, open := range implementations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assetstest.TestBlobs(t, func(t *testing.T) assets.Blobs { return open(t) })
		})
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		assetstest.TestMarked(t, func(*testing.T) *blob.Memory { return blob.NewMemory() })
	})
	t.Run("folder", func(t *testing.T) {
		t.Parallel()
		assetstest.TestMarked(t, func(t *testing.T) *blob.Dir {
			d, err := blob.OpenDir(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			return d
		})
	})
}

func TestArchives(t *testing.T) {
	t.Parallel()
	for name, open := range implementations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assetstest.TestArchives(t, func(t *testing.T) (*memory.Store, store) { return memory.New(), open(t) })
		})
	}
}

func TestListOfOneFolderTEN03(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		const rest = "/202601/aaaaaaaaaaaaaaaaaaaaaaaaaa"
		for _, w := range []string{"a", "ab", "a-", "a=2f", "b"} {
			put(t, s, w+rest, w)
		}
		for folder, want := range map[string][]string{
			"a": {"a" + rest}, "ab": {"ab" + rest}, "a/202601": {"a" + rest}, "a/2026": {}, "c": {}, "a" + rest: {},
		} {
			if diff := cmp.Diff(want, keys(t, s, folder)); diff != "" {
				t.Errorf("List(%q) (-want +got):\n%s", folder, diff)
			}
		}
		if got := keys(t, s, ""); len(got) != 5 {
			t.Errorf("List of all has %q", got)
		}
		for _, err := range s.List(t.Context(), "../a") {
			if !errors.Is(err, blob.ErrInvalidKey) {
				t.Errorf("List of ../a: %v", err)
			}
		}
	})
}

func TestPutOfAnExistingKeyBLB05(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		put(t, s, key1, "first")
		if err := s.Put(t.Context(), key1, "text/plain", strings.NewReader("second")); !errors.Is(err, blob.ErrExists) {
			t.Errorf("the second Put: %v", err)
		}
		if got, _ := text(t, s, key1); got != "first" {
			t.Errorf("the first bytes became %q", got)
		}
	})
}

func TestPutOfAKeyBeingWrittenBLB05(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		inner := errors.New("not tried")
		r := fixture.ReaderFunc(func([]byte) (int, error) {
			inner = s.Put(t.Context(), key1, "text/plain", strings.NewReader("second"))
			return 0, errors.New("first ends")
		})
		if err := s.Put(t.Context(), key1, "text/plain", r); err == nil {
			t.Error("Put of a failing reader succeeds")
		}
		if !errors.Is(inner, blob.ErrExists) {
			t.Errorf("a Put during another one: %v", inner)
		}
		put(t, s, key1, "third")
	})
}

// The cause of the context is part of the error, so that a caller sees which of its
// deadlines has passed.
func TestPutErrorHasTheContextCause(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		stalled := errors.New("no progress for 30 s")
		ctx, cancel := context.WithCancelCause(t.Context())
		r := fixture.ReaderFunc(func(p []byte) (int, error) {
			cancel(stalled)
			return len(p), nil
		})
		err := s.Put(ctx, key1, "text/plain", r)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, stalled) {
			t.Errorf("Put: %v", err)
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
