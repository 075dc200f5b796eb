package assetstest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/10ex/assets"
)

func testOpenRanges(t *testing.T, b assets.Blobs) {
	content := pattern(100_000)
	mustPut(t, b, blobKey, content)
	const empty = "acme/202601/emptyemptyemptyempty"
	mustPut(t, b, empty, nil)

	for _, c := range []struct {
		key            string
		offset, length int64
		want           []byte
	}{
		{blobKey, 0, -1, content},
		{blobKey, 0, 100_000, content},
		{blobKey, 0, 1, content[:1]},
		{blobKey, 1, 1, content[1:2]},
		{blobKey, 99_999, -1, content[99_999:]},
		{blobKey, 32_767, 40_000, content[32_767:72_767]},
		{blobKey, 99_990, 100, content[99_990:]},
		{blobKey, 99_990, 1<<63 - 1, content[99_990:]},
		{blobKey, 0, 0, nil},
		{blobKey, 50, 0, nil},
		{blobKey, 100_000, -1, nil},
		{blobKey, 100_000, 1, nil},
		{blobKey, 100_001, -1, nil},
		{blobKey, 1 << 40, 10, nil},
		{empty, 0, -1, nil},
		{empty, 0, 5, nil},
		{empty, 1, -1, nil},
	} {
		got, err := read(t.Context(), b, c.key, c.offset, c.length)
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("Open(%q, %d, %d) reads %d bytes, %v, want %d bytes",
				c.key, c.offset, c.length, len(got), err, len(c.want))
		}
	}
}

func testOpenNonsense(t *testing.T, b assets.Blobs) {
	mustPut(t, b, blobKey, pattern(100))
	for _, c := range []struct{ offset, length int64 }{{-1, -1}, {-1 << 63, 10}} {
		r, err := b.Open(t.Context(), blobKey, c.offset, c.length)
		if err == nil {
			_ = r.Close()
			t.Errorf("Open from offset %d succeeds", c.offset)
		}
	}
}

func testOpenTwice(t *testing.T, b assets.Blobs) {
	content := pattern(50_000)
	mustPut(t, b, blobKey, content)
	first, err := b.Open(t.Context(), blobKey, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	half := make([]byte, 25_000)
	if _, err := io.ReadFull(first, half); err != nil {
		t.Fatal(err)
	}
	wantContent(t, b, blobKey, content) // a second reader beside the first
	rest, err := io.ReadAll(first)
	if err != nil || !bytes.Equal(slices.Concat(half, rest), content) {
		t.Errorf("the first reader has %d bytes more, %v, and not the content", len(rest), err)
	}
	if err := first.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	abandoned, err := b.Open(t.Context(), blobKey, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if err := abandoned.Close(); err != nil {
		t.Errorf("Close before reading: %v", err)
	}
}

func testUnknownKey(t *testing.T, b assets.Blobs) {
	wantNothing(t, b, blobKey)
	if err := b.Delete(t.Context(), blobKey); err != nil {
		t.Errorf("Delete of an unknown key: %v", err)
	}
	mustPut(t, b, blobKey, pattern(10))
	for _, near := range []string{
		blobKey + "x", blobKey[:len(blobKey)-1], blobKey + "~w640",
		"acm" + blobKey[len("acme"):], "acme/202602" + blobKey[len("acme/202601"):],
	} {
		wantNothing(t, b, near)
		if err := b.Delete(t.Context(), near); err != nil {
			t.Errorf("Delete(%q): %v", near, err)
		}
	}
	wantContent(t, b, blobKey, pattern(10))
}

func testDelete(t *testing.T, b assets.Blobs) {
	const other = "acme/202601/otherotherotherother"
	mustPut(t, b, blobKey, pattern(10))
	mustPut(t, b, other, pattern(20))
	for range 2 {
		if err := b.Delete(t.Context(), blobKey); err != nil {
			t.Errorf("Delete: %v", err)
		}
		wantNothing(t, b, blobKey)
	}
	wantContent(t, b, other, pattern(20))
}

func testContextEnded(t *testing.T, b assets.Blobs) {
	mustPut(t, b, blobKey, pattern(10))
	const other = "acme/202601/otherotherotherother"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	check := func(method string, err error) {
		t.Helper()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with an ended context: %v", method, err)
		}
	}
	check("Put", b.Put(ctx, other, blobMedia, bytes.NewReader(pattern(10))))
	_, err := b.Size(ctx, blobKey)
	check("Size", err)
	_, err = read(ctx, b, blobKey, 0, -1)
	check("Open", err)
	check("Delete", b.Delete(ctx, blobKey))
	wantNothing(t, b, other)
	wantContent(t, b, blobKey, pattern(10))
}
