package httpx

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxFilename = 255 // in bytes

// contentDisposition returns the value of a Content-Disposition header
// (RFC 6266). The file name is given in ASCII and, if it has other characters,
// in RFC 8187 encoding too. Control and formatting characters, including those
// that change the direction of text, are replaced by underscores.
func contentDisposition(kind, filename string) string {
	filename = truncate(strings.ToValidUTF8(filename, "_"), maxFilename)
	filename = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029' {
			return '_'
		}
		return c
	}, filename)
	fallback := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\%`, c) {
			return '_'
		}
		return c
	}, filename)
	header := kind + `; filename="` + fallback + `"`
	if fallback != filename {
		header += "; filename*=UTF-8''" + extValue(filename)
	}
	return header
}

// extValue percent-encodes everything but attr-char (RFC 8187 §3.2.1).
func extValue(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			strings.IndexByte("!#$&+-.^_`|~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// truncate returns the longest prefix of s of at most n bytes that does not end
// within a character.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
