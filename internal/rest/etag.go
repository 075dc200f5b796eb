package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Revisions is an If-Match header (RFC 9110 §13.1.1) over tags "r<revision>".
type Revisions struct{ List []int64 }

// UnmarshalText reads "*", for which List stays nil, or a list of entity tags
// (RFC 9110 §5.6.1, §8.8.3). Tags that are weak or of another form match no
// revision, so List may be empty.
func (v *Revisions) UnmarshalText(text []byte) error {
	const between = ", \t" // a list may have empty elements
	list := strings.Trim(string(text), between)
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
		list = strings.TrimLeft(rest, between)
		if more = list != ""; more && !strings.HasPrefix(strings.TrimLeft(rest, " \t"), ",") {
			return errTags
		}
	}
	return nil
}

var errTags = errors.New(`must be * or entity tags, such as "r3"`)

// cutTag takes the entity tag that s begins with.
func cutTag(s string) (opaque string, weak bool, rest string, ok bool) {
	s, weak = strings.CutPrefix(s, "W/")
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return "", false, "", false
	}
	opaque, rest, ok = strings.Cut(s, `"`)
	visible := func(c rune) bool { return c > ' ' && c != 0x7f }
	return opaque, weak, rest, ok && !strings.ContainsFunc(opaque, func(c rune) bool { return !visible(c) })
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// noneMatch says whether If-None-Match holds the tag, compared weakly
// (RFC 9110 §13.1.2).
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
