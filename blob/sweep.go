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

// ErrSweepRefused: the bucket and the database do not look as if they belonged
// together, and nothing was deleted. The error says why; SweepConfig.Force
// sweeps all the same.
var ErrSweepRefused = errors.New("blob: the sweep refuses this bucket")

const (
	defaultAge = 24 * time.Hour
	minAge     = time.Hour
	expiry     = 7 * 24 * time.Hour // of idempotency records
)

// Sweepable is a bucket as a sweep sees it.
type Sweepable interface {
	// List yields every object beneath a folder ("" is all of them), but not
	// the marker. An error ends it.
	List(ctx context.Context, folder string) iter.Seq2[Object, error]
	// Delete removes key; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// ReadMarker answers what was last written, or ErrNotFound.
	ReadMarker(ctx context.Context) ([]byte, error)
	// WriteMarker replaces the marker at once and durably.
	WriteMarker(ctx context.Context, text []byte) error
}

// SweepConfig says what to sweep. Bucket and Ledger are required.
type SweepConfig struct {
	Bucket Sweepable // a [Dir] or [Bucket]
	Ledger Ledger    // the primary database

	// Age is how old an object must be to be deleted; 0 means 24 h. Less than
	// 1 h is refused unless AllowAnyAge: a short age loses nothing that is
	// committed, but fails uploads that are under way.
	Age         time.Duration
	AllowAnyAge bool

	Force  bool // sweep also what would be refused with ErrSweepRefused
	DryRun bool // report only: write and delete nothing

	Now func() time.Time // default time.Now
}

// SweepReport counts objects, renditions included. After a sweep that came to
// its end, Scanned is the sum of Foreign, Referenced, Young and Deleted.
type SweepReport struct {
	Scanned    int   // all but the marker
	Foreign    int   // keys that no Library chose: never touched
	Referenced int   // in use by a version
	Young      int   // unreferenced but younger than the age, such as uploads under way
	Deleted    int   // or what a dry run would delete
	Bytes      int64 // of Deleted
	Expired    int   // idempotency records and condemned keys removed from the database
}

// Sweep deletes the objects that no version references, and idempotency
// records older than 7 days. Each object is settled in the database before it
// is deleted, so an upload that takes longer than the age ends as row and
// bytes, or as neither. Nothing is deleted before the whole listing has
// succeeded. Renditions go with the content that they were made from.
//
// It refuses with [ErrSweepRefused] when the bucket's marker names another
// store or a newer journal, and when the database references nothing in a
// bucket that is not empty. It may be killed and repeated at any time, and
// run beside everything else, a second sweep included. It holds about 200
// bytes in memory for each unreferenced object.
//
// The report is valid, as far as the sweep came, beside an error too.
func Sweep(ctx context.Context, cfg SweepConfig) (SweepReport, error) {
	var report SweepReport
	if err := cfg.complete(); err != nil {
		return report, err
	}
	s := sweep{SweepConfig: cfg, report: &report, now: assets.TimeOf(cfg.Now())}
	err := s.run(ctx)
	return report, err
}

