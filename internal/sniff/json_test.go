package sniff_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/10ex/assets/internal/sniff"
)

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
		"\ufeff{}":                      true, // FIL-04
		"\ufeff 1":                      true,
		"\ufeff":                        false,
		"\ufeff\ufeff{}":                false,
		" \ufeff{}":                     false,
		"{\ufeff}":                      false,
		"\xef\xbb{}":                    false,
		"\xef\xbb\xbe{}":                false, // U+FEFE
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

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e-3,{"b":"\u00e9"}]}`, `[true,false,null]`, `-0`, `"\ud800"`, "{", "[1,", "\xff", " 1 ", "\ufeff[]"} {
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, content []byte, chunk int) {
		valid := json.Valid(bytes.TrimPrefix(content, []byte("\ufeff"))) && utf8.Valid(content)
		if err := check(new(sniff.JSON), content, max(1, chunk)); valid != (err == nil) {
			t.Errorf("%q in chunks of %d: %v, want valid %t", content, chunk, err, valid)
		}
	})
}
