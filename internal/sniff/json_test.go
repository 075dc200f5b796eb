package sniff_test

import (
	"bytes"
	"encoding/json"
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

func TestJSONSyntaxUPL08(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for content, valid := range map[string]bool{
		`{}`:   true,
		` [] `: true,
		`{"a": [1, -0.5e+10, true, false, null, "\u00e9\n\"é🎉"], "a": {}}`: true,
		`"\ud800"`:                      true, // the grammar has no opinion
		`0`:                             true,
		`-0`:                            true,
		`1e999`:                         true,
		`10`:                            true,
		"\t\r\n1":                       true,
		deep(sniff.MaxDepth):            true,
		deep(sniff.MaxDepth + 1):        false,
		strings.Repeat("[", 100_000):    false,
		strings.Repeat(`{"a":`, 20_000): false,
		"":                              false,
		" ":                             false,
		"\ufeff{}":                      false,
		"{}{}":                          false,
		"1 2":                           false,
		"[1,]":                          false,
		"[,1]":                          false,
		"{,}":                           false,
		`{"a":1,}`:                      false,
		`{"a"}`:                         false,
		`{a:1}`:                         false,
		`{1:1}`:                         false,
		`[1}`:                           false,
		`{"a":1]`:                       false,
		"]":                             false,
		"1,":                            false,
		"01":                            false,
		"-":                             false,
		"1.":                            false,
		".5":                            false,
		"1e":                            false,
		"1e+":                           false,
		"1e5e5":                         false,
		"1.5.5":                         false,
		"+1":                            false,
		"NaN":                           false,
		"tru":                           false,
		"truex":                         false,
		"nulL":                          false,
		`"`:                             false,
		`"\x"`:                          false,
		`"\u12g4"`:                      false,
		`"\u123"`:                       false,
		"\"\n\"":                        false,
		"\"\x00\"":                      false,
		"\"\xff\"":                      false,
		"'a'":                           false,
		"// a\n1":                       false,
	} {
		for _, chunk := range []int{1, 2, 7, 1 << 20} {
			err := check(new(sniff.JSON), []byte(content), chunk)
			if valid != (err == nil) || err != nil && !errors.Is(err, sniff.ErrNotJSON) {
				t.Errorf("%.30q in chunks of %d: %v, want valid %t", content, chunk, err, valid)
			}
		}
	}
}

// TestCheckersStayFailed: nothing that follows mends what was wrong.
func TestCheckersStayFailed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]checker{"text": new(sniff.Text), "JSON": new(sniff.JSON)} {
		if _, err := c.Write([]byte("\xff")); err == nil {
			t.Errorf("%s: an invalid chunk is accepted", name)
		}
		if n, err := c.Write([]byte("{}")); n != 0 || err == nil {
			t.Errorf("%s: the chunk behind an invalid one is accepted", name)
		}
		if c.Finish() == nil {
			t.Errorf("%s: Finish forgets the failure", name)
		}
	}
}

func TestJSONMemoryIsConstant(t *testing.T) {
	var j sniff.JSON
	if _, err := j.Write([]byte(`[""`)); err != nil {
		t.Fatal(err)
	}
	chunk := bytes.Repeat([]byte(`,{"key": ["value", 1.5e3]}`), 100)
	if n := testing.AllocsPerRun(100, func() { _, _ = j.Write(chunk) }); n > 0 {
		t.Errorf("%v allocations per chunk", n)
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

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e-3,{"b":"\u00e9"}]}`, `[true,false,null]`, `-0`, `"\ud800"`, "{", "[1,", "\xff", " 1 "} {
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, content []byte, chunk int) {
		valid := json.Valid(content) && utf8.Valid(content)
		if err := check(new(sniff.JSON), content, max(1, chunk)); valid != (err == nil) {
			t.Errorf("%q in chunks of %d: %v, want valid %t", content, chunk, err, valid)
		}
	})
}
