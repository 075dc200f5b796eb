package rest

import (
	"errors"
	"slices"

	"github.com/10ex/assets"
)

// maxProblems bounds an answer, whatever was sent.
const maxProblems = 100

// problems collects field errors.
type problems struct{ list []*assets.FieldError }

func (p *problems) add(err error) {
	found := assets.FieldErrors(err)
	p.list = append(p.list, found[:min(len(found), maxProblems-len(p.list))]...)
}

// merge adds what a later check says, but not about places that are known to
// be wrong: that check saw a value which was not sent.
func (p *problems) merge(err error) {
	known := slices.Clone(p.list)
	for _, f := range assets.FieldErrors(err) {
		if !slices.ContainsFunc(known, func(k *assets.FieldError) bool { return overlaps(k.Loc, f.Loc) }) {
			p.add(f)
		}
	}
}

// overlaps says whether one place is the other or within it.
func overlaps(a, b []any) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

func (p *problems) err() error {
	all := make([]error, len(p.list))
	for i, f := range p.list {
		all[i] = f
	}
	return errors.Join(all...)
}
