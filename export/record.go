package export

import (
	"context"

	"github.com/10ex/assets"
)

// Section is a part of an archive in which every entry has a stretch of its
// own, in the same order.
type Section int

// The sections, in the order of the archive.
const (
	SectionPayload   Section = iota // local headers and contents
	SectionMetadata                 // elements of metadata.json
	SectionManifest                 // lines of manifest-sha256.txt
	SectionDirectory                // records of the zip's central directory
	sections
)

// Entry is one content of an archive, as it was frozen. Nothing of it ever
// changes.
type Entry struct {
	AssetID     assets.ID
	Version     assets.Number
	Withdrawals int    // how often the version's approval had been withdrawn before
	Name        string // within the archive, beginning with data/
	Size        int64
	CRC32       uint32 // IEEE
	SHA256      string // 64 lower-case hex digits
	Key         string // where Blobs has the bytes

	// At is where its stretch begins within each section. In every section
	// it ascends strictly.
	At [sections]int64

	// Document is its element of metadata.json. A store answers it only for
	// SectionMetadata.
	Document []byte
}

// Record is a frozen export.
type Record struct {
	ID        assets.ID
	Workspace string
	CreatedBy string
	CreatedAt assets.Time
	ExpiresAt assets.Time
	Plan      Plan
	Stale     bool // an approval in it was withdrawn since; a store knows, whatever it was given
}

// Candidate is an asset as approved, with what an archive needs to know of it.
type Candidate struct {
	Asset       *assets.Asset
	Key         string
	CRC32       uint32
	Withdrawals int           // how often this version's approval was withdrawn so far
	Approval    assets.Review // the newest that approved this version
}

// Freezing is an export in the making, over one snapshot.
type Freezing interface {
	// Approved answers one page of what the filter selects in the approved
	// perspective, in id order.
	Approved(ctx context.Context, f assets.Filter, w assets.Window) ([]Candidate, error)
	// Add appends entries. The store keeps them for itself until the export
	// is whole.
	Add(ctx context.Context, entries []Entry) error
}

// Store keeps exports. Every method answers an error wrapping
// assets.ErrUnavailable when the back end cannot be asked, and
// assets.ErrNotFound for an export that does not exist, is not whole, or is
// another workspace's. Implementations pass assetstest.TestExports.
//
// A store is beside the [assets.Store] whose assets it freezes, and sees what
// that commits: from the commit on in which Tx.PutVersion withdraws the
// approval of a version, every export with that version is stale for good. It
// removes exports when blob.Ledger.Expire is asked to remove what is older than
// a time after their expiry.
type Store interface {
	// Freeze runs fn over one snapshot of the rows of r.Workspace and makes
	// what it added visible in one commit, as r with the plan that fn answers.
	// It holds no writer while fn runs and none for longer than some hundred
	// rows take. An approval that is withdrawn after the snapshot makes the
	// export stale, also before it is visible. After an error nothing is
	// visible, unless it wraps assets.ErrOutcomeUnknown; garbage may stay for
	// Expire. fn runs once.
	Freeze(ctx context.Context, r Record, fn func(Freezing) (Plan, error)) error
	// Export answers one export.
	Export(ctx context.Context, workspace string, id assets.ID) (Record, error)
	// Exports answers at most limit exports with an id below before (empty:
	// all), newest first; none is an empty slice.
	Exports(ctx context.Context, workspace string, before assets.ID, limit int) ([]Record, error)
	// StaleItems answers the versions of an export whose approval was
	// withdrawn since, in the order of the archive; none, also of an export
	// that does not exist, is an empty slice.
	StaleItems(ctx context.Context, workspace string, id assets.ID) ([]assets.Ref, error)
	// Entries answers at most limit entries in the order of the archive: the
	// one whose stretch in a section has the byte at, and those behind it.
	// It reads no others. None, also of an export that does not exist, is an
	// empty slice.
	Entries(ctx context.Context, workspace string, id assets.ID, s Section, at int64, limit int) ([]Entry, error)
}
