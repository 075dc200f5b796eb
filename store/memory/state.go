package memory

import (
	"cmp"
	"maps"
	"slices"

	"github.com/10ex/assets"
)

// state is everything committed at one moment. A published state never
// changes: what a writer alters, it copies first. Rows are pointers in sorted
// slices, so that a copy is cheap and a list needs no sorting.
type state struct {
	workspaces map[string][]*row // each by id
	requests   map[requestKey]assets.Request
	uploads    map[uploadKey]assets.Upload
	condemned  map[string]assets.Time // by key
	exports    map[assets.ID]frozen
	journal    []assets.Event // by Seq
}

// row is everything about one asset. It is never altered, only replaced.
type row struct {
	id       assets.ID
	current  *assets.Asset // nil while only versions were put
	approved *assets.Asset // nil: none in force
	versions []assets.Version
	words    [2][]string     // to search by: current, approved
	reviews  []assets.Review // by Revision

	withdrawals map[assets.Number]int // how often the approval of a version was withdrawn
}

type requestKey struct{ workspace, subject, operation, key string }

type uploadKey struct {
	workspace string
	id        assets.ID
}

// row answers an asset's row, or an empty one.
func (s *state) row(workspace string, id assets.ID) row {
	rows := s.workspaces[workspace]
	if i, found := search(rows, id); found {
		return *rows[i]
	}
	return row{id: id}
}

// put replaces an asset's row.
func (s *state) put(workspace string, r row) {
	rows := s.workspaces[workspace]
	i, found := search(rows, r.id)
	end := i
	if found {
		end++
	}
	s.setRows(workspace, slices.Concat(rows[:i], []*row{&r}, rows[end:]))
}

// remove drops an asset's row, if there is one.
func (s *state) remove(workspace string, id assets.ID) {
	rows := s.workspaces[workspace]
	if i, found := search(rows, id); found {
		s.setRows(workspace, slices.Concat(rows[:i], rows[i+1:]))
	}
}

func (s *state) setRows(workspace string, rows []*row) {
	s.workspaces = with(s.workspaces, workspace, rows)
}

// append adds a journal row. States share the array: one that ends earlier
// does not see it, and writers follow one another.
func (s *state) append(e assets.Event) {
	e.Seq = s.lastSeq() + 1
	s.journal = append(s.journal, e)
}

// lastSeq answers the highest journal number given, or 0.
func (s *state) lastSeq() int64 {
	if len(s.journal) == 0 {
		return 0
	}
	return s.journal[len(s.journal)-1].Seq
}

// search finds where id is, or belongs, in rows sorted by id.
func search(rows []*row, id assets.ID) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(r *row, id assets.ID) int { return cmp.Compare(r.id, id) })
}

// with answers a copy of m in which k is v.
func with[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	m = maps.Clone(m)
	if m == nil {
		m = make(map[K]V)
	}
	m[k] = v
	return m
}

// without answers a copy of m less what drop selects.
func without[K comparable, V any](m map[K]V, drop func(K, V) bool) map[K]V {
	m = maps.Clone(m)
	maps.DeleteFunc(m, drop)
	return m
}

// copyAsset answers a deep copy of what a store keeps of an asset.
func copyAsset(a *assets.Asset) *assets.Asset {
	if a == nil {
		return nil
	}
	c := *a
	c.Provenance = copyProvenance(a.Provenance)
	c.Tags = make(assets.Tags, len(a.Tags))
	for key, values := range a.Tags {
		c.Tags[key] = slices.Clone(values)
	}
	c.PreviewURL, c.Versions, c.Reviews = "", nil, nil // the Library's additions
	return &c
}

func copyVersion(v assets.Version) assets.Version {
	v.Provenance = copyProvenance(v.Provenance)
	return v
}

func copyProvenance(p assets.Provenance) assets.Provenance {
	p.Parameters = slices.Clone(p.Parameters)
	p.DerivedFrom = slices.Clone(p.DerivedFrom)
	p.Inputs = slices.Clone(p.Inputs)
	return p
}

func copyEvent(e assets.Event) assets.Event {
	e.Data = slices.Clone(e.Data)
	return e
}
