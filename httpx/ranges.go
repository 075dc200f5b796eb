package httpx

import (
	"strconv"
	"strings"
)

const (
	maxRanges    = 16
	maxPosDigits = 18 // of a position that net/http reads; larger ones are beyond any file
)

// usableRanges returns the value of a Range header of a file of the given size as
// net/http reads it right. ok is false if the header is ignored: if the file is empty
// (net/http would send "bytes 0--1/0"), if there are too many ranges, or if the unit is
// not bytes (RFC 9110 §14.2).
//
// A range -0, which net/http takes for an empty one, can never be satisfied (RFC 9110
// §14.1.2): it is left out, or replaced by one behind the end if it is the only one.
func usableRanges(lines []string, size int64) (value string, ok bool) {
	unit, set, isRange := strings.Cut(strings.Join(lines, ","), "=")
	if size == 0 || !isRange || !strings.EqualFold(unit, "bytes") || strings.Count(set, ",") >= maxRanges {
		return "", false
	}
	var kept []string
	for spec := range strings.SplitSeq(set, ",") {
		first, last, valid := strings.Cut(strings.Trim(spec, " \t"), "-")
		first, last = position(first), position(last)
		switch {
		case !valid: // net/http refuses it, unless it is blank
			kept = append(kept, spec)
		case first == "" && isZero(last):
			kept = append(kept, strconv.FormatInt(size, 10)+"-")
		default:
			kept = append(kept, first+"-"+last)
		}
	}
	return "bytes=" + strings.Join(kept, ","), true
}

// position returns the digits of a position, without leading zeros. One that is too
// large to read becomes the largest.
func position(s string) string {
	s = strings.Trim(s, " \t")
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return s
	}
	s = strings.TrimLeft(s[:len(s)-1], "0") + s[len(s)-1:]
	if len(s) > maxPosDigits {
		return strings.Repeat("9", maxPosDigits)
	}
	return s
}

func isZero(s string) bool { return s == "0" }
