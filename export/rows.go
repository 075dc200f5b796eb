package export

import (
	"fmt"

	"github.com/10ex/assets"
)

// rows are entries that were read in one go. A range begins with few and
// doubles them as it goes on, so that a short one reads little more than it
// covers and a long one asks seldom.
type rows struct {
	section Section
	list    []Entry
	next    int
}

const (
	fewRows  = 2
	manyRows = 128
)

// find answers the entry whose stretch has the byte at of a section, and how
// long that is.
func (r *rows) find(a *Archive, s stretch, at int64) (*Entry, int64, error) {
	for range 2 {
		for i := range r.list {
			e := &r.list[i]
			begin, length := e.At[s.section], e.length(s.section)
			if r.section != s.section || at < begin || at >= begin+length {
				continue
			}
			r.list = r.list[i:]
			return e, length, nil
		}
		if err := r.read(a, s.section, at); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, fmt.Errorf("export %s: an entry is missing: %w", a.record.ID, assets.ErrCorrupt)
}

func (r *rows) read(a *Archive, s Section, at int64) error {
	r.next = min(max(r.next, fewRows), manyRows)
	list, err := a.x.store.Entries(a.ctx, a.record.Workspace, a.record.ID, s, at, r.next)
	if err != nil {
		return a.x.unavailable("reading entries", err)
	}
	r.section, r.list, r.next = s, list, 2*r.next
	return nil
}
