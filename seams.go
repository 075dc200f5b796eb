package assets

import (
	"context"
	"io"
)

// Filter selects assets in one perspective. Empty fields do not restrict the result.
// Of several values of one field any may match, but every Tag must match.
type Filter struct {
	Approved   bool // match and show the approved version, otherwise the current one
	Types      []Type
	Statuses   []Status // of the current perspective only
	IDs        []ID
	AgentSlug  string
	RunID      string
	CampaignID string
	BrandID    string
	BriefID    string
	CreatedBy  string `json:",omitzero"` // of the asset, not of a version
	LastAction Action `json:",omitzero"` // of LastReview
	MediaType  string `json:",omitzero"`
	Tags       []Tag
	Words      []string `json:",omitzero"` // of Asset.SearchWords; all must match, the last one as a prefix; empty but not nil: nothing matches
	Since      ID       // inclusive
	Until      ID       // exclusive
}

// Tag is one tag condition; an empty Value means any.
type Tag struct{ Key, Value string }

// Window is one page in the order of ids, or of submissions: at most Limit rows after
// After.
type Window struct {
	After     ID // empty: the page begins with the first row of the order
	Ascending bool
	Limit     int
	Bytes     int64 // ends the page early if it is positive, see below

	// BySubmission orders the page by Submitted.At, then id. It has only assets that
	// are submitted, after the one that was submitted at AfterSubmitted and has the id
	// After.
	BySubmission   bool
	AfterSubmitted Time
}

// The Bytes of a window bound the memory of a page. The page ends with the first row,
// but not with its first row, at which the sum of StoredBytes is more than Bytes. A
// caller that keeps no more than Bytes thus has at least one row, and sees whether
// another follows. Rows behind the end are not kept in memory.

// VersionWindow is one page of the versions of an asset, newest first: at most Limit
// versions before Before.
type VersionWindow struct {
	Before  Number // 0: the page begins with the newest version
	Limit   int
	Bytes   int64 // as in Window
	Summary bool  // without Parameters, DerivedFrom and Inputs, which are not read then
}

// ReviewWindow is one page of the reviews of an asset, newest first: at most Limit
// reviews before Before.
type ReviewWindow struct {
	Before ReviewPosition // zero: the page begins with the newest review
	Limit  int
	Bytes  int64 // as in Window
}

// ReviewPosition is the place of a review in the order of an asset's reviews: by
// Revision, then ID.
type ReviewPosition struct {
	Revision int64
	ID       ID
}

// TagWindow is one page of the tags of a workspace in byte order of key, then value:
// at most Limit tags after After.
type TagWindow struct {
	Key   string // only this key; empty: all
	After Tag    // zero: the page begins with the first tag
	Limit int
}

// TagCount is the number of assets that have a tag.
type TagCount struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Count int64  `json:"count"` // from 1
}

// ValueCount is the number of assets that have a value. A list of them begins with the
// greatest number; equal ones are in byte order of the values.
type ValueCount struct {
	Value string `json:"value"`
	Count int64  `json:"count"` // from 1
}

// Reader reads one workspace. Every method returns [ErrNotFound] for what does not
// exist or belongs to another workspace, and an error wrapping [ErrUnavailable] if the
// back end fails. The caller may change what a method returns. Inside Update a Reader
// sees its own writes; Asset locks the row, and Requested locks the key, whether it
// exists or not, until the commit.
type Reader interface {
	// Asset returns the asset in the current perspective.
	Asset(ctx context.Context, workspace string, id ID) (*Asset, error)
	// Assets returns one page in the perspective of the filter, in the order of the
	// window. If nothing matches it returns an empty slice.
	Assets(ctx context.Context, workspace string, f Filter, w Window) ([]*Asset, error)
	// Version returns one version by its number.
	Version(ctx context.Context, workspace string, id ID, n Number) (Version, error)
	// Versions returns all versions of an asset by ascending number as summaries:
	// without Words, Parameters, DerivedFrom and Inputs, which it does not read. An
	// unknown asset has none.
	Versions(ctx context.Context, workspace string, id ID) ([]Version, error)
	// Reviews returns the newest limit reviews (0: all) of version n (0: of every
	// version), oldest first. With a limit it reads no further reviews, however many
	// there are of that version or of others: it is called for every decision, while
	// the asset is locked.
	Reviews(ctx context.Context, workspace string, id ID, n Number, limit int) ([]Review, error)
	// Requested returns the idempotency record of a subject's key for an operation,
	// also if the asset has been deleted since.
	Requested(ctx context.Context, workspace, subject, operation, key string) (Request, error)
}