func (c *SweepConfig) complete() error {
	if c.Bucket == nil || c.Ledger == nil {
		return errors.New("blob: SweepConfig.Bucket and SweepConfig.Ledger are required")
	}
	if c.Age == 0 {
		c.Age = defaultAge
	}
	if c.Age < 0 || c.Age < minAge && !c.AllowAnyAge {
		return fmt.Errorf("blob: SweepConfig.Age is %s; less than %s needs AllowAnyAge", c.Age, minAge)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// sweep is one run.
type sweep struct {
	SweepConfig
	report *SweepReport
	now    assets.Time
}

func (s *sweep) run(ctx context.Context) error {
	store, journal, err := s.Ledger.State(ctx)
	if err != nil {
		return fmt.Errorf("blob: sweep: the store's state: %w", err)
	}
	if store == "" {
		return errors.New("blob: sweep: the ledger answers no store id")
	}
	database := marker{store, journal}
	last, err := readMarker(ctx, s.Bucket)
	if err == nil {
		err = last.check(database)
	}
	if err := s.unlessForced(err); err != nil {
		return err
	}

	garbage, err := s.collect(ctx)
	if err != nil {
		return err
	}
	if s.report.Scanned > 0 && s.report.Referenced == 0 {
		err := fmt.Errorf("%w: the database references none of its %d objects", ErrSweepRefused, s.report.Scanned)
		if err := s.unlessForced(err); err != nil {
			return err
		}
	}
	if !s.DryRun {
		if err := database.write(ctx, s.Bucket); err != nil {
			return err
		}
	}
	if err := s.delete(ctx, garbage); err != nil || s.DryRun {
		return err
	}
	s.report.Expired, err = s.Ledger.Expire(ctx, s.now.Add(-expiry))
	if err != nil {
		return fmt.Errorf("blob: sweep: expired records: %w", err)
	}
	return nil
}

// unlessForced lets a refusal pass when the caller insists; failures stay.
func (s *sweep) unlessForced(err error) error {
	if s.Force && errors.Is(err, ErrSweepRefused) {
		return nil
	}
	return err
}

const sweepBatch = 500 // keys settled in one transaction

// found is a content with its renditions: what a listing has under one
// content key.
type found struct {
	objects []Object
	old     bool // one of them is older than the age
}

type batch map[string]*found

func (b batch) add(key string, o Object, old bool) {
	f := b[key]
	if f == nil {
		f = &found{}
		b[key] = f
	}
	f.objects = append(f.objects, o)
	f.old = f.old || old
}

// collect lists the whole bucket and answers what is unreferenced and old. It
// writes nothing.
func (s *sweep) collect(ctx context.Context) (batch, error) {
	oldest := s.Now().Add(-s.Age)
	unreferenced, asking := batch{}, batch{}
	for o, err := range s.Bucket.List(ctx, "") {
		if err != nil {
			return nil, fmt.Errorf("blob: sweep: listing: %w", err)
		}
		s.report.Scanned++
		key, ours := contentKey(o.Key)
		if !ours {
			s.report.Foreign++
			continue
		}
		asking.add(key, o, o.ModTime.Before(oldest))
		if len(asking) == sweepBatch {
			if err := s.ask(ctx, asking, unreferenced); err != nil {
				return nil, err
			}
		}
	}
	if err := s.ask(ctx, asking, unreferenced); err != nil {
		return nil, err
	}
	maps.DeleteFunc(unreferenced, func(_ string, f *found) bool {
		if !f.old {
			s.report.Young += len(f.objects)
		}
		return !f.old
	})
	return unreferenced, nil
}

// ask moves what the database does not reference from one batch to another,
// and empties the first.
func (s *sweep) ask(ctx context.Context, asking, unreferenced batch) error {
	keys, err := s.condemn(ctx, slices.Collect(maps.Keys(asking)), true)
	if err != nil {
		return err
	}
	for _, key := range keys {
		for _, o := range asking[key].objects {
			unreferenced.add(key, o, asking[key].old)
		}
		delete(asking, key)
	}
	for _, f := range asking {
		s.report.Referenced += len(f.objects)
	}
	clear(asking)
	return nil
}

// condemn settles keys, and believes no answer about others.
func (s *sweep) condemn(ctx context.Context, keys []string, dry bool) ([]string, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(keys)
	unreferenced, err := s.Ledger.Condemn(ctx, keys, s.now, dry)
	if err != nil {
		return nil, fmt.Errorf("blob: sweep: settling %d keys: %w", len(keys), err)
	}
	return slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(unreferenced))), func(key string) bool {
		_, asked := slices.BinarySearch(keys, key)
		return !asked
	}), nil
}

// delete settles garbage for good, batch by batch, and deletes it.
func (s *sweep) delete(ctx context.Context, garbage batch) error {
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
		for _, key := range keys { // committed since the listing
			if f, kept := garbage[key]; kept {
				s.report.Referenced += len(f.objects)
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

// Ledger is the database a sweep settles with: always the primary, never a
// replica.
type Ledger interface {
	// State answers the store's random id and the highest journal number
	// ever given; 0 for an empty journal.
	State(ctx context.Context) (storeID string, journal int64, err error)
	// Condemn decides, in one write transaction, which of the keys no version
	// references, nor an upload that can be used at that time: those are remembered, so that no version can ever be
	// committed with one of them, and answered. With dry set it only
	// answers them.
	Condemn(ctx context.Context, keys []string, at assets.Time, dry bool) (unreferenced []string, err error)
	// Expire removes idempotency records and condemned keys written before the
	// given time, and uploads that expired before it, and answers how many.
	Expire(ctx context.Context, before assets.Time) (int, error)
}
