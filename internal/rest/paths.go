package rest

import (
	"net/http"
	"strings"
)

// paths maps paths to handlers. Unlike http.ServeMux it accepts two patterns of
// which neither is more specific, such as /exports/{export_id} and
// /{asset_id}/preview. At the first segment in which they differ, a literal
// segment takes precedence over a wildcard.
type paths struct {
	literals     map[string]*paths
	wildcard     *paths
	wildcardName string
	handler      http.Handler
}

// add registers h for a pattern such as "/a/{b}". It panics if two patterns name
// the same wildcard differently.
func (p *paths) add(pattern string, h http.Handler) {
	for segment := range strings.SplitSeq(pattern, "/") {
		name, isWildcard := strings.CutPrefix(segment, "{")
		switch {
		case !isWildcard:
			if p.literals == nil {
				p.literals = map[string]*paths{}
			}
			if p.literals[segment] == nil {
				p.literals[segment] = &paths{}
			}
			p = p.literals[segment]
			continue
		case p.wildcard == nil:
			p.wildcard, p.wildcardName = &paths{}, strings.TrimSuffix(name, "}")
		case p.wildcardName+"}" != name:
			panic("rest: " + pattern + " renames {" + p.wildcardName + "} of another pattern")
		}
		p = p.wildcard
	}
	p.handler = h
}

// find returns the handler of a path, or nil, and calls set with the value of
// each wildcard. A wildcard does not match an empty segment.
func (p *paths) find(path string, set func(name, value string)) http.Handler {
	segment, rest, more := strings.Cut(path, "/")
	if next := p.literals[segment]; next != nil {
		if h := next.findRest(rest, more, set); h != nil {
			return h
		}
	}
	if p.wildcard == nil || segment == "" {
		return nil
	}
	h := p.wildcard.findRest(rest, more, set)
	if h != nil {
		set(p.wildcardName, segment)
	}
	return h
}

func (p *paths) findRest(rest string, more bool, set func(name, value string)) http.Handler {
	if !more {
		return p.handler
	}
	return p.find(rest, set)
}
