package export

import (
	"context"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
)

// Section is a part of an archive that consists of one range of bytes for each entry, in
// the order of the entries.
type Section int

// The sections. In SectionTagManifest only entries have a range that have an
// EntryAttestation.SHA256.
const (
	SectionPayload     Section = iota // local headers and contents, each followed by its attestation
	SectionMetadata                   // elements of metadata.json
	SectionManifest                   // lines of manifest-sha256.txt
	SectionDirectory                  // records of the zip's central directory, of contents and attestations
	SectionTagManifest                // lines of tagmanifest-sha256.txt about attestations
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

	// Attestation is the envelope with the signed statement about the approval; its
	// Size is 0 if there was none.
	Attestation EntryAttestation

	// At is the offset at which the entry's range begins in each section. It
	// is strictly ascending among the entries that have a range there.
	At [sections]int64

	// Document is the entry's element of metadata.json. Store.Entries returns
	// it only for SectionMetadata.
	Document []byte
}

// directoryRecords returns the records of the entry and of its attestation in the central
// directory of the archive of p.
func (e *Entry) directoryRecords(p Plan) []byte {
	records := e.member(p).directoryRecord(p.CreatedAt)
	if e.Attestation.Size > 0 {
		records = append(records, e.attestation(p).directoryRecord(p.CreatedAt)...)
	}
	return records
}

// EntryAttestation is the envelope that an archive has beside an entry.
type EntryAttestation struct {
	Revision int64 // of the attestation in the assets.Store
	Size     int64 // of the envelope in bytes
	CRC32    uint32
	SHA256   string // 64 lower-case hex digits; empty if it was frozen before tag manifests had it
}

// attestationName returns the name of the envelope in the bag.
func (e *Entry) attestationName() string {
	return attestationFolder + strings.TrimPrefix(e.Name, payloadFolder) + attest.Extension
}

// attestation returns the file of the zip that has the entry's envelope. It follows the
// entry.
func (e *Entry) attestation(p Plan) member {
	content := e.member(p)
	return member{
		name: p.path(e.attestationName()), offset: content.offset + content.localHeaderSize() + e.Size,
		size: e.Attestation.Size, crc32: e.Attestation.CRC32,
	}
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
		length := e.member(p).directoryRecordSize()
		if e.Attestation.Size > 0 {
			length += e.attestation(p).directoryRecordSize()
		}
		return length
	case SectionTagManifest:
		return int64(len(e.tagManifestLine()))
	default:
		length := e.member(p).localHeaderSize() + e.Size
		if e.Attestation.Size > 0 {
			length += e.attestation(p).localHeaderSize() + e.Attestation.Size
		}
		return length
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

	// Attestation is the newest one of the version if it is signed; otherwise it is zero.
	// An archive has it only if it states Approval: an approval that was given without an
	// attester has none, though one of before may.
	Attestation assets.Attestation
}

// statesApproval reports whether the attestation is a signed one of Approval.
func (c *Candidate) statesApproval() bool {
	t := c.Attestation
	return t.Signed() && !t.Withdrawn && t.Revision == c.Approval.Revision
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
	// Document of one. Of SectionTagManifest it returns only entries that have a
	// range there. It returns an empty slice, not nil, if there are none or the
	// export does not exist.
	Entries(ctx context.Context, workspace string, id assets.ID, s Section, at int64, limit int) ([]Entry, error)
}
