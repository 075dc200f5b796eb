package httpx

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// look is what a start tag tells about the look of its element.
type look struct {
	hides      bool
	color      string // in lower case; empty: none
	background string // likewise; "?" is one that is not known
}

// look returns what the attributes of the start tag tell.
func (a *annotator) look() look {
	l := look{hides: a.attributes.has("hidden"), color: strings.ToLower(a.attributes["color"]), background: strings.ToLower(a.attributes["bgcolor"])}
	if a.attributes.has("class") || a.attributes.has("id") {
		l.background = "?"
	}
	for declaration := range strings.SplitSeq(strings.ToLower(a.attributes["style"]), ";") {
		name, value, _ := strings.Cut(declaration, ":")
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		switch name = strings.TrimSpace(name); name {
		case "color", "-webkit-text-fill-color":
			l.color = value
		case "background", "background-color":
			l.background = value
		default:
			l.hides = l.hides || declares(name, value)
		}
	}
	return l
}

// hiding are the beginnings of values of properties that hide an element.
var hiding = map[string][]string{
	"display": {"none"}, "visibility": {"hidden", "collapse"}, "content-visibility": {"hidden"},
	"clip": {"rect("}, "clip-path": {"inset(50%", "inset(100%", "circle(0"},
	"transform": {"scale(0", "scalex(0", "scaley(0", "scale3d(0", "translate(-", "translatex(-", "translatey(-"},
}

// zeroHides are the properties that hide an element if they are zero.
var zeroHides = map[string]bool{
	"opacity": true, "font-size": true, "zoom": true, "scale": true, "line-height": true, "width": true, "height": true,
	"max-width": true, "max-height": true, "inline-size": true, "block-size": true,
}

// moves are the properties that move an element out of sight if they are far below
// zero.
var moves = map[string]bool{
	"left": true, "right": true, "top": true, "bottom": true, "inset": true, "text-indent": true,
	"margin": true, "margin-left": true, "margin-top": true,
}

// declares reports whether a declaration of a style hides an element.
func declares(name, value string) bool {
	for _, start := range hiding[name] {
		if strings.HasPrefix(value, start) {
			return true
		}
	}
	if name == "font" { // its size may stand anywhere
		return slices.ContainsFunc(strings.Fields(value), func(word string) bool {
			n, ok := number(word)
			return ok && n == 0
		})
	}
	const far = -99 // pixels, or larger units
	n, ok := number(value)
	return ok && (zeroHides[name] && n == 0 || moves[name] && n < far)
}

// number returns the number at the beginning of a value.
func number(value string) (float64, bool) {
	end := 0
	for end < len(value) && strings.IndexByte("+-.0123456789", value[end]) >= 0 {
		end++
	}
	n, err := strconv.ParseFloat(value[:end], 64)
	return n, err == nil
}

// hides reports whether the text of an element is hidden where the page is published,
// as far as its attributes tell.
func (a *annotator) hides(name string, l look) bool {
	if l.hides || name == "dialog" && !a.attributes.has("open") {
		return true
	}
	if l.color == "" {
		return false
	}
	color, ok := parseColor(l.color)
	if !ok {
		return l.color == "transparent"
	}
	background := l.background
	for _, c := range slices.Backward(a.open) {
		if background == "" {
			background = c.background
		}
	}
	if background == "" {
		background = "#fff"
	}
	behind, ok := parseColor(background)
	return ok && alike(color, behind)
}

// alike reports whether text in one color on the other cannot be read.
func alike(a, b [3]int) bool {
	const little = 16
	for i := range a {
		if d := a[i] - b[i]; d > little || d < -little {
			return false
		}
	}
	return true
}

// parseColor returns the red, green and blue of a color of CSS.
func parseColor(text string) (color [3]int, ok bool) {
	switch text {
	case "white":
		return [3]int{255, 255, 255}, true
	case "black":
		return [3]int{}, true
	}
	digits, isHex := strings.CutPrefix(text, "#")
	if isHex && (len(digits) == 3 || len(digits) == 6) {
		n := len(digits) / 3
		for i := range color {
			part := strings.Repeat(digits[i*n:(i+1)*n], 3-n)
			v, err := strconv.ParseUint(part, 16, 8)
			if err != nil {
				return color, false
			}
			color[i] = int(v) //nolint:gosec // 8 bits
		}
		return color, true
	}
	if !strings.HasPrefix(text, "rgb") {
		return color, false
	}
	_, list, _ := strings.Cut(text, "(")
	parts := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(" ,/)", r) })
	if len(parts) < len(color) {
		return color, false
	}
	for i := range color {
		n, ok := number(parts[i])
		if !ok {
			return color, false
		}
		if strings.HasSuffix(parts[i], "%") {
			n *= 2.55
		}
		color[i] = int(n)
	}
	return color, true
}

// invisible returns the number of characters of a text that have no look and may have a
// meaning for programs, and of those that turn the order of others around.
func invisible(text []byte) int {
	n := bytes.Count(text, []byte("\u202d")) + bytes.Count(text, []byte("\u202e"))
	const flag, lastTag = "\U0001f3f4", 0xe007f
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("\xf3\xa0")) // of U+E0000 to U+E0FFF
		if i < 0 {
			return n
		}
		at += i
		inFlag := bytes.HasSuffix(text[:at], []byte(flag)) // tags spell the flags of regions
		first := at
		for r, size := utf8.DecodeRune(text[at:]); r >= 0xe0000 && r <= lastTag; r, size = utf8.DecodeRune(text[at:]) {
			if at += size; !inFlag {
				n++
			}
		}
		if at == first {
			at++
		}
	}
}
