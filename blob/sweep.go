package blob

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/10ex/assets"
)

// ErrSweepRefused: the bucket and the database do not seem to belong together. Nothing
// was deleted. The text of the error gives the reason. SweepConfig.Force sweeps
// regardless.
var ErrSweepRefused = errors.New("blob: the sweep refuses this bucket")

const (
	defaultAge   = 24 * time.Hour
	minAge       = time.Hour
	defaultMax   = 1_000_000          // objects; they take about 200 MB of memory
	maxRecordAge = 7 * 24 * time.Hour // of idempotency records
	sweepBatch   = 500                // keys of one call of Ledger.Condemn
)

// Sweepable is a bucket that can be swept.
type Sweepable interface {
	// List yields every object below a folder ("" means all), except the
	// marker. An error ends the listing.
	List(ctx context.Context, folder string) iter.Seq2[Object, error]
	// Delete deletes key. It returns no error if key does not exist.
	Delete(ctx context.Context, key string) error
	// ReadMarker returns the text that was last written. It returns
	// ErrNotFound if there is none.
	ReadMarker(ctx context.Context) ([]byte, error)
	// WriteMarker replaces the marker atomically and durably.
	WriteMarker(ctx context.Context, text []byte) error
}

// Ledger is the database that references the contents of a bucket. It must be the
// primary, never a replica.
type Ledger interface {
	// State returns the random id of the store and the mark that MoveMark
	// recorded last, the zero Mark if there is none.
	State(ctx context.Context) (storeID string, latest Mark, err error)
	// MoveMark returns the mark of the newest journal row and, unless dry is set,
	// records it in the same write transaction, together with from. What is
	// recorded outlives the pruning of the journal. It returns assets.ErrNotFound,
	// and records nothing, if from is not in the database. [Marks.Move] computes
	// what is found, returned and recorded.
	MoveMark(ctx context.Context, from Mark, dry bool) (Mark, error)
	// Condemn returns those of the keys that neither a version references nor
	// an upload that can be used at the given time. In the same write
	// transaction it records them, so that no version can be committed with one
	// of them later. If dry is set it records nothing.
	Condemn(ctx context.Context, keys []string, at assets.Time, dry bool) (unreferenced []string, err error)
	// Expire removes idempotency records and condemned keys written before the
	// given time, and uploads that expired before it, and returns the number
	// of rows removed.
	Expire(ctx context.Context, before assets.Time) (int, error)
}

// SweepConfig configures a sweep. Bucket and Ledger are required. The ledger of an
// assets.Store which may wrap another is assets.StoreAs[blob.Ledger](s).
type SweepConfig struct {
	Bucket Sweepable // such as a [Dir]
	Ledger Ledger    // the primary database

	// Age is the minimum age of an object that is deleted; 0 means 24 h. An age
	// below 1 h is an error unless AllowAnyAge is set: a short age deletes
	// nothing that is committed, but makes uploads in progress fail.
	Age         time.Duration
	AllowAnyAge bool

	// Max is the number of unreferenced objects that one sweep takes at most; 0 means
	// 1,000,000. The next sweep takes the others.
	Max int

	Force  bool // sweep even where Sweep would return ErrSweepRefused
	DryRun bool // report only: write and delete nothing

	Now func() time.Time // default time.Now
}

// SweepReport counts objects, including renditions. After a complete sweep, Scanned is
// the sum of Foreign, Referenced, Young, Left and Deleted.
type SweepReport struct {
	Scanned    int   // all objects except the marker
	Foreign    int   // objects with keys that no Library chose: never deleted
	Referenced int   // objects that a version or a usable upload references
	Young      int   // unreferenced, but younger than the age, such as uploads in progress
	Left       int   // unreferenced, but beyond SweepConfig.Max
	Deleted    int   // in a dry run: the objects that would be deleted
	Bytes      int64 // of Deleted
	Expired    int   // rows that Ledger.Expire removed
}

// Sweep deletes the objects that no version references, and idempotency records older
// than 7 days. Each key is condemned in the database before its object is deleted, so an
// upload that takes longer than the age ends either with row and bytes or with neither.
// Sweep deletes nothing before the listing is complete. Renditions are deleted with the
// content that they were made from.
//
// Sweep returns [ErrSweepRefused] if the bucket's marker names another store or a journal
// row that the database does not have, and if no marker names a row and the database
// references nothing in a bucket that is not empty. Before it deletes, it moves the marker
// as [MoveMarker] does. A sweep may be interrupted and repeated at any time, and may run
// concurrently with all other calls, including another sweep. It uses about 200 bytes of
// memory for each unreferenced object, of which it takes SweepConfig.Max.
//
// If Sweep returns an error, the report covers the work done until then.
func Sweep(ctx context.Context, cfg SweepConfig) (SweepReport, error) {
	var report SweepReport
	if err := cfg.validate(); err != nil {
		return report, err
	}
	s := sweep{SweepConfig: cfg, report: &report, now: assets.TimeOf(cfg.Now())}
	err := s.run(ctx)
	return report, err
}

