package sniff_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/10ex/assets/internal/sniff"
)

type checker interface {
	io.Writer
	Finish() error
}

// check writes content in chunks of n bytes.
func check(c checker, content []byte, n int) error {
	for chunk := content; len(chunk) > 0; chunk = chunk[min(n, len(chunk)):] {
		if _, err := c.Write(chunk[:min(n, len(chunk))]); err != nil {
			return err
		}
	}
	return c.Finish()
}

func TestText(t *testing.T) {
	t.Parallel()
	for content, valid := range map[string]bool{
		"":                            true,
		"Hello":                       true,
		"\ufeffBOM, Größe, 日本語, 🎉":    true,
		"\U0010ffff":                  true,
		"nul\x00":                     false,
		"\x00":                        false,
		"\xc3":                        false, // cut
		"🎉"[:3]:                       false,
		"a\xffb":                      false,
		"\xc0\x80":                    false, // overlong NUL
		"\xed\xa0\x80":                false, // surrogate
		"\xf4\x90\x80\x80":            false, // above U+10FFFF
		"\xe2\x41\x42":                false,
		"\x80":                        false,
		strings.Repeat("日本語", 10_000): true,
	} {
		for _, chunk := range []int{1, 2, 3, 5, 4096} {
			err := check(new(sniff.Text), []byte(content), chunk)
			if valid != (err == nil) || err != nil && !errors.Is(err, sniff.ErrNotText) {
				t.Errorf("%.20q in chunks of %d: %v, want valid %t", content, chunk, err, valid)
			}
		}
	}
}

// After an error, no further bytes make the content valid.
func TestCheckersStayFailed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]checker{"text": new(sniff.Text), "JSON": new(sniff.JSON)} {
		if _, err := c.Write([]byte("\xff")); err == nil {
			t.Errorf("%s: an invalid chunk is accepted", name)
		}
		if n, err := c.Write([]byte("{}")); n != 0 || err == nil {
			t.Errorf("%s: the chunk after an invalid one is accepted", name)
		}
		if c.Finish() == nil {
			t.Errorf("%s: Finish forgets the failure", name)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "Größe 🎉", "\xc3", "a\x00", "\xed\xa0\x80", "\xe2\x82"} {
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, content []byte, chunk int) {
		valid := utf8.Valid(content) && bytes.IndexByte(content, 0) < 0
		if err := check(new(sniff.Text), content, max(1, chunk)); valid != (err == nil) {
			t.Errorf("%q in chunks of %d: %v, want valid %t", content, chunk, err, valid)
		}
	})
}
