package rest

import (
	"net/http"
	"strings"
)

// paths finds what serves a path. Unlike http.ServeMux it takes patterns of
// which neither is more specific, such as /exports/{export_id} and
// /{asset_id}/preview: the one whose first different segment is written out
// goes first.
type paths struct {
	named   map[string]*paths
	any     *paths // what {name} stands for
	anyName string
	handler http.Handler
}

// add makes h serve a pattern such as "/a/{b}". It panics when two name the
// same segment differently.
func (p *paths) add(pattern string, h http.Handler) {
	for segment := range strings.SplitSeq(pattern, "/") {
		name, isAny := strings.CutPrefix(segment, "{")
		switch {
		case !isAny:
			if p.named == nil {
				p.named = map[string]*paths{}
			}
			if p.named[segment] == nil {
				p.named[segment] = &paths{}
			}
			p = p.named[segment]
			continue
		case p.any == nil:
			p.any, p.anyName = &paths{}, strings.TrimSuffix(name, "}")
		case p.anyName+"}" != name:
			panic("rest: " + pattern + " names {" + p.anyName + "} anew")
		}
		p = p.any
	}
	p.handler = h
}

// find answers what serves a path, and hands the values of {name} to set; nil
// when nothing does. No value is empty.
func (p *paths) find(path string, set func(name, value string)) http.Handler {
	segment, rest, more := strings.Cut(path, "/")
	if next := p.named[segment]; next != nil {
		if h := next.found(rest, more, set); h != nil {
			return h
		}
	}
	if p.any == nil || segment == "" {
		return nil
	}
	h := p.any.found(rest, more, set)
	if h != nil {
		set(p.anyName, segment)
	}
	return h
}

func (p *paths) found(rest string, more bool, set func(name, value string)) http.Handler {
	if !more {
		return p.handler
	}
	return p.find(rest, set)
}
