// Package export freezes approved assets into an archive that can be resumed:
// a zip in the BagIt layout (RFC 8493) whose every byte is known before the
// first is sent.
//
// The one rule to know: an export is what was approved when it was made, and
// nothing in it changes any more. When one of its approvals is withdrawn, it
// is stale for good and answers nothing but assets.ErrExportStale.
//
// An [Exporter] makes exports and opens them as an [Archive], which reads of
// store and bucket just what it is asked for; package httpx serves it in
// ranges.
package export

import (
	"errors"
	"fmt"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/readahead"
)

// ErrNoStore says that a Library's store keeps no exports.
var ErrNoStore = errors.New("export: the Library's store keeps no exports")

// Config is what an [Exporter] is made of. Library is required; its store has
// to be a [Store] too, as those of this module are.
type Config struct {
	Library *assets.Library

	Limits Limits
}

// Limits are the configurable limits; zero fields take the default.
type Limits struct {
	Items  int           // of one export; default 10,000
	Bytes  int64         // of all its contents; default 100 GiB
	Expiry time.Duration // longest life of one; default 7 days
}

// DefaultExpiry is how long an export lives unless asked otherwise.
const DefaultExpiry = 24 * time.Hour

// MaxIDs is how many ids a request may name.
const MaxIDs = 500

// Exporter makes, lists and opens exports. It is safe for concurrent use and
// holds no goroutine.
type Exporter struct {
	lib    *assets.Library
	store  Store
	limits Limits
	ahead  *readahead.Buffers // of archives that are written
}

// New checks a Config and makes an Exporter of it. The error is [ErrNoStore]
// when the Library's store keeps no exports; one that is bound to a host's
// transaction does not.
func New(cfg Config) (*Exporter, error) {
	if cfg.Library == nil {
		return nil, errors.New("export: Config.Library is required")
	}
	store, ok := cfg.Library.Store().(Store)
	if !ok {
		return nil, ErrNoStore
	}
	l := &cfg.Limits
	if l.Items < 0 || l.Bytes < 0 || l.Expiry < 0 {
		return nil, errors.New("export: Config.Limits: a limit is negative")
	}
	if l.Items == 0 {
		l.Items = 10_000
	}
	if l.Bytes == 0 {
		l.Bytes = 100 << 30
	}
	if l.Expiry == 0 {
		l.Expiry = 7 * 24 * time.Hour
	}
	return &Exporter{lib: cfg.Library, store: store, limits: *l, ahead: readahead.NewBuffers()}, nil
}

// Limits answers the limits in force.
func (x *Exporter) Limits() Limits { return x.limits }

// Export is a frozen selection.
type Export struct {
	ID        assets.ID   `json:"id"`
	Items     int64       `json:"items"`
	SizeBytes int64       `json:"size_bytes"` // of the archive
	URL       string      `json:"url"`        // signed: whoever has it may download
	ExpiresAt assets.Time `json:"expires_at"`
	CreatedBy string      `json:"created_by"`
	CreatedAt assets.Time `json:"created_at"`

	// StaleItems are the versions whose approval was withdrawn since: with
	// one of them there is no download any more. Nil in a list.
	StaleItems []assets.Ref `json:"stale_items,omitzero"`
}

func (x *Exporter) present(r Record) Export {
	return Export{
		ID: r.ID, Items: r.Plan.Items, SizeBytes: r.Plan.Size(), URL: x.url(r),
		ExpiresAt: r.ExpiresAt, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt,
	}
}

// admit is the first check of every method: a complete actor who may read.
func admit(by assets.Actor) error {
	if err := by.Check(); err != nil {
		return err
	}
	if !by.Can(assets.ScopeRead) {
		return assets.Errorf(assets.ErrForbiddenScope, "the credential lacks the scope %s", assets.ScopeRead)
	}
	return nil
}

// unavailable passes on what has a meaning and gives the rest of a store's
// errors one.
func (x *Exporter) unavailable(doing string, err error) error {
	if errors.Is(err, assets.ErrNotFound) || len(assets.FieldErrors(err)) > 0 || assets.Code(err) != "internal_error" {
		return err
	}
	return fmt.Errorf("export: %s: %w", doing, err)
}
