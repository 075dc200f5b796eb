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

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	r := signed.NewRing("preview", [][]byte{newKey})
	bound := [][]byte{[]byte("workspace"), nil}
	for _, payload := range []string{"", "a", "a longer payload", "\x00\xff"} {
		text := r.Sign(bound, []byte(payload))
		if got, err := r.Verify(bound, text); err != nil || string(got) != payload {
			t.Errorf("Verify: %q, %v, want %q", got, err, payload)
		}
		if again := signed.NewRing("preview", [][]byte{newKey}).Sign(bound, []byte(payload)); again != text {
			t.Errorf("Sign returns %q, then %q", text, again)
		}
	}
}

// Texts that were signed by earlier versions must verify.
func TestTextLayout(t *testing.T) {
	t.Parallel()
	const text = "pJVRx3BheWxvYWSfMwXoj_aZJuL5h0t4g8ux"
	r := signed.NewRing("preview", [][]byte{newKey})
	if got := r.Sign([][]byte{[]byte("bound")}, []byte("payload")); got != text {
		t.Errorf("Sign returns %q, want %q", got, text)
	}
}

func TestVerifyOfAChangedTextPRV01(t *testing.T) {
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

func TestVerifyWithOtherPurposeOrBoundValuesPRV01(t *testing.T) {
	t.Parallel()
	keys := [][]byte{newKey}
	r := signed.NewRing("preview", keys)
	text := r.Sign([][]byte{[]byte("ab"), []byte("c")}, []byte("p"))
	if _, err := signed.NewRing("export", keys).Verify([][]byte{[]byte("ab"), []byte("c")}, text); err == nil {
		t.Error("verified for another purpose")
	}
	for _, bound := range [][][]byte{nil, {[]byte("abc")}, {[]byte("a"), []byte("bc")}, {[]byte("c"), []byte("ab")}} {
		if _, err := r.Verify(bound, text); err == nil {
			t.Errorf("verified with the bound values %q", bound)
		}
	}
}

func TestKeyRotationPRV03(t *testing.T) {
	t.Parallel()
	text := signed.NewRing("preview", [][]byte{oldKey}).Sign(nil, []byte("p"))
	both := signed.NewRing("preview", [][]byte{newKey, oldKey})
	if got, err := both.Verify(nil, text); err != nil || string(got) != "p" {
		t.Errorf("an old text with both keys: %q, %v", got, err)
	}
	only := signed.NewRing("preview", [][]byte{newKey})
	if _, err := only.Verify(nil, text); err == nil {
		t.Error("a text verifies after its key was removed")
	}
	if _, err := only.Verify(nil, both.Sign(nil, []byte("p"))); err != nil {
		t.Error("a new text is not signed with the newest key")
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
			t.Errorf("%q verifies and is not the text that Sign returns", text)
		}
	})
}
