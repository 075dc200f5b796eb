package sealed

import (
	"bytes"
	"strings"
	"testing"
)

func signing(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func bound(values ...string) [][]byte {
	all := make([][]byte, len(values))
	for i, v := range values {
		all[i] = []byte(v)
	}
	return all
}

func TestSealedTextOpensOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	ring := NewRing("cursor", [][]byte{signing(1)})
	text := ring.Seal(bound("acme", "x"), []byte("payload"))
	if got, newest, err := ring.Open(bound("acme", "x"), text); string(got) != "payload" || !newest || err != nil {
		t.Fatalf("%q, %t, %v", got, newest, err)
	}
	if strings.Contains(text, "payload") || text != ring.Seal(bound("acme", "x"), []byte("payload")) {
		t.Errorf("%q is readable, or not the same twice", text)
	}
	for name, other := range map[string]*Ring{
		"purpose": NewRing("secret", [][]byte{signing(1)}), "key": NewRing("cursor", [][]byte{signing(2)}),
	} {
		if _, _, err := other.Open(bound("acme", "x"), text); err == nil {
			t.Errorf("it opens with another %s", name)
		}
	}
	for _, other := range [][][]byte{nil, bound("acme"), bound("acmex"), bound("acme", "x", ""), bound("acm", "ex"), bound("x", "acme")} {
		if _, _, err := ring.Open(other, text); err == nil {
			t.Errorf("it opens where %q is bound", other)
		}
	}
}

func TestSealedTextHasOneForm(t *testing.T) {
	t.Parallel()
	ring := NewRing("cursor", [][]byte{signing(1)})
	text := ring.Seal(nil, []byte("payload"))
	forms := []string{"", "A", text + "=", text + "A", text[1:], text + "\n", text[:10] + "\r\n" + text[10:], text + " "}
	for i := range text {
		altered := []byte(text)
		if altered[i]++; altered[i] == 'z'+1 {
			altered[i] = 'a'
		}
		forms = append(forms, string(altered))
	}
	for _, form := range forms {
		if _, _, err := ring.Open(nil, form); err == nil {
			t.Errorf("%q opens, sealed was %q", form, text)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	text := NewRing("cursor", [][]byte{signing(1)}).Seal(nil, nil)
	rotated := NewRing("cursor", [][]byte{signing(2), signing(1)})
	if _, newest, err := rotated.Open(nil, text); err != nil || newest {
		t.Errorf("an older key: newest %t, %v", newest, err)
	}
	if text == rotated.Seal(nil, nil) {
		t.Error("the newest key is not used")
	}
}

func FuzzOpen(f *testing.F) {
	ring := NewRing("cursor", [][]byte{signing(1)})
	sealed := ring.Seal(bound("w"), []byte("p"))
	f.Add(sealed)
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := ring.Open(bound("w"), text); err == nil && text != sealed {
			t.Errorf("%q opens", text)
		}
	})
}
