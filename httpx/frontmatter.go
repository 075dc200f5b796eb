package httpx

import "bytes"

// byteOrderMark may begin a text. It is no part of what is shown.
const byteOrderMark = "\ufeff"

// cutFrontMatter returns the data at the beginning of a Markdown text, which are no part
// of what is published, and the text behind them: YAML between a line "---" and a line
// "---" or "...", or TOML between lines "+++". data is nil if there are none.
func cutFrontMatter(text []byte) (data, rest []byte) {
	first, rest := cutLine(text)
	var isData func(line []byte) bool
	switch {
	case string(first) == "---":
		isData = func(line []byte) bool { return bytes.Contains(line, []byte(":")) }
	case string(first) == "+++":
		isData = func(line []byte) bool { return bytes.Contains(line, []byte("=")) || line[0] == '[' }
	default:
		return nil, text
	}
	body, seen := rest, false
	for len(rest) > 0 {
		line, next := cutLine(rest)
		if bytes.Equal(line, first) || string(first) == "---" && string(line) == "..." {
			return body[:len(body)-len(rest)], next
		}
		// Without data, the first line was a rule.
		if !seen && len(line) > 0 && line[0] != '#' {
			if seen = true; !isData(line) {
				return nil, text
			}
		}
		rest = next
	}
	return nil, text
}

// cutLine returns the first line of a text, without white space at its end, and the
// rest.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte("\n"))
	return bytes.TrimRight(line, " \t\r"), rest
}
