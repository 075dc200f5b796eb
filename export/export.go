// Package export freezes approved assets into an archive whose download can be resumed:
// a zip file in the BagIt layout (RFC 8493), below one folder named after the export, of
// which every byte is determined before the first is sent.
//
// The one rule to know: an export contains what was approved when it was created, and
// never changes. When one of its approvals is withdrawn, the export is stale for good, and
// opening it returns assets.ErrExportStale.
//
// An [Exporter] creates exports and opens them as an [Archive], which reads from store
// and bucket only what a Read needs. Package httpx serves archives, including ranges.
package export

import (
	"errors"
	"fmt"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/readahead"
)

// ErrNoStore is returned by New if the Library's store does not implement Store.
var ErrNoStore = errors.New("export: the Library's store keeps no exports")

// Config configures an [Exporter]. Library is required. Its store must implement [Store],
// as the stores of this module do.
type Config struct {
	Library *assets.Library

	Limits Limits
}

// Limits are the configurable limits. A zero field means the default.
type Limits struct {
	Items    int           // maximum number of assets in an export; default 10,000
	Bytes    int64         // maximum size of all contents of an export; default 100 GiB
	Metadata int64         // maximum size of the metadata.json of an export in bytes; default 128 MiB, at most Workspace.Metadata
	Expiry   time.Duration // maximum lifetime of an export; default 7 days

	// Workspace limits the exports of a workspace that have not expired. Its
	// defaults are 100 exports and 512 MiB of metadata.json in all of them.
	Workspace Quota
}

func (l *Limits) setDefaults() {
	if l.Items == 0 {
		l.Items = 10_000
	}
	if l.Bytes == 0 {
		l.Bytes = 100 << 30
	}
	if l.Metadata == 0 {
		l.Metadata = 128 << 20
	}
	if l.Expiry == 0 {
		l.Expiry = 7 * 24 * time.Hour
	}
	if l.Workspace.Exports == 0 {
		l.Workspace.Exports = 100
	}
	if l.Workspace.Metadata == 0 {
		l.Workspace.Metadata = 512 << 20
	}
	l.Metadata = min(l.Metadata, l.Workspace.Metadata)
}

// DefaultExpiry is the lifetime of an export if the request has none.
const DefaultExpiry = 24 * time.Hour

// MaxIDs is the maximum number of ids in a request.
const MaxIDs = 500

// Exporter creates, lists and opens exports. It is safe for concurrent use. It has no
// goroutines of its own.
type Exporter struct {
	lib     *assets.Library
	store   Store
	limits  Limits
	buffers *readahead.Buffers // for Archive.WriteTo

	attestations assets.Attestations // nil: the Library's store keeps none
}

// New returns an Exporter. It returns [ErrNoStore] if the Library's store keeps no
// exports, as a store that is bound to a host's transaction, nor wraps one that does (see
// [assets.StoreAs]), and another error if the configuration is not valid.
func New(cfg Config) (*Exporter, error) {
	if cfg.Library == nil {
		return nil, errors.New("export: Config.Library is required")
	}
	store, ok := assets.StoreAs[Store](cfg.Library.Store())
	if !ok {
		return nil, ErrNoStore
	}
	l := &cfg.Limits
	if l.Items < 0 || l.Bytes < 0 || l.Metadata < 0 || l.Expiry < 0 || l.Workspace.Exports < 0 || l.Workspace.Metadata < 0 {
		return nil, errors.New("export: a limit in Config.Limits is negative")
	}
	l.setDefaults()
	attestations, _ := assets.StoreAs[assets.Attestations](cfg.Library.Store())
	return &Exporter{
		lib: cfg.Library, store: store, limits: *l, buffers: readahead.NewBuffers(), attestations: attestations,
	}, nil
}

// Limits returns the limits, including defaults.
func (x *Exporter) Limits() Limits { return x.limits }

// Export describes a frozen selection of assets.
type Export struct {
	ID        assets.ID   `json:"id"`
	Items     int64       `json:"items"`
	SizeBytes int64       `json:"size_bytes"` // of the archive
	URL       string      `json:"url"`        // signed: it needs no other credential
	ExpiresAt assets.Time `json:"expires_at"`
	CreatedBy string      `json:"created_by"`
	CreatedAt assets.Time `json:"created_at"`

	// StaleItems are the versions whose approval has been withdrawn since. If
	// there is one, the archive cannot be downloaded any more. Nil in a list.
	StaleItems []assets.Ref `json:"stale_items,omitzero"`
}

// describe returns the Export of a record, without StaleItems.
func (x *Exporter) describe(r Record) Export {
	return Export{
		ID: r.ID, Items: r.Plan.Items, SizeBytes: r.Plan.Size(), URL: x.url(r),
		ExpiresAt: r.ExpiresAt, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt,
	}
}

// authorize checks that the actor is complete and has the scope to read.
func authorize(by assets.Actor) error {
	if err := by.Check(); err != nil {
		return err
	}
	if !by.Can(assets.ScopeRead) {
		return assets.ForbiddenScope(assets.ScopeRead)
	}
	return nil
}

// wrapStoreError adds context to an error of the store that has no code of its own, and
// returns other errors unchanged.
func wrapStoreError(doing string, err error) error {
	if err == nil || errors.Is(err, assets.ErrNotFound) || len(assets.FieldErrors(err)) > 0 || assets.Code(err) != "internal_error" {
		return err
	}
	return fmt.Errorf("export: %s: %w", doing, err)
}
