package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// Revisions is an If-Match header (RFC 9110 §13.1.1) over tags "r<revision>".
type Revisions struct{ List []int64 }

// UnmarshalText reads "*", for which List stays nil, or a list of entity tags.
// Tags that are weak or of another form match no revision, so List may be
// empty.
func (v *Revisions) UnmarshalText(text []byte) error {
	if strings.TrimSpace(string(text)) == "*" {
		return nil
	}
	v.List = []int64{}
	for tag := range strings.SplitSeq(string(text), ",") {
		tag = strings.TrimSpace(tag)
		opaque, weak := strings.CutPrefix(tag, "W/")
		if len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
			return errors.New(`must be * or entity tags, such as "r3"`)
		}
		digits, ok := strings.CutPrefix(opaque[1:len(opaque)-1], "r")
		n, err := strconv.ParseInt(digits, 10, 64)
		if ok && !weak && err == nil && n > 0 && strconv.FormatInt(n, 10) == digits {
			v.List = append(v.List, n)
		}
	}
	return nil
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
