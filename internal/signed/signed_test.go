package signed_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/10ex/assets/internal/signed"
)

var (
	oldKey = bytes.Repeat([]byte{1}, signed.MinKey)
	newKey = bytes.Repeat([]byte{2}, signed.MinKey)
)

func TestPRV01AnyChangedCharacterIsForged(t *testing.T) {
	t.Parallel()
	r := signed.NewRing("preview", [][]byte{newKey})
	for _, payload := range []string{"", "a", "ab", "abc", "a longer payload"} {
		text := r.Sign(nil, []byte(payload))
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/\n\r"
		for i := range text {
			for _, c := range []byte(alphabet) {
				if c == text[i] {
					continue
				}
				forged := text[:i] + string(c) + text[i+1:]
				if _, err := r.Verify(nil, forged); !errors.Is(err, signed.ErrForged) {
					t.Fatalf("character %d changed to %q: %v", i, c, err)
				}
				if _, err := r.Verify(nil, text[:i]+string(c)+text[i:]); err == nil {
					t.Fatalf("character %q inserted at %d", c, i)
				}
			}
		}
	}
}

func TestPRV01PurposeAndBoundariesAreUnderTheSignature(t *testing.T) {
	t.Parallel()
	keys := [][]byte{newKey}
	r := signed.NewRing("preview", keys)
	text := r.Sign([][]byte{[]byte("ab"), []byte("c")}, []byte("p"))
	if _, err := signed.NewRing("export", keys).Verify([][]byte{[]byte("ab"), []byte("c")}, text); err == nil {
		t.Error("opened for another purpose")
	}
	for _, bound := range [][][]byte{nil, {[]byte("abc")}, {[]byte("a"), []byte("bc")}, {[]byte("c"), []byte("ab")}} {
		if _, err := r.Verify(bound, text); err == nil {
			t.Errorf("opened with the fields %q", bound)
		}
	}
}

func TestPRV03Rotation(t *testing.T) {
	t.Parallel()
	text := signed.NewRing("preview", [][]byte{oldKey}).Sign(nil, []byte("p"))
	both := signed.NewRing("preview", [][]byte{newKey, oldKey})
	if got, err := both.Verify(nil, text); err != nil || string(got) != "p" {
		t.Errorf("old token with both keys: %q, %v", got, err)
	}
	only := signed.NewRing("preview", [][]byte{newKey})
	if _, err := only.Verify(nil, text); err == nil {
		t.Error("an old token outlived its key")
	}
	if _, err := only.Verify(nil, both.Sign(nil, []byte("p"))); err != nil {
		t.Error("a new token is not signed with the newest key")
	}
}

func FuzzVerify(f *testing.F) {
	r := signed.NewRing("preview", [][]byte{newKey, oldKey})
	f.Add(r.Sign(nil, []byte("payload")))
	f.Add("")
	f.Add("====")
	f.Fuzz(func(t *testing.T, text string) {
		payload, err := r.Verify(nil, text)
		if err == nil && r.Sign(nil, payload) != text {
			t.Errorf("%q opens and is not what was sealed", text)
		}
	})
}
