package blobio_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/blobio"
)

func TestCheckKey(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 255)
	for key, valid := range map[string]bool{
		"a": true, "acme/202601/x~w640": true, "=41cme/x-y_z.txt": true, "a..b": true, long: true,
		strings.Repeat(long+"/", 3) + long: true,
		strings.Repeat(long+"/", 4) + "a":  false, // 1025 bytes
		"a" + long:                         false,
		"":                                 false, "/": false, "/a": false, "a/": false, "a//b": false,
		".": false, "..": false, "a/../b": false, ".hidden": false, "a/.b": false, blobio.MarkerKey: false,
		"a b": false, "a%2fb": false, `a\b`: false, "a\x00": false, "a\n": false, "ä": false, "a\xff": false, "a:b": false,
	} {
		if err := blobio.CheckKey(key); (err == nil) != valid || err != nil && !errors.Is(err, blobio.ErrInvalidKey) {
			t.Errorf("CheckKey(%q): %v", key, err)
		}
	}
}

func TestIsMarker(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		blobio.MarkerKey: true, blobio.MarkerKey + ".draft": true, "a": false, "a/" + blobio.MarkerKey: false, "": false,
	} {
		if got := blobio.IsMarker(key); got != want {
			t.Errorf("IsMarker(%q) = %v", key, got)
		}
	}
}

func TestCheckRange(t *testing.T) {
	t.Parallel()
	for r, valid := range map[[2]int64]bool{
		{0, -1}: true, {0, 0}: true, {7, 9}: true, {-1, -1}: false, {-1, 0}: false, {0, -2}: false,
	} {
		if err := blobio.CheckRange(r[0], r[1]); (err == nil) != valid {
			t.Errorf("CheckRange(%d, %d): %v", r[0], r[1], err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		key  string
		want error
		text string
	}{
		{t.Context(), "a", nil, ""},
		{t.Context(), "..", blobio.ErrInvalidKey, `blob: open "..": invalid key`},
		{ended, "a", context.Canceled, `blob: open "a": context canceled`},
	} {
		err := blobio.Check(c.ctx, "open", c.key)
		if !errors.Is(err, c.want) || err != nil && err.Error() != c.text {
			t.Errorf("Check of %q: %v, want %q", c.key, err, c.text)
		}
	}
}

func TestContextError(t *testing.T) {
	t.Parallel()
	if err := blobio.ContextError(t.Context()); err != nil {
		t.Errorf("of a context that has not ended: %v", err)
	}
	plain, cancel := context.WithCancel(t.Context())
	cancel()
	if err := blobio.ContextError(plain); err == nil || err.Error() != "context canceled" {
		t.Errorf("without a cause: %v", err)
	}
	cause := errors.New("no progress for 30 s")
	ctx, cancelCause := context.WithCancelCause(t.Context())
	cancelCause(cause)
	if err := blobio.ContextError(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
		t.Errorf("with a cause: %v", err)
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection reset")
	err := blobio.Wrap("put", "a", blobio.Unavailable(cause))
	if !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), `blob: put "a": `) {
		t.Errorf("%v", err)
	}
}
