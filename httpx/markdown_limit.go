package httpx

import "bytes"

// What a text may have in one place before parsing it takes more than linear
// time. Texts that people read stay far below.
const (
	maxMarkers   = 32      // block markers that a line begins with
	maxIndent    = 128     // white space that a line begins with, as nested lists do
	maxParagraph = 8 << 10 // bytes of lines that are parsed together
	maxBrackets  = 200     // opening brackets in such lines
)

// readable says whether a Markdown text is safe to parse: CommonMark parsers
// need quadratic time for deep nesting and for long runs of open brackets or
// emphasis, so that a small hostile text would occupy a processor for minutes.
func readable(markdown []byte) bool {
	size, brackets := 0, 0
	for line := range bytes.Lines(markdown) {
		text := bytes.TrimLeft(line, " \t")
		if len(line)-len(text) > maxIndent || leadingMarkers(line) > maxMarkers {
			return false
		}
		if startsBlock(text) {
			size, brackets = 0, 0
		}
		size += len(line)
		brackets += bytes.Count(line, []byte("["))
		if size > maxParagraph || brackets > maxBrackets {
			return false
		}
	}
	return true
}

// startsBlock says whether a line is parsed apart from the one before.
func startsBlock(text []byte) bool {
	return len(bytes.TrimSpace(text)) == 0 || bytes.ContainsRune([]byte("-*+#"), rune(text[0])) && len(text) > 1 && text[1] == ' '
}

// leadingMarkers counts the markers of quotes and lists at a line's beginning.
func leadingMarkers(line []byte) int {
	n := 0
	for _, c := range line {
		switch c {
		case '>', '-', '+', '*', '.', ')':
			n++
		case ' ', '\t', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		default:
			return n
		}
	}
	return n
}