// validate checks the configuration and sets the defaults.
func (c *SweepConfig) validate() error {
	if c.Bucket == nil || c.Ledger == nil {
		return errors.New("blob: SweepConfig.Bucket and SweepConfig.Ledger are required")
	}
	if c.Age == 0 {
		c.Age = defaultAge
	}
	if c.Age < 0 || c.Age < minAge && !c.AllowAnyAge {
		return fmt.Errorf("blob: SweepConfig.Age is %s; less than %s needs AllowAnyAge", c.Age, minAge)
	}
	if c.Max < 0 {
		return fmt.Errorf("blob: SweepConfig.Max is %d; it must not be negative", c.Max)
	}
	if c.Max == 0 {
		c.Max = defaultMax
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// sweep is one run of Sweep.
type sweep struct {
	SweepConfig
	report *SweepReport
	now    assets.Time
	taken  int // unreferenced objects, at most SweepConfig.Max
}

func (s *sweep) run(ctx context.Context) error {
	last, err := s.check(ctx)
	if err != nil {
		return err
	}
	garbage, err := s.findGarbage(ctx)
	if err != nil {
		return err
	}
	// Where the database keeps small contents, it may reference none of a bucket's objects.
	// A row that the marker names by its digest then shows that the two belong together.
	named := last != nil && last.Journal.Digest != ""
	if s.report.Scanned > 0 && s.report.Referenced == 0 && !named {
		err := fmt.Errorf("%w: the database references none of its %d objects", ErrSweepRefused, s.report.Scanned)
		if err := s.ignoreIfForced(err); err != nil {
			return err
		}
	}
	if !s.DryRun {
		if err := s.move(ctx); err != nil {
			return err
		}
	}
	if err := s.delete(ctx, garbage); err != nil || s.DryRun {
		return err
	}
	s.report.Expired, err = s.Ledger.Expire(ctx, s.now.Add(-maxRecordAge))
	if err != nil {
		return fmt.Errorf("blob: sweep: removing expired records: %w", err)
	}
	return nil
}

// ignoreIfForced returns nil for ErrSweepRefused if Force is set, else err.
func (s *sweep) ignoreIfForced(err error) error {
	if s.Force && errors.Is(err, ErrSweepRefused) {
		return nil
	}
	return err
}

// content is a content and its renditions.
type content struct {
	objects []Object
	old     bool // at least one object is older than SweepConfig.Age
}

// contents are contents by key.
type contents map[string]*content

func (c contents) add(key string, o Object, old bool) {
	found := c[key]
	if found == nil {
		found = &content{}
		c[key] = found
	}
	found.objects = append(found.objects, o)
	found.old = found.old || old
}

// findGarbage lists the whole bucket and returns the contents that are unreferenced and
// old. It writes nothing.
func (s *sweep) findGarbage(ctx context.Context) (contents, error) {
	oldest := s.Now().Add(-s.Age)
	unreferenced, pending := contents{}, contents{}
	for o, err := range s.Bucket.List(ctx, "") {
		if err != nil {
			return nil, fmt.Errorf("blob: sweep: listing: %w", err)
		}
		s.report.Scanned++
		key, ok := contentKey(o.Key)
		if !ok {
			s.report.Foreign++
			continue
		}
		pending.add(key, o, o.ModTime.Before(oldest))
		if len(pending) == sweepBatch {
			if err := s.lookUp(ctx, pending, unreferenced); err != nil {
				return nil, err
			}
		}
	}
	if err := s.lookUp(ctx, pending, unreferenced); err != nil {
		return nil, err
	}
	maps.DeleteFunc(unreferenced, func(_ string, c *content) bool {
		if !c.old {
			s.report.Young += len(c.objects)
		}
		return !c.old
	})
	return unreferenced, nil
}

// lookUp adds the pending contents that the database does not reference to
// unreferenced, counts the others, and clears pending.
func (s *sweep) lookUp(ctx context.Context, pending, unreferenced contents) error {
	keys, err := s.condemn(ctx, slices.Collect(maps.Keys(pending)), true)
	if err != nil {
		return err
	}
	for _, key := range keys {
		for _, o := range pending[key].objects {
			if s.taken == s.Max {
				s.report.Left++
				continue
			}
			s.taken++
			unreferenced.add(key, o, pending[key].old)
		}
		delete(pending, key)
	}
	for _, c := range pending {
		s.report.Referenced += len(c.objects)
	}
	clear(pending)
	return nil
}

// condemn calls Ledger.Condemn and returns the unreferenced keys in order, each once. It
// drops keys that were not among the arguments.
func (s *sweep) condemn(ctx context.Context, keys []string, dry bool) ([]string, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(keys)
	unreferenced, err := s.Ledger.Condemn(ctx, keys, s.now, dry)
	if err != nil {
		return nil, fmt.Errorf("blob: sweep: condemning %d keys: %w", len(keys), err)
	}
	return slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(unreferenced))), func(key string) bool {
		_, known := slices.BinarySearch(keys, key)
		return !known
	}), nil
}

// delete condemns the garbage, batch by batch, and deletes its objects.
func (s *sweep) delete(ctx context.Context, garbage contents) error {
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(garbage)), sweepBatch) {
		condemned, err := s.condemn(ctx, slices.Clone(keys), s.DryRun)
		if err != nil {
			return err
		}
		for _, key := range condemned {
			if err := s.deleteObjects(ctx, garbage[key].objects); err != nil {
				return err
			}
			delete(garbage, key)
		}
		for _, key := range keys {
			if c, kept := garbage[key]; kept { // a version was committed since the listing
				s.report.Referenced += len(c.objects)
			}
		}
	}
	return nil
}

func (s *sweep) deleteObjects(ctx context.Context, objects []Object) error {
	for _, o := range objects {
		if !s.DryRun {
			if err := s.Bucket.Delete(ctx, o.Key); err != nil {
				return fmt.Errorf("blob: sweep: %w", err)
			}
		}
		s.report.Deleted++
		s.report.Bytes += o.Size
	}
	return nil
}
