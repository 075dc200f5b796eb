package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Revisions is an If-Match header (RFC 9110 §13.1.1) with entity tags of the
// form "r<revision>".
type Revisions struct{ List []int64 }

// UnmarshalText parses "*", for which List is nil, or a list of entity tags
// (RFC 9110 §5.6.1, §8.8.3), for which List is not nil. Tags that are weak or
// have another form match no revision and are left out, so List may be empty. It
// returns an error if text is neither.
func (v *Revisions) UnmarshalText(text []byte) error {
	const separators = ", \t" // a list may have empty elements
	list := strings.Trim(string(text), separators)
	if list == "*" && !strings.Contains(string(text), ",") {
		return nil
	}
	v.List = []int64{}
	for more := true; more; {
		opaque, weak, rest, ok := cutTag(list)
		if !ok {
			return errTags
		}
		digits, ok := strings.CutPrefix(opaque, "r")
		n, err := strconv.ParseInt(digits, 10, 64)
		if ok && !weak && err == nil && n > 0 && strconv.FormatInt(n, 10) == digits {
			v.List = append(v.List, n)
		}
		list = strings.TrimLeft(rest, separators)
		if more = list != ""; more && !strings.HasPrefix(strings.TrimLeft(rest, " \t"), ",") {
			return errTags
		}
	}
	return nil
}

var errTags = errors.New(`must be * or entity tags, such as "r3"`)

// cutTag splits s after the entity tag that it begins with. ok is false if s
// does not begin with one.
func cutTag(s string) (opaque string, weak bool, rest string, ok bool) {
	s, weak = strings.CutPrefix(s, "W/")
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return "", false, "", false
	}
	opaque, rest, ok = strings.Cut(s, `"`)
	visible := func(c rune) bool { return c > ' ' && c != 0x7f }
	return opaque, weak, rest, ok && !strings.ContainsFunc(opaque, func(c rune) bool { return !visible(c) })
}

// isSafe reports whether a method is safe (RFC 9110 §9.2.1).
func isSafe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// noneMatch reports whether If-None-Match contains tag, compared weakly
// (RFC 9110 §13.1.2), so that the response is 304.
func noneMatch(h http.Header, tag string) bool {
	for _, line := range h.Values("If-None-Match") {
		for candidate := range strings.SplitSeq(line, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
				return true
			}
		}
	}
	return false
}
