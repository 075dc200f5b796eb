package export

import (
	"context"

	"github.com/10ex/assets"
)

// Section is a part of an archive that consists of one range of bytes for each entry, in
// the order of the entries.
type Section int

// The sections, in the order in which they are in the archive.
const (
	SectionPayload   Section = iota // local headers and contents
	SectionMetadata                 // elements of metadata.json
	SectionManifest                 // lines of manifest-sha256.txt
	SectionDirectory                // records of the zip's central directory
	sections
)

// DocumentSpan limits the documents that one call of Store.Entries returns, in bytes of
// metadata.json.
const DocumentSpan = 64 << 10

// Entry is one content of an archive, as it was frozen. An entry never changes.
type Entry struct {
	AssetID     assets.ID
	Version     assets.Number
	Withdrawals int    // number of times that the version's approval had been withdrawn before
	Name        string // in the bag, with the prefix data/
	Size        int64  // bytes
	CRC32       uint32 // IEEE
	SHA256      string // 64 lower-case hex digits
	Key         string // of the bytes in assets.Blobs

	// At is the offset at which the entry's range begins in each section. It
	// is strictly ascending from entry to entry.
	At [sections]int64

	// Document is the entry's element of metadata.json. Store.Entries returns
	// it only for SectionMetadata.
	Document []byte
}

// member returns the file of the zip that holds the entry.
func (e *Entry) member(p Plan) member {
	return member{name: p.path(e.Name), offset: e.At[SectionPayload], size: e.Size, crc32: e.CRC32}
}

// length returns the length of the entry's range in a section of the archive of p. For SectionMetadata the
// entry must have its Document.
func (e *Entry) length(p Plan, s Section) int64 {
	switch s {
	case SectionMetadata:
		return int64(len(e.metadataElement()))
	case SectionManifest:
		return int64(len(e.manifestLine()))
	case SectionDirectory:
		return e.member(p).directoryRecordSize()
	default:
		return e.member(p).localHeaderSize() + e.Size
	}
}

// Record is a frozen export.
type Record struct {
	ID        assets.ID
	Workspace string
	CreatedBy string
	CreatedAt assets.Time
	ExpiresAt assets.Time
	Plan      Plan
	Stale     bool // an approval in it has been withdrawn since; Freeze ignores it
}

// Quota limits the exports of a workspace that have not expired. A zero field is no
// limit.
type Quota struct {
	Exports  int   // maximum number of them
	Metadata int64 // maximum size of the metadata.json of all of them in bytes
}

// Usage is what the exports of a workspace take that have not expired.
type Usage struct {
	Exports  int         // number of them
	Metadata int64       // size of the metadata.json of all of them in bytes
	Expiry   assets.Time // when the first of them expires; 0 if there is none
}

// Check returns an error that wraps assets.ErrLimitReached if one more export, with
// so many bytes of metadata.json, would exceed the quota.
func (q Quota) Check(u Usage, metadata int64) error {
	switch {
	case q.Exports > 0 && u.Exports >= q.Exports:
		return assets.Errorf(assets.ErrLimitReached,
			"a workspace has at most %d exports that have not expired; the first of them expires at %s", q.Exports, u.Expiry)
	case q.Metadata > 0 && u.Metadata+metadata > q.Metadata:
		return assets.Errorf(assets.ErrLimitReached,
			"the metadata.json of all exports of a workspace that have not expired has at most %d bytes, of which %d are taken; the first of them expires at %s",
			q.Metadata, u.Metadata, u.Expiry)
	}
	return nil
}

// Candidate is the approved version of an asset, with the fields that an archive needs.
type Candidate struct {
	Asset       *assets.Asset
	Key         string
	CRC32       uint32
	Withdrawals int           // number of times that this version's approval was withdrawn so far
	Approval    assets.Review // the newest review that approved this version
}

// Freezing is an export that is being created, from one snapshot of the rows.
type Freezing interface {
	// Approved returns one page of the assets that the filter selects in the
	// approved perspective, in the order of their ids.
	Approved(ctx context.Context, f assets.Filter, w assets.Window) ([]Candidate, error)
	// Add appends entries. They are not visible before the export is complete.
	Add(ctx context.Context, entries []Entry) error
}

// Store keeps exports. Every method returns an error that wraps assets.ErrUnavailable if
// the back end fails, and one that wraps assets.ErrNotFound for an export that does not
// exist, is not complete, or belongs to another workspace. Implementations must pass
// assetstest.TestExports.
//
// A Store uses the database of the [assets.Store] whose assets it freezes. From the commit
// in which Tx.PutVersion withdraws the approval of a version, every export with that
// version is stale for good. Ledger.Expire of package blob removes the exports that
// expired before the time that it is given.
type Store interface {
	// Freeze runs fn once with a snapshot of the rows of r.Workspace. In one
	// commit it then makes visible r, with the plan that fn returns, and the
	// entries that fn added. Freeze does not block other writers while fn runs,
	// and not for longer than it takes to write some hundred rows. An approval
	// that is withdrawn after the snapshot makes the export stale, also before
	// the commit. After an error nothing is visible, unless the error wraps
	// assets.ErrOutcomeUnknown; rows that are left are removed by Expire.
	//
	// In the commit Freeze returns the error of q.Check for the Usage at
	// r.CreatedAt, also if several processes freeze at once. It first removes
	// the oldest exports of the workspace that had expired at r.CreatedAt, so
	// that what is left of those is within q too.
	Freeze(ctx context.Context, r Record, q Quota, fn func(Freezing) (Plan, error)) error
	// Usage returns what the exports of a workspace take that expire after a
	// time.
	Usage(ctx context.Context, workspace string, at assets.Time) (Usage, error)
	// Export returns one export.
	Export(ctx context.Context, workspace string, id assets.ID) (Record, error)
	// Exports returns the newest exports, at most limit, with an id below
	// before (if not empty), newest first. It returns an empty slice, not nil,
	// if there are none.
	Exports(ctx context.Context, workspace string, before assets.ID, limit int) ([]Record, error)
	// StaleItems returns the versions of an export whose approval has been
	// withdrawn since, in the order of the archive. It returns an empty slice,
	// not nil, if there are none or the export does not exist.
	StaleItems(ctx context.Context, workspace string, id assets.ID) ([]assets.Ref, error)
	// Entries returns at most limit entries in the order of the archive: the
	// one whose range in section s contains the offset at, and the following
	// ones. It reads no other rows. Of SectionMetadata it returns no entry after
	// the first that begins DocumentSpan bytes or more after at, and reads no
	// Document of one. It returns an empty slice, not nil, if there are none or
	// the export does not exist.
	Entries(ctx context.Context, workspace string, id assets.ID, s Section, at int64, limit int) ([]Entry, error)
}
