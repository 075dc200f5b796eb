package sniff_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/10ex/assets/internal/sniff"
)

// inUTF16 returns s in UTF-16 with a byte order mark.
func inUTF16(s string, little bool) []byte {
	var b []byte
	for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(s))...) {
		if little {
			b = append(b, byte(u), byte(u>>8))
		} else {
			b = append(b, byte(u>>8), byte(u))
		}
	}
	return b
}

// TestSVGRootFIL01: an SVG is told by its root element, whatever XML allows before
// it, and by nothing else.
func TestSVGRootFIL01(t *testing.T) {
	t.Parallel()
	const svg = `<svg xmlns="http://www.w3.org/2000/svg"/>`
	long := strings.Repeat("x", 60<<10)
	doctype := `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
		<!ENTITY ns "http://ns.adobe.com/>]">
		<!-- ]> <html> ' -->
		<?pi ]> ?>
		<!ENTITY quote '"'>
		%other;
	]>`
	for name, tc := range map[string]struct {
		content string
		want    bool
	}{
		"nothing before":               {svg, true},
		"a byte order mark":            {"\ufeff" + svg, true},
		"blank lines":                  {strings.Repeat("\r\n", 20<<10) + svg, true},
		"blank lines, a declaration":   {"\n\n<?xml version=\"1.0\"?>\n" + svg, true},
		"a long comment":               {"<!--" + long + "-->" + svg, true},
		"a comment with an element":    {"<!-- <html> -->" + svg, true},
		"many comments":                {strings.Repeat("<!---->", 9000) + svg, true},
		"processing instructions":      {"<?xml version='1.0'?><?xml-stylesheet href='a>b'?><?x " + long + "?>" + svg, true},
		"a document type":              {"<!DOCTYPE svg>" + svg, true},
		"entities":                     {`<?xml version="1.0"?>` + doctype + "\n" + svg, true},
		"everything":                   {"\ufeff<?xml version=\"1.0\"?>\n<!--" + long + "-->\n" + doctype + "<!-- b -->" + svg, true},
		"a prefix":                     {`<s:svg xmlns:s="http://www.w3.org/2000/svg"/>`, true},
		"Latin-1 in a comment":         {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><!-- Gr\xfc\xdfe -->" + svg, true},
		"UTF-16":                       {string(inUTF16("<?xml version=\"1.0\"?><!-- a -->"+svg, true)), true},
		"UTF-16, big end first":        {string(inUTF16(doctype+svg, false)), true},
		"a line end in the tag":        {"<svg\nwidth='1'/>", true},
		"a sentence":                   {"A sentence about svg.", false},
		"a sentence with an element":   {"See <svg> and " + svg, false},
		"another root":                 {`<?xml version="1.0"?><feed>` + svg + `</feed>`, false},
		"HTML":                         {"<!doctype html>" + svg, false},
		"a longer name":                {"<svgs/>", false},
		"a name in capitals":           {"<SVG/>", false},
		"an end tag":                   {"</svg>", false},
		"only a prologue":              {"<?xml version=\"1.0\"?><!-- <svg/> -->", false},
		"a comment without an end":     {"<!-- " + svg, false},
		"a literal without an end":     {`<!DOCTYPE svg "` + svg, false},
		"an internal subset that runs": {"<!DOCTYPE svg [" + svg, false},
		"two document types":           {"<!DOCTYPE svg><!DOCTYPE svg>" + svg, false},
		"a prologue over the limit":    {"<!--" + strings.Repeat("x", sniff.MaxPrologue) + "-->" + svg, false},
		"an open tag name":             {"<svg", false},
	} {
		head := []byte(tc.content)
		whole := len(head) <= sniff.MaxHead
		format := sniff.Head(head[:min(len(head), sniff.MaxHead)], whole)
		if got := format.Name() == "image/svg+xml"; got != tc.want || format.Contradicts("image/svg+xml") == tc.want {
			t.Errorf("%s: found %s, contradicts an SVG %t", name, format.Name(), format.Contradicts("image/svg+xml"))
		}
		if tc.want && len(head) > sniff.HeadLen && !sniff.NeedsMore(head[:sniff.HeadLen]) && !strings.Contains(string(head[:sniff.HeadLen]), "<svg") {
			t.Errorf("%s: more bytes are not asked for", name)
		}
	}
}

// The limit of a prologue counts bytes, also of UTF-16.
func TestLongestPrologueFIL01(t *testing.T) {
	t.Parallel()
	const svg = "<svg/>"
	comment := func(n int) string { return "<!--" + strings.Repeat("x", n-7) + "-->" }
	for name, head := range map[string][]byte{
		"UTF-8":  []byte(comment(sniff.MaxPrologue) + svg),
		"UTF-16": inUTF16(comment(sniff.MaxPrologue/2-1)+svg, true),
	} {
		if got := sniff.Head(head, true).Name(); got != "image/svg+xml" {
			t.Errorf("%s at the limit: %s", name, got)
		}
	}
	for name, head := range map[string][]byte{
		"UTF-8":  []byte(comment(sniff.MaxPrologue+1) + svg),
		"UTF-16": inUTF16(comment(sniff.MaxPrologue/2+1)+svg, true),
	} {
		if got := sniff.Head(head, true).Name(); got == "image/svg+xml" {
			t.Errorf("%s over the limit: %s", name, got)
		}
	}
}

// A document that the head cuts anywhere is never taken for another one.
func TestCutPrologue(t *testing.T) {
	t.Parallel()
	whole := "\ufeff<?xml version=\"1.0\"?>\n<!-- a --><!DOCTYPE svg [<!ENTITY a \"]>\">]><svg xmlns=\"http://www.w3.org/2000/svg\"/>"
	element := strings.Index(whole, "<svg") + len("<svg")
	for n := range len(whole) {
		if more := sniff.NeedsMore([]byte(whole[:n])); more != (n <= element) && n > 2 {
			t.Errorf("after %q more bytes are asked for: %t", whole[:n], more)
		}
	}
}