// History reads the versions and reviews of an asset page by page, and versions of
// several assets. Its errors are those of Reader; an unknown asset has neither versions
// nor reviews.
type History interface {
	// VersionsAt returns those of the given versions that exist as summaries, in any
	// order. It is called with the versions of a page of assets.
	VersionsAt(ctx context.Context, workspace string, versions []Ref) ([]Version, error)
	// VersionsBefore returns one page of versions, newest first, without Words.
	VersionsBefore(ctx context.Context, workspace string, id ID, w VersionWindow) ([]Version, error)
	// ReviewsBefore returns one page of reviews, newest first.
	ReviewsBefore(ctx context.Context, workspace string, id ID, w ReviewWindow) ([]Review, error)
}

// Catalog counts within one workspace. Its errors are those of Reader.
type Catalog interface {
	// Count returns the number of assets that match, in the perspective of the filter.
	Count(ctx context.Context, workspace string, f Filter) (int64, error)
	// Counts returns how many assets match by status, and how many of them have an
	// approved version, in the current perspective; Approved and Statuses of the
	// filter are empty. If frequent is positive, it also returns so many of the most
	// frequent campaigns, types and agents, in the order of [ValueCount]; otherwise
	// these are nil.
	Counts(ctx context.Context, workspace string, f Filter, frequent int) (Counts, error)
	// TagCounts returns one page of the tags of assets that are not archived, in the
	// current perspective. If there are none it returns an empty slice.
	TagCounts(ctx context.Context, workspace string, w TagWindow) ([]TagCount, error)
}

// Uploads reads upload tickets. Its errors are those of Reader.
type Uploads interface {
	// Upload returns a ticket in any state. Inside Update it locks the row until the
	// commit.
	Upload(ctx context.Context, workspace string, id ID) (Upload, error)
}

// Snapshot reads one state of all rows.
type Snapshot interface {
	Reader
	History
	Catalog
	Uploads
}

// Tx is a unit of work: row primitives, not use cases. It exists only inside
// [Store].Update and is not safe for concurrent use.
type Tx interface {
	Reader
	Uploads
	// PutAsset inserts or replaces the rows of both perspectives; a nil approved
	// removes that row. A search finds each by its SearchWords with the Words of the
	// version that it shows, which must have been put before.
	PutAsset(ctx context.Context, current, approved *Asset) error
	// PutVersion inserts a version. Of a version that exists it replaces the approval
	// and nothing else. It may be called before the first PutAsset. It returns
	// ErrUnavailable for a Key that a sweep has condemned.
	PutVersion(ctx context.Context, workspace string, v Version) error
	// AddReview appends a review.
	AddReview(ctx context.Context, workspace string, r Review) error
	// AddEvent appends a journal row. Its Position is the store's, and its ID the
	// caller's.
	AddEvent(ctx context.Context, e Event) error
	// DeleteAsset removes an asset with its versions, reviews and tags. Journal rows
	// and idempotency records stay.
	DeleteAsset(ctx context.Context, workspace string, id ID) error
	// PutRequest writes an idempotency record. It replaces an expired one.
	PutRequest(ctx context.Context, workspace string, r Request) error
	// PutUpload inserts a ticket or replaces the one of its workspace and ID. It
	// returns ErrUnavailable for a Key that a sweep has condemned.
	PutUpload(ctx context.Context, u Upload) error
}

