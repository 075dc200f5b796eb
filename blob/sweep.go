package blob

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
