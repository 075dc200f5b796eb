package httpx

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// repeated returns s, repeated to exactly n bytes.
func repeated(s string, n int) string { return strings.Repeat(s, n/len(s)+1)[:n] }

// blocks returns a text of 128 KiB made of paragraphs of n bytes of s.
func blocks(s string, n int) string { return repeated(repeated(s, n)+"\n\n", maxMarkdown) }

// wideTable returns a table whose rows have one cell of many.
func wideTable(columns, bytes int) string {
	head := strings.Repeat("|", columns+1) + "\n" + strings.Repeat("|-", columns) + "|\n"
	return head + repeated("|\n", bytes-len(head)-1) + "\n"
}

// hostileMarkdown returns texts of at most 128 KiB that would take much memory or time.
func hostileMarkdown() map[string]string {
	var ticks, nested strings.Builder
	for i := range 400 {
		ticks.WriteString(strings.Repeat("`", i+1) + "\n")
	}
	for i := range 60 {
		nested.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	definition := "[a]: /" + strings.Repeat("x", maxMarkdown/2) + "\n\n"
	return map[string]string{
		"HOS01 table, padded":                      strings.Repeat(wideTable(1300, 8<<10), 16)[:131056],
		"HOS01 table, one":                         wideTable(20000, maxMarkdown),
		"HOS01 table, narrow and long":             wideTable(30, maxMarkdown),
		"HOS01 table of a column":                  "a\n:-\n" + repeated("a\n", maxMarkdown-5),
		"HOS01 table in a quote":                   repeated("> "+strings.ReplaceAll(wideTable(1300, 8<<10), "\n", "\n> ")+"\n\n", maxMarkdown),
		"HOS01 table in an item":                   repeated("- a\n"+strings.ReplaceAll(wideTable(600, 4<<10), "\n", "\n  ")+"\n", maxMarkdown),
		"HOS01 table, escaped pipes in code":       "|a|b|\n|-|-|\n" + repeated("|`a\\|b`|c|\n", maxMarkdown-12),
		"HOS01 lists on a line, blank lines":       strings.Repeat("- ", 32) + "a" + strings.Repeat("\n", maxMarkdown-65),
		"HOS01 lists by indentation, blank lines":  nested.String() + strings.Repeat("\n", maxMarkdown-nested.Len()),
		"HOS01 quotes":                             repeated(strings.Repeat(">", 32)+"\n", maxMarkdown),
		"HOS01 quotes and lists":                   repeated(strings.Repeat("> - ", 16)+"a\n", maxMarkdown),
		"HOS01 definitions":                        repeated("[a]: b\n", maxMarkdown),
		"HOS01 definition, long and used often":    definition + repeated("[a] ", maxMarkdown-len(definition)),
		"HOS01 title, long and used often":         "[a]: / \"" + repeated("x\n", maxMarkdown/2) + "\"\n\n" + repeated("[a]", maxMarkdown/2-12),
		"HOS01 definition, long, used by images":   definition + repeated("![][a]", maxMarkdown-len(definition)),
		"HOS01 footnotes":                          repeated("[^1]: a[^1]\n", maxMarkdown),
		"HOS01 links":                              repeated("[a](b)", maxMarkdown),
		"HOS01 links without an end":               repeated("[a](b \"", maxMarkdown),
		"HOS01 brackets":                           repeated("[", maxMarkdown),
		"HOS01 brackets, balanced":                 repeated(repeated("[", 1<<10)+repeated("]", 1<<10), maxMarkdown),
		"HOS01 brackets, 24 at a time":             repeated(repeated("[", 24)+"\n\n", maxMarkdown),
		"HOS01 images":                             repeated("![", maxMarkdown),
		"HOS01 backticks of many lengths":          ticks.String() + repeated("a\n", maxMarkdown-ticks.Len()),
		"HOS01 backticks in a row":                 repeated("`", maxMarkdown),
		"HOS01 comments":                           repeated("a<!--", maxMarkdown),
		"HOS01 tags with quotes":                   repeated("<a b=\" c=' x=\" d='", maxMarkdown),
		"HOS01 instructions":                       repeated("a<?b", maxMarkdown),
		"HOS01 addresses":                          repeated("_www.", maxMarkdown),
		"HOS01 addresses of mail":                  repeated("*a", maxMarkdown),
		"HOS01 addresses in brackets":              repeated("<a:b>", maxMarkdown),
		"HOS01 entities":                           repeated("&a", maxMarkdown),
		"HOS01 emphasis within emphasis":           repeated("*", maxMarkdown/2) + "a" + repeated("*", maxMarkdown/2-1),
		"HOS02 emphasis, continued by indentation": repeated(strings.Repeat("*a_ ", 1800)+"\n    - x\n", maxMarkdown),
		"HOS02 emphasis, continued by a number":    repeated(strings.Repeat("*a_ ", 1800)+"\n2. x\n", maxMarkdown),
		"HOS02 emphasis, continued by a dash":      repeated(strings.Repeat("*a_ ", 1800)+"\n-\tx\n-x\n", maxMarkdown),
		"HOS02 emphasis, continued by a form feed": repeated(strings.Repeat("*a_ ", 1800)+"\n\f\n\u00a0\n", maxMarkdown),
		"HOS02 emphasis, continued by an escape":   repeated(strings.Repeat("~a_ ", 1800)+"\n\\- x\n", maxMarkdown),
	}
}

// costlyMarkdown returns texts of 128 KiB that are near the limits, so that the parser
// allocates the most.
func costlyMarkdown() map[string]string {
	var levels strings.Builder
	for i := range 20 {
		levels.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	var ticks strings.Builder
	for i := range 6 {
		ticks.WriteString(strings.Repeat("`", i+1) + "a")
	}
	dest := "[a]: /" + strings.Repeat("%", 1000) + "\n\n"
	return map[string]string{
		"brackets, open":    repeated(repeated("[a", 48)+"\n\n", maxMarkdown),
		"emphasis, runs":    blocks("*a_ ", 7<<10),
		"emphasis, numbers": repeated(repeated("a**b_ ~c", 7<<10)+"\n\n", maxMarkdown),
		"brackets":          blocks(strings.Repeat("[a", 15)+strings.Repeat("]", 15), 6<<10),
		"emphasis":          blocks("*a*", 4<<10),
		"emphasis, open":    blocks("*a_ ", 4<<10),
		"emphasis, words":   blocks("*a", 4<<10),
		"strong":            blocks("**a** ", 4<<10),
		"strikethrough":     blocks("~a~", 4<<10),
		"items":             repeated("- a\n", maxMarkdown),
		"items, empty":      repeated("-\n", 40<<10) + "\n" + repeated("words ", 88<<10-1),
		"items, loose":      repeated("- a\n\n", maxMarkdown),
		"items, nested":     repeated("- a\n  - b\n    - c\n", maxMarkdown),
		"items on a line":   repeated("- - - - a\n", maxMarkdown),
		"items, numbers":    repeated("1. a\n", maxMarkdown),
		"deep":              levels.String() + strings.Repeat("a\n\n", 2000) + repeated("words ", maxMarkdown-levels.Len()-6000),
		"quotes":            repeated("> a\n", maxMarkdown),
		"quotes, apart":     repeated(">a\n\n", maxMarkdown),
		"table":             "|a|a|\n|-|-|\n" + repeated("|a|a|a|a|a|\n", maxMarkdown-12),
		"table, many cells": "|a|a|a|a|a|\n|-|-|-|-|-|\n" + repeated("|abc|abc|abc|abc|ab|\n", maxMarkdown-24),
		"table, aligned":    strings.Repeat("|a", 20) + "|\n" + strings.Repeat("|-:", 20) + "|\n" + repeated(strings.Repeat("|abc", 20)+"|\n", maxMarkdown-104),
		"table, padded":     wideTable(100, 900) + repeated("words\n\n", maxMarkdown-900),
		"table, a column":   "a\n:-\n" + repeated("a\n", 44<<10) + "\n" + repeated("words ", 84<<10)[:84<<10-6],
		"tables":            repeated("|a|\n|-|\nsome words and\n\n", maxMarkdown),
		"links":             blocks("[a](b)", 4<<10),
		"links, absolute":   blocks("[a](http://b.c/) ", 8<<10),
		"links, autolinked": blocks("http://a.example/ ", 4<<10),
		"links, in angles":  blocks("<a:b>", 4<<10),
		"links, repeated":   dest + repeated("[a] ", 900) + "\n\n" + repeated("words ", maxMarkdown-len(dest)-902),
		"links, nested":     blocks(strings.Repeat("[", 30)+strings.Repeat("x", 900)+strings.Repeat("]", 30), 4<<10),
		"images":            repeated("![a](b)", 7000) + repeated("words ", maxMarkdown-7000),
		"definitions":       repeated(repeated("[a]:b\n", 4<<10)+"\n\n", maxMarkdown),
		"definitions, many": repeated("[a]:b\n\n", maxMarkdown),
		"code":              blocks("`a`", 4<<10),
		"code, lengths":     repeated(ticks.String()+"\n"+repeated("words and words\n", 1280)+"\n", maxMarkdown),
		"code, fenced":      repeated("```\na\n```\n\n", maxMarkdown),
		"code, indented":    repeated("    a\n\nb\n", maxMarkdown),
		"headings":          repeated("# a\n", maxMarkdown),
		"headings, setext":  repeated("a\n=\n", maxMarkdown),
		"breaks":            repeated("a\\\n", maxMarkdown),
		"lines":             repeated("a\n", maxMarkdown),
		"tags":              blocks("<b>a</b>", 4<<10),
		"tags, blocks":      repeated("<div>a</div>\n\n", maxMarkdown),
		"tags, attributes":  blocks("<b dir=rtl lang=he title=a>a</b>", 4<<10),
		"paragraphs":        repeated("a\n\n", maxMarkdown),
		"tags, open":        repeated("<p>\n\n", maxMarkdown),
		"quotation marks":   repeated(`"`, maxMarkdown),
		"entities":          repeated("&amp;", maxMarkdown),
		"words":             repeated("some words and ", maxMarkdown),
	}
}

// allocated returns the number of bytes that fn allocates.
func allocated(fn func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc) //nolint:gosec // both are far below the limit of int64
}

// checkRendering renders a text and its page and checks what that allocates. It reports
// whether the text is shown with its markup.
func checkRendering(t *testing.T, p *pages, mediaType, source string) (rich bool) {
	t.Helper()
	var data page
	var size int64
	got := allocated(func() {
		var err error
		if data.shown, err = p.text.render(t.Context(), mediaType, []byte(source)); err != nil {
			t.Fatal(err)
		}
		out, err := p.execute(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		size, rich = int64(out.Cap()), data.Rich != ""
	})
	if most := pageMemory(mediaType, int64(len(source))); size > most {
		t.Errorf("the page of %d bytes takes %d, more than %d: %.40q", len(source), size, most, source)
	}
	if reserved := renderingMemory(mediaType, int64(len(source))); got > reserved && !raceDetector {
		t.Errorf("%d bytes allocate %d KiB, of which %d are reserved: %.40q", len(source), got>>10, reserved>>10, source)
	}
	return rich
}

// TestVolumePageMemory: a page takes what is reserved for it, whatever its length.
func TestVolumePageMemory(t *testing.T) { //nolint:paralleltest // it measures the process
	p := newPages()
	for n := 250_000; n <= maxText; n += 61 {
		data := page{shown: shown{Plain: strings.Repeat(`"`, n)}, Name: strings.Repeat("&", 300), Download: strings.Repeat("x", 2000)}
		out, err := p.execute(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		if most := pageMemory("text/plain", int64(n)); int64(out.Cap()) > most {
			t.Errorf("the page of %d bytes takes %d, more than %d", n, out.Cap(), most)
		}
	}
}

// TestVolumeMarkdownMemory: hostile texts are shown as plain text or allocate what is reserved.
func TestVolumeMarkdownMemory(t *testing.T) { //nolint:paralleltest // it measures the process
	p := newPages()
	p.text.limit = time.Hour                      // a busy machine must not change what is measured
	for name, source := range hostileMarkdown() { //nolint:paralleltest // as above
		t.Run(name, func(t *testing.T) {
			if len(source) > maxMarkdown {
				t.Fatalf("%d bytes", len(source))
			}
			checkRendering(t, p, "text/markdown", source)
		})
	}
	for name, source := range costlyMarkdown() { //nolint:paralleltest // as above
		t.Run("HOS01 near the limits, "+name, func(t *testing.T) {
			if !checkRendering(t, p, "text/markdown", source) {
				t.Error("shown as plain text")
			}
		})
		for _, n := range []int{100, 1 << 10, 8 << 10} {
			checkRendering(t, p, "text/markdown", source[:n])
		}
	}
}

// TestVolumeMarkdownMemoryOfHTML: hostile HTML within Markdown allocates what is reserved.
func TestVolumeMarkdownMemoryOfHTML(t *testing.T) { //nolint:paralleltest // it measures the process
	p := newPages()
	p.text.limit = time.Hour                  // as above
	for name, source := range hostileHTML() { //nolint:paralleltest // as above
		t.Run("HOS01 "+name, func(t *testing.T) { checkRendering(t, p, "text/markdown", source[:maxMarkdown]) })
	}
}

// checkRuns checks that every paragraph and every table of a text is within one run.
func checkRuns(t *testing.T, source []byte) {
	t.Helper()
	if !cheapToParse(source) {
		return
	}
	runs, n, at := make([]int, len(source)+1), 0, 0
	for line := range bytes.Lines(source) {
		if startsRun(line) {
			n++
		}
		for range line {
			runs[at], at = n, at+1
		}
	}
	runs[at] = n
	document := newRenderer().markdown.Parser().Parse(text.NewReader(source))
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || node.Type() == ast.TypeInline || node.IsRaw() || node.Lines() == nil || node.Lines().Len() == 0 {
			return ast.WalkContinue, nil
		}
		first, last := node.Lines().At(0).Start, node.Lines().At(node.Lines().Len()-1).Start
		if parent := node.Parent(); fmt.Sprint(parent.Kind()) == "TableRow" { // a cell
			table := parent.Parent()
			first = table.FirstChild().FirstChild().Lines().At(0).Start
		}
		if runs[first] != runs[last] {
			t.Errorf("%s at %d to %d is in the runs %d to %d of %q", node.Kind(), first, last, runs[first], runs[last], source)
		}
		return ast.WalkContinue, nil
	})
}

func TestVolumeRunsOfMarkdownHOS02(t *testing.T) {
	t.Parallel()
	checkRuns(t, []byte("a\n- b\n  c\n# d\ne\n=\n\n|a|\n|-|\n|b|\n- c\n"))
	for _, tables := range []map[string]string{hostileMarkdown(), costlyMarkdown()} {
		for _, source := range tables {
			for _, n := range []int{50, 2 << 10} {
				checkRuns(t, []byte(source[:n]))
				checkRuns(t, []byte("- "+source[:n]))
				checkRuns(t, []byte("> "+source[:n]))
				checkRuns(t, []byte("a\n       - "+source[:n]))
			}
		}
	}
}

// TestPrefixOfLines: the markers of a line are counted as containers, rules and emphasis
// are not.
func TestPrefixOfLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]prefix{
		"a":                     {},
		"> > a":                 {2, 2, 2},
		"- 1. 2) a":             {3, 3, 3},
		"  -\ta":                {1, 3, 6},
		"***a***":               {},
		strings.Repeat("-", 80): {},
		"1.5 a":                 {},
		strings.Repeat(" ", 4):  {0, 4, 4},
		strings.Repeat(">", 3):  {3, 0, 0},
		"-\n":                   {1, 0, 0},
		"+ + +":                 {3, 2, 2},
	} {
		if got := prefixOf([]byte(strings.TrimSuffix(line, "\n"))); got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
}

// FuzzMarkdown makes texts of pieces, so that each is repeated, and checks what their
// rendering allocates and where their paragraphs end.
func FuzzMarkdown(f *testing.F) {
	for _, tables := range []map[string]string{hostileMarkdown(), costlyMarkdown()} {
		for _, source := range tables {
			f.Add(source[:40], source[len(source)-20:], uint16(40), uint16(3))
		}
	}
	p := newPages()
	f.Fuzz(func(t *testing.T, a, b string, n, m uint16) {
		var source []byte
		for range m%64 + 1 {
			for range n%4096 + 1 {
				source = append(source, a...)
			}
			source = append(source, b...)
			if len(source) >= maxMarkdown {
				break
			}
		}
		source = source[:min(len(source), maxMarkdown)]
		checkRendering(t, p, "text/markdown", string(source))
		checkRuns(t, source[:min(len(source), 4<<10)])
	})
}