// Store keeps rows. Only Update writes. Implementations are safe for concurrent use
// and pass assetstest.TestStore.
type Store interface {
	Reader
	History
	Catalog
	Uploads
	// View runs fn over one read-only snapshot.
	View(ctx context.Context, fn func(Snapshot) error) error
	// Update runs fn in one transaction and commits it. If fn returns an error or
	// panics, everything is rolled back and the error or panic is passed on
	// unchanged. If the commit was tried and its outcome is unknown, the error wraps
	// [ErrOutcomeUnknown]. fn may run again after a serialization failure, so it must
	// do nothing but use the Tx.
	Update(ctx context.Context, fn func(Tx) error) error
	// MaxSearches returns how many searches and other long reads of many rows may run
	// at the same time, so that calls beside them find a free connection and a free
	// processor. 0 means that a search must not wait for others, as within a
	// transaction of the host.
	MaxSearches() int
}

// StoreAs returns s if it has the methods of T, such as [Journal], and otherwise the
// store that it wraps, if that has them. A wrapper, for example one that counts calls,
// shows what it wraps by a method Unwrap() Store; the methods of T then bypass it. ok is
// false if no store has the methods.
func StoreAs[T any](s Store) (found T, ok bool) {
	for {
		if found, ok = s.(T); ok {
			return found, true
		}
		wrapper, wraps := s.(interface{ Unwrap() Store })
		if !wraps {
			return found, false
		}
		s = wrapper.Unwrap()
	}
}

// Blobs keeps bytes under keys that the Library chooses. Each key is written once.
// The Library measures digests and types itself and does not rely on Blobs for them.
// Every method honours ctx. Implementations pass assetstest.TestBlobs.
type Blobs interface {
	// Put stores everything that r returns, and returns when it is durable. It fails
	// if the key exists. If r fails, Put returns its error, wrapped. After a failure
	// nothing of r is left under the key.
	Put(ctx context.Context, key, mediaType string, r io.Reader) error
	// Size returns the number of bytes stored under key, or ErrNotFound.
	Size(ctx context.Context, key string) (int64, error)
	// Open reads length bytes (-1: all that follow) from offset. It returns
	// ErrNotFound if the key does not exist. A range beyond the end is cut to what
	// exists; a negative offset is an error.
	Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	// Delete removes key. Removing a key that does not exist is no error.
	Delete(ctx context.Context, key string) error
}

// ApprovalCounter is what an [Approver] that needs more than one approval may have too.
type ApprovalCounter interface {
	// CountApprovals returns the recorded approvals of version n that count now, one
	// for each subject, oldest first, and how many a version needs. Of an approval
	// that was carried over it returns those of the version that it came from.
	CountApprovals(ctx context.Context, r Reader, a *Asset, n Number) (counted []Review, needed int, err error)
}

// Versioner numbers new versions.
type Versioner interface {
	// Next completes a proposed version of a: its Number and, if RolledBackFrom is
	// set, its Content, Provenance, Key, CRC32 and Words. It returns ErrUnchanged if
	// there is nothing to add, and ErrNotFound for a rollback to a version that does
	// not exist. a.CurrentVersion is 0 for an asset that is being created.
	Next(ctx context.Context, r Reader, a *Asset, proposed Version) (Version, error)
}

// Approver is the review policy. It never writes.
type Approver interface {
	// Admit makes the checks that need no look-up: that the review names a version if
	// the policy demands one (a FieldError at "version"), then, for an approval, the
	// actor's kind (ErrKindCannotApprove).
	Admit(by Actor, proposed Review) error
	// Decide returns the review as it is to be recorded, with Version, SHA256,
	// FromStatus and ToStatus, the asset's status afterwards. If proposed.Version is
	// 0, the policy chooses the version. For an approval with CarriedFrom, Decide
	// decides whether the approval of that version may be carried to
	// proposed.Version. It returns ErrUnchanged, with the review, if the decision is
	// already in effect.
	//
	// The Library records an approval whose ToStatus is approved as given, and any
	// other as one that is short of the quorum.
	Decide(ctx context.Context, r Reader, by Actor, a *Asset, proposed Review) (Review, error)
}
