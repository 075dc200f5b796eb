package blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/blobio"
)

const (
	// maxMoves is how often a marker is written again because other processes moved
	// it meanwhile.
	maxMoves = 100
	// maxUnmarked is the number of objects of a bucket without a marker in which
	// MoveMarker looks for one that the database references.
	maxUnmarked = 20 * sweepBatch
)

// marker is the content of the marker object: the database to which the bucket belongs,
// and a row of its journal. Earlier releases wrote the number of the row alone. They
// cannot read the present form, so they refuse the bucket instead of ignoring the digest.
type marker struct {
	Store   string    `json:"store"`   // the store's random id
	Journal *position `json:"journal"` // nil if it is missing
}

// position is a mark in a marker: an object with a digest or, in a marker of an earlier
// release, a number.
type position Mark

// UnmarshalJSON implements [json.Unmarshaler].
func (p *position) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &p.Position); err == nil {
		if p.Position < 0 {
			return errors.New("a negative position")
		}
		return nil
	}
	if err := json.Unmarshal(text, (*Mark)(p)); err != nil {
		return err
	}
	if p.Position < 0 || (p.Position == 0) != (p.Digest == "") {
		return errors.New("not a mark")
	}
	return nil
}

// readMarker returns the marker of a bucket, or nil if there is none. It returns
// ErrSweepRefused if the marker is not valid.
func readMarker(ctx context.Context, b Sweepable) (*marker, error) {
	text, err := b.ReadMarker(ctx)
	if errors.Is(err, assets.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m marker
	if err := json.Unmarshal(text, &m); err != nil || m.Store == "" || m.Journal == nil {
		return nil, fmt.Errorf("%w: its marker %s cannot be read", ErrSweepRefused, blobio.MarkerKey)
	}
	return &m, nil
}

// MoveMarker makes the marker of a bucket name the newest journal row of its database. A
// server calls it when it starts, and once a day: an older backup of the database is then
// recognised by every later sweep, if changes were made between the backup and the call.
//
// It moves nothing and returns [ErrSweepRefused] if the marker names another store, or a
// journal row that the database does not have. If the bucket has no marker, it must be
// empty, or the database must reference one of its first 10,000 objects.
func MoveMarker(ctx context.Context, b Sweepable, l Ledger) error {
	s := sweep{SweepConfig: SweepConfig{Bucket: b, Ledger: l}, report: &SweepReport{}, now: assets.TimeOf(time.Now())}
	last, err := s.check(ctx)
	if err != nil {
		return err
	}
	if last == nil {
		if err := s.checkUnmarked(ctx); err != nil {
			return err
		}
	}
	return s.move(ctx)
}

// CheckMarker returns an error unless the bucket can be read and belongs to the database:
// its marker names the database and a journal row that the database has, or there is no
// marker and the database has never recorded one. It changes nothing.
//
// The error wraps [ErrSweepRefused] if they do not belong together.
func CheckMarker(ctx context.Context, b Sweepable, l Ledger) error {
	s := sweep{SweepConfig: SweepConfig{Bucket: b, Ledger: l}}
	last, err := s.check(ctx)
	if err == nil && last == nil {
		var latest Mark
		if _, latest, err = l.State(ctx); err == nil && latest != (Mark{}) {
			err = fmt.Errorf("%w: it has no marker, and the database has written one", ErrSweepRefused)
		}
	}
	if errors.Is(err, ErrSweepRefused) {
		return fmt.Errorf("%w: %w", assets.Errorf(assets.ErrUnavailable, "the content does not belong to this database"), err)
	}
	return err
}

// checkUnmarked returns ErrSweepRefused if the first objects of a bucket are all
// unreferenced.
func (s *sweep) checkUnmarked(ctx context.Context) error {
	scanned, keys := 0, map[string]bool{}
	referenced := func() (bool, error) {
		unreferenced, err := s.condemn(ctx, slices.Collect(maps.Keys(keys)), true)
		found := len(unreferenced) < len(keys)
		clear(keys)
		return found, err
	}
	for o, err := range s.Bucket.List(ctx, "") {
		if err != nil {
			return fmt.Errorf("blob: marker: listing: %w", err)
		}
		if scanned++; scanned > maxUnmarked {
			break
		}
		if key, ok := contentKey(o.Key); ok {
			keys[key] = true
		}
		if len(keys) == sweepBatch {
			if found, err := referenced(); found || err != nil {
				return err
			}
		}
	}
	if found, err := referenced(); found || err != nil || scanned == 0 {
		return err
	}
	return fmt.Errorf("%w: it has no marker, and the database references none of its first %d objects",
		ErrSweepRefused, min(scanned, maxUnmarked))
}

// check returns the marker, or nil if there is none, and ErrSweepRefused unless the
// database has the row that it names. It changes nothing.
func (s *sweep) check(ctx context.Context) (*marker, error) {
	_, last, err := s.find(ctx, true)
	return last, err
}

// find reads the marker and calls MoveMark with the mark that it names.
func (s *sweep) find(ctx context.Context, dry bool) (next marker, last *marker, err error) {
	store, _, err := s.Ledger.State(ctx)
	if err != nil {
		return next, nil, fmt.Errorf("blob: reading the state of the store: %w", err)
	}
	if store == "" {
		return next, nil, errors.New("blob: the ledger has no store id")
	}
	from := Mark{}
	last, err = readMarker(ctx, s.Bucket)
	switch {
	case err == nil && last != nil && last.Store != store:
		err = fmt.Errorf("%w: it belongs to the store %s, and the database is of the store %s", ErrSweepRefused, last.Store, store)
	case err == nil && last != nil:
		from = Mark(*last.Journal)
	}
	if err := s.ignoreIfForced(err); err != nil {
		return next, last, err
	}
	mark, err := s.Ledger.MoveMark(ctx, from, dry)
	if errors.Is(err, assets.ErrNotFound) {
		err = fmt.Errorf("%w: its marker names the journal row %d, which the database does not have; the database seems to be "+
			"an older backup, and what was written after it looks like garbage", ErrSweepRefused, from.Position)
		if err := s.ignoreIfForced(err); err != nil {
			return next, last, err
		}
		mark, err = s.Ledger.MoveMark(ctx, Mark{}, dry)
	}
	if err != nil {
		return next, last, fmt.Errorf("blob: looking up the journal row of the marker: %w", err)
	}
	at := position(mark)
	return marker{store, &at}, last, nil
}

// move records the newest journal row in the database and then writes the marker. After
// that it looks whether another process has recorded a later row and writes that one, so
// that of several processes the last to write leaves the latest mark.
func (s *sweep) move(ctx context.Context) error {
	next, _, err := s.find(ctx, false)
	if err != nil {
		return err
	}
	for range maxMoves {
		if err := next.write(ctx, s.Bucket); err != nil {
			return err
		}
		_, latest, err := s.Ledger.State(ctx)
		if err != nil {
			return fmt.Errorf("blob: reading the state of the store: %w", err)
		}
		if latest.Position <= next.Journal.Position {
			return nil
		}
		*next.Journal = position(latest)
	}
	return fmt.Errorf("blob: the marker was moved %d times meanwhile: %w", maxMoves, assets.ErrUnavailable)
}

// write replaces the marker of a bucket.
func (m marker) write(ctx context.Context, b Sweepable) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return b.WriteMarker(ctx, append(text, '\n'))
}
