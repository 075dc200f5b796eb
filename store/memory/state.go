package memory

import (
	"cmp"
	"maps"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// state is everything committed at one moment. A published state is immutable: a
// writer copies what it changes. Rows are pointers in sorted slices, so that a copy
// is cheap and a list needs no sorting.
type state struct {
	workspaces map[string][]*row // each by id
	requests   map[requestKey]assets.Request
	uploads    map[uploadKey]assets.Upload
	links      map[linkKey]assets.ReviewLink
	condemned  map[string]assets.Time // by key
	exports    map[assets.ID]frozenExport
	journal    []assets.Event // by Position
	pruned     int64          // the position up to which rows were removed
	newest     int64          // the position of the newest row that was ever there
	followers  map[string]follower
	purges     map[string]bool // workspaces of which rows were purged since the last EndPurge
	marks      blob.Marks
}

// row is everything about one asset. It is immutable; a change replaces it.
type row struct {
	id       assets.ID
	current  *assets.Asset // nil if only versions were written
	approved *assets.Asset // nil if no version is approved
	versions []assets.Version
	words    [2][]string // search words of current and approved

	// reviews has the reviews of each version, and of all versions under 0, by
	// Revision. Rows share the arrays, see addReview.
	reviews map[assets.Number][]assets.Review

	withdrawals map[assets.Number]int // how often the approval of a version was withdrawn

	attestations []assets.Attestation
}

type requestKey struct{ workspace, subject, operation, key string }

type uploadKey struct {
	workspace string
	id        assets.ID
}

// row returns an asset's row, or an empty one.
func (s *state) row(workspace string, id assets.ID) row {
	rows := s.workspaces[workspace]
	if i, found := searchRows(rows, id); found {
		return *rows[i]
	}
	return row{id: id}
}

// put replaces an asset's row.
func (s *state) put(workspace string, r row) {
	rows := s.workspaces[workspace]
	i, found := searchRows(rows, r.id)
	end := i
	if found {
		end++
	}
	s.setRows(workspace, slices.Concat(rows[:i], []*row{&r}, rows[end:]))
}

// remove removes an asset's row if there is one.
func (s *state) remove(workspace string, id assets.ID) {
	rows := s.workspaces[workspace]
	if i, found := searchRows(rows, id); found {
		s.setRows(workspace, slices.Concat(rows[:i], rows[i+1:]))
	}
}

func (s *state) setRows(workspace string, rows []*row) {
	s.workspaces = withEntry(s.workspaces, workspace, rows)
}

// append adds a journal row. States share the array: an older state has a shorter
// slice of it, and there is one writer.
func (s *state) append(e assets.Event) {
	e.Position = s.last() + 1
	s.newest = e.Position
	s.journal = append(s.journal, e)
}

// last returns the position of the newest row, also if it was purged.
func (s *state) last() int64 { return max(s.newest, s.pruned) }

// addReview adds a review to those of its version and to those of all.
func (r *row) addReview(review assets.Review) {
	all := insertReview(r.reviews[0], review)
	r.reviews = withEntry(r.reviews, review.Version, insertReview(r.reviews[review.Version], review))
	r.reviews[0] = all
}

// insertReview inserts a review by its Revision, then ID. The newest
// is appended to the array: an older row has a shorter slice of it, and there is one
// writer.
func insertReview(reviews []assets.Review, review assets.Review) []assets.Review {
	i := len(reviews)
	at := assets.ReviewPosition{Revision: review.Revision, ID: review.ID}
	for i > 0 && comparePositions(assets.ReviewPosition{Revision: reviews[i-1].Revision, ID: reviews[i-1].ID}, at) > 0 {
		i--
	}
	if i == len(reviews) {
		return append(reviews, review)
	}
	return slices.Concat(reviews[:i], []assets.Review{review}, reviews[i:])
}

// searchRows returns the position of id in rows sorted by id, and whether it is there.
func searchRows(rows []*row, id assets.ID) (int, bool) {
	return slices.BinarySearchFunc(rows, id, func(r *row, id assets.ID) int { return cmp.Compare(r.id, id) })
}

// withEntry returns a copy of m in which k has the value v.
func withEntry[K comparable, V any](m map[K]V, k K, v V) map[K]V {
	m = maps.Clone(m)
	if m == nil {
		m = make(map[K]V)
	}
	m[k] = v
	return m
}

// withoutEntries returns a copy of m without the entries for which drop returns true.
func withoutEntries[K comparable, V any](m map[K]V, drop func(K, V) bool) map[K]V {
	m = maps.Clone(m)
	maps.DeleteFunc(m, drop)
	return m
}

// copyAsset returns a deep copy of the fields of an asset that a store keeps.
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
	c.PreviewURL, c.Text, c.Versions, c.Reviews = "", nil, nil, nil // the Library adds them
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
	e.Details = slices.Clone(e.Details)
	e.Data.Tags = copyTags(e.Data.Tags)
	e.Data.Changed = slices.Clone(e.Data.Changed)
	if f := e.Data.InForce; f != nil {
		e.Data.InForce = new(*f)
	}
	return e
}

// copyTags returns a deep copy, nil for nil.
func copyTags(tags assets.Tags) assets.Tags {
	if tags == nil {
		return nil
	}
	c := make(assets.Tags, len(tags))
	for key, values := range tags {
		c[key] = slices.Clone(values)
	}
	return c
}
