package signed_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/10ex/assets/internal/signed"
)

const someID = "01982f3e-7c00-7abc-8def-0123456789ab"

func TestClaims(t *testing.T) {
	t.Parallel()
	payload := signed.Claims(nil).UUID(someID).Uint32(7).Uint64(1 << 40).Text("acme")
	want := []byte("\x01\x98\x2f\x3e\x7c\x00\x7a\xbc\x8d\xef\x01\x23\x45\x67\x89\xab" + "\x00\x00\x00\x07" + "\x00\x00\x01\x00\x00\x00\x00\x00" + "acme")
	if !bytes.Equal(payload, want) { // issued tokens have this layout
		t.Errorf("payload %x, want %x", payload, want)
	}
	r := signed.Read(payload)
	if id, a, b, text := r.UUID(), r.Uint32(), r.Uint64(), r.Text(); id != someID || a != 7 || b != 1<<40 || text != "acme" || r.Err() != nil {
		t.Errorf("read %s, %d, %d, %q, %v", id, a, b, text, r.Err())
	}
}

func TestClaimsTooShort(t *testing.T) {
	t.Parallel()
	whole := signed.Claims(nil).UUID(someID).Uint32(7).Uint64(9).Text("a")
	for n := range whole {
		r := signed.Read(whole[:n])
		r.UUID()
		r.Uint32()
		r.Uint64()
		if text := r.Text(); text != "" || !errors.Is(r.Err(), signed.ErrMalformed) {
			t.Errorf("%d bytes: text %q, %v", n, text, r.Err())
		}
	}
}

func TestClaimsOfAnInvalidID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "x", someID[1:], someID + "00"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("UUID(%q) does not panic", id)
				}
			}()
			signed.Claims(nil).UUID(id)
		}()
	}
}
