package assets

import (
	"context"
	"io"
	"iter"
	"time"
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
	Before    ReviewPosition // zero: the page begins with the newest review
	Limit     int
	Bytes     int64 // as in Window
	Decisions bool  // without comments, which are not read then
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
	// Reviews returns the newest limit decisions (0: all) on version n (0: on every
	// version), oldest first. It leaves out comments, which decide nothing. With a limit
	// and a version it reads no further reviews, however many decisions and comments
	// there are: it is called for every decision, while the asset is locked.
	Reviews(ctx context.Context, workspace string, id ID, n Number, limit int) ([]Review, error)
	// Requested returns the idempotency record of a subject's key for an operation,
	// also if the asset has been deleted since.
	Requested(ctx context.Context, workspace, subject, operation, key string) (Request, error)
}

// History reads the versions and reviews of an asset page by page, comments too, and
// versions of several assets. Its errors are those of Reader; an unknown asset has neither versions
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
	// CountWindow returns how many assets are on a page, at most Limit, and reads no
	// further than Assets does. Bytes is 0.
	CountWindow(ctx context.Context, workspace string, f Filter, w Window) (int64, error)
	// Counts returns how many assets match by status, and how many of them have an
	// approved version, in the current perspective; Approved of the filter is false.
	// If frequent is positive, it also returns so many of the most
	// frequent campaigns, types and agents, in the order of [ValueCount]; otherwise
	// these are nil.
	Counts(ctx context.Context, workspace string, f Filter, frequent int) (Counts, error)
	// UsageByType returns what the assets of a workspace take, without types that it has
	// none of. A content that several versions of an asset share counts once, an erased one
	// not at all.
	UsageByType(ctx context.Context, workspace string) (map[Type]UsageCount, error)
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

// Links reads review links. Its errors are those of Reader.
type Links interface {
	// Link returns a link in any state, with the end of the API key that it was made
	// with. Inside Update it locks the row until the commit.
	Link(ctx context.Context, workspace string, id ID) (ReviewLink, error)
	// LinksBefore returns one page of the links of an asset, newest first. If there are
	// none it returns an empty slice.
	LinksBefore(ctx context.Context, workspace string, asset ID, w LinkWindow) ([]ReviewLink, error)
	// CountLinks returns the number of links that have not ended at a time, themselves or
	// with the API key that they were made with: see ReviewLink.Ended. Inside Update no
	// other transaction counts those of the workspace until the commit.
	CountLinks(ctx context.Context, workspace string, at Time) (int, error)
}

// Snapshot reads one state of all rows.
type Snapshot interface {
	Reader
	History
	Catalog
	Uploads
	Links
}

