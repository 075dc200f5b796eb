package rest

import (
	"errors"
	"slices"

	"github.com/10ex/assets"
)

// maxProblems is the maximum number of problems in a response.
const maxProblems = 100

// problems collects field errors, at most maxProblems.
type problems struct{ list []*assets.FieldError }

// full reports whether no further problem will be part of the response.
func (p *problems) full() bool { return len(p.list) >= maxProblems }

func (p *problems) add(err error) {
	found := assets.FieldErrors(err)
	p.list = append(p.list, found[:min(len(found), maxProblems-len(p.list))]...)
}

// merge adds the field errors of a later check, except for those at, within or
// around a location that has a problem already: the later check saw a zero value
// there.
func (p *problems) merge(err error) {
	known := slices.Clone(p.list)
	for _, f := range assets.FieldErrors(err) {
		if !slices.ContainsFunc(known, func(k *assets.FieldError) bool { return overlaps(k.Loc, f.Loc) }) {
			p.add(f)
		}
	}
}

// overlaps reports whether two locations are the same or one is within the other.
func overlaps(a, b []any) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// err returns the problems as one error, or nil.
func (p *problems) err() error {
	all := make([]error, len(p.list))
	for i, f := range p.list {
		all[i] = f
	}
	return errors.Join(all...)
}

// Locate prefixes the locations of the field errors of err with place and
// returns at most 100 of them. Other errors are returned unchanged.
func Locate(err error, place string) error {
	fields := assets.FieldErrors(err)
	if len(fields) == 0 {
		return err
	}
	var p problems
	for _, f := range fields {
		p.add(f.At(place))
	}
	return p.err()
}