// Tx is a unit of work: row primitives, not use cases. It exists only inside
// [Store].Update and is not safe for concurrent use.
type Tx interface {
	Reader
	Uploads
	Links
	// PutAsset inserts or replaces the rows of both perspectives, which have the same
	// Title and Tags; a nil approved removes that row. A search finds each by its
	// SearchWords with the Words of the version that it shows, which must have been
	// put before. It may do so only some time after the commit: see [WordIndexer].
	PutAsset(ctx context.Context, current, approved *Asset) error
	// PutVersion inserts a version. Of a version that exists it replaces the approval
	// and nothing else. It may be called before the first PutAsset. It returns
	// ErrUnavailable for a Key that a sweep has condemned, unless the version is erased.
	PutVersion(ctx context.Context, workspace string, v Version) error
	// AddReview appends a review.
	AddReview(ctx context.Context, workspace string, r Review) error
	// AddEvent appends a journal row. Its Position is the store's, and its ID the
	// caller's.
	AddEvent(ctx context.Context, e Event) error
	// AddAttestations appends attestations of one asset, with a revision that the asset
	// has no others of.
	AddAttestations(ctx context.Context, all []Attestation) error
	// DeleteAsset removes an asset with its versions, reviews, tags, review links and
	// attestations. Journal rows and idempotency records stay.
	DeleteAsset(ctx context.Context, workspace string, id ID) error
	// EraseContent erases a content of an asset, the key of which its versions have. Of
	// these it sets ErasedAt, also where PutAsset has put one as shown, and removes the
	// Words and the Parameters and Inputs of their provenance. Searches find an asset that
	// shows one by its SearchWords without text. It removes a content that PutContent has
	// stored, and the documents of export entries with the versions, which become stale. A
	// sweep has then condemned the key, as if no version had it. What is removed is not
	// left in files of the database, as far as the database can do that. Approvals and
	// Status are the caller's. It does nothing if no version has the key, or the content
	// is erased already.
	EraseContent(ctx context.Context, workspace string, id ID, key string, at Time) error
	// PutRequest writes an idempotency record. It replaces an expired one.
	PutRequest(ctx context.Context, workspace string, r Request) error
	// PutLink inserts a review link or replaces the one of its workspace and ID.
	PutLink(ctx context.Context, link ReviewLink) error
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
	Links
	// View runs fn over one read-only snapshot.
	View(ctx context.Context, fn func(Snapshot) error) error
	// Update runs fn in one transaction and commits it. If fn returns an error or
	// panics, everything is rolled back and the error or panic is passed on
	// unchanged. If the commit was tried and its outcome is unknown, the error wraps
	// [ErrOutcomeUnknown]. fn may run again after a serialization failure, or after
	// another call with which it shared a transaction, so it must do nothing but use
	// the Tx.
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

// WordIndexer is what a [Store] has too if it makes some texts searchable after their
// commit, because that takes long: while it does, searches miss them. Its calls do so
// before they return. A search calls IndexWords first if a text has waited for half a
// second, as one does that a process has left when it failed or was killed. [Library.Run]
// calls it every second.
type WordIndexer interface {
	// IndexWords makes all texts searchable that wait for it. It may run in several
	// processes at the same time.
	IndexWords(ctx context.Context) error
	// WordsBehind returns how long the oldest of them has waited; 0 if there is none. Each
	// search calls it.
	WordsBehind(ctx context.Context) (time.Duration, error)
}

// Contents is what a [Store] has too if it can keep small contents beside its rows. Each Tx
// of its Update then has [ContentTx]. Without it all contents are in [Blobs]. A store that
// wraps such a store, and shows it by Unwrap, passes PutContent on.
type Contents interface {
	// ReadContents returns the contents that are stored under the keys, at most
	// [MaxListLimit], by key. What is not stored is left out. Like Blobs, and unlike
	// Reader, it is not told the workspace: a key is the right to read.
	ReadContents(ctx context.Context, keys []string) (map[string][]byte, error)
}

// ContentTx is what a [Tx] has too if its store has [Contents].
type ContentTx interface {
	// PutContent stores a content of at most [MaxSmallContents] bytes under a key that
	// the Library chooses, once. A version with the key is put in the same transaction.
	// The content is removed with the last version that has the key, by DeleteAsset.
	PutContent(ctx context.Context, key string, content []byte) error
}

// Purger is what a [Store] has too if workspaces can be purged from it: see
// [Library.PurgeWorkspace]. Implementations pass assetstest.TestPurger.
type Purger interface {
	// PurgeRows removes everything that the store has of a workspace, in short
	// transactions, until it finds nothing: first its API keys, review links, webhooks,
	// upload tickets and exports, then the rest, but for events that are EventPurged. It
	// calls gone with the keys of contents in Blobs that the rows had, after the commit
	// that removed these, and returns its error. The keys that a sweep has condemned stay
	// until the sweep forgets them. It returns the number of removed rows, also with an
	// error. It may be repeated at any time, also after it was killed.
	PurgeRows(ctx context.Context, workspace string, gone func(keys []string) error) (int64, error)
	// EndPurge appends an event if PurgeRows has removed rows of its workspace since the
	// last call, also in another process, and reports whether it did.
	EndPurge(ctx context.Context, e Event) (bool, error)
	// Scrub overwrites what EraseContent and PurgeRows have removed where files of the
	// database still have it, as far as the database can do that.
	Scrub(ctx context.Context) error
}

// KeyLister is what [Blobs] has too if its keys can be listed. The stores of content of
// this module do.
type KeyLister interface {
	// Keys yields every key below a folder, the first part of keys, in any order. An error
	// ends the listing.
	Keys(ctx context.Context, folder string) iter.Seq2[string, error]
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
	// CountCarried returns the same of the approvals that a rollback to v, whose
	// approval is given, would carry over.
	CountCarried(ctx context.Context, r Reader, a *Asset, v Version) (counted []Review, needed int, err error)
}

// PolicyDescriber is what an [Approver] may have too, so that explanations and
// attestations can name what it demands.
type PolicyDescriber interface {
	// Describe returns what the policy demands of an approval.
	Describe() PolicyRules
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
