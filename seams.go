package assets

import (
	"context"
	"io"
)

// Filter selects assets in one perspective. Empty fields do not restrict;
// several values of one field mean any of them, but every Tag must match.
type Filter struct {
	Approved   bool // judge and show the approved version, else the current one
	Types      []Type
	Statuses   []Status // of the current perspective only
	IDs        []ID
	AgentSlug  string
	RunID      string
	CampaignID string
	BrandID    string
	BriefID    string
	Tags       []Tag
	Words      []string `json:",omitzero"` // of Asset.SearchWords: all of them, the last as a beginning; empty, not nil: nothing matches
	Since      ID       // inclusive
	Until      ID       // exclusive
}

// Tag is one tag condition; an empty Value means any.
type Tag struct{ Key, Value string }

// Window is one page of the id order: at most Limit rows strictly behind After.
type Window struct {
	After     ID // empty starts at the end that the order begins with
	Ascending bool
	Limit     int
}

// TagWindow is one page of the tags of a workspace in byte order of key, then
// value: at most Limit of them strictly behind After.
type TagWindow struct {
	Key   string // this key only; empty: all
	After Tag    // the zero Tag starts at the first
	Limit int
}

// TagCount is how many assets have a tag.
type TagCount struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Count int64  `json:"count"` // from 1
}

// Reader reads one workspace. Every method answers [ErrNotFound] for what does
// not exist or belongs to another workspace, and an error wrapping
// [ErrUnavailable] when the back end cannot be asked. What it answers is the
// caller's own copy. Inside Update it sees its own writes; Asset locks the row,
// and Requested the key, existing or not, until the commit.
type Reader interface {
	// Asset answers the asset in the current perspective.
	Asset(ctx context.Context, workspace string, id ID) (*Asset, error)
	// Assets answers one page in the perspective of the filter, in id order;
	// none is an empty slice, not an error.
	Assets(ctx context.Context, workspace string, f Filter, w Window) ([]*Asset, error)
	// Version answers one version by its number.
	Version(ctx context.Context, workspace string, id ID, n Number) (Version, error)
	// Versions answers all versions of an asset by ascending number, without
	// Words; an unknown asset has none.
	Versions(ctx context.Context, workspace string, id ID) ([]Version, error)
	// Reviews answers the newest limit reviews (0: all) of version n (0: of
	// every version), oldest first.
	Reviews(ctx context.Context, workspace string, id ID, n Number, limit int) ([]Review, error)
	// Requested answers the idempotency record of a subject's key for an
	// operation, also when the asset has been deleted since.
	Requested(ctx context.Context, workspace, subject, operation, key string) (Request, error)
}

// Catalog counts within one workspace. Its errors are those of Reader.
type Catalog interface {
	// Count answers how many assets match, in the perspective of the filter.
	Count(ctx context.Context, workspace string, f Filter) (int64, error)
	// TagCounts answers one page of the tags of what is not archived, judged
	// in the current perspective; none is an empty slice, not an error.
	TagCounts(ctx context.Context, workspace string, w TagWindow) ([]TagCount, error)
}

// Uploads reads upload tickets. Its errors are those of Reader.
type Uploads interface {
	// Upload answers a ticket, whatever its state. Inside Update it locks the
	// row until the commit.
	Upload(ctx context.Context, workspace string, id ID) (Upload, error)
}

// Snapshot reads one state of the rows.
type Snapshot interface {
	Reader
	Catalog
	Uploads
}

// Tx is a unit of work: row primitives, not use cases. It exists only inside
// [Store].Update and is not safe for concurrent use.
type Tx interface {
	Reader
	Uploads
	// PutAsset writes the rows of both perspectives, inserting or replacing;
	// a nil approved removes that row. Each is found by its SearchWords, with
	// the Words of the version it shows, which was put before.
	PutAsset(ctx context.Context, current, approved *Asset) error
	// PutVersion inserts a version, or replaces the approval, and nothing
	// else, of one that exists. It may come before the first PutAsset. A Key
	// that a sweep has condemned is refused with ErrUnavailable.
	PutVersion(ctx context.Context, workspace string, v Version) error
	// AddReview appends a review.
	AddReview(ctx context.Context, workspace string, r Review) error
	// AddEvent appends a journal row and gives it its Seq.
	AddEvent(ctx context.Context, e Event) error
	// DeleteAsset removes an asset with its versions, reviews and tags;
	// journal and idempotency records stay.
	DeleteAsset(ctx context.Context, workspace string, id ID) error
	// PutRequest writes an idempotency record, replacing an expired one.
	PutRequest(ctx context.Context, workspace string, r Request) error
	// PutUpload inserts a ticket or replaces the one of its workspace and ID.
	// A Key that a sweep has condemned is refused with ErrUnavailable.
	PutUpload(ctx context.Context, u Upload) error
}

// Store keeps rows. There is no way to write outside Update. Implementations
// are safe for concurrent use and pass assetstest.TestStore.
type Store interface {
	Reader
	Catalog
	Uploads
	// View runs fn over one read-only snapshot.
	View(ctx context.Context, fn func(Snapshot) error) error
	// Update runs fn in one transaction and commits it. An error or panic of
	// fn rolls everything back and is passed on unchanged. When the commit
	// was tried and its outcome is not known, the error wraps
	// [ErrOutcomeUnknown]. fn may run again after a serialization failure: it
	// does nothing but use the Tx.
	Update(ctx context.Context, fn func(Tx) error) error
}

// Journal reads what Updates appended, over all workspaces: it is for the
// host, not for an actor. Stores implement it beside Store.
type Journal interface {
	// Events answers at most limit rows with Seq above after, ascending. A
	// lower number may become visible after a higher one by at most a
	// transaction: whoever follows moves its mark only over rows older than
	// 60 s and drops what it has seen.
	Events(ctx context.Context, after int64, limit int) ([]Event, error)
	// PruneEvents removes rows older than before, except the newest of all,
	// and answers how many.
	PruneEvents(ctx context.Context, before Time) (int, error)
}

// Blobs keeps bytes under keys that the Library chose, each written once. It
// is never believed about digests or types: the Library measures. Every
// method honours ctx. Implementations pass assetstest.TestBlobs.
type Blobs interface {
	// Put stores everything r yields and returns when it is durable. It
	// fails when the key exists, and with the error of r, wrapped, when r
	// fails; nothing is left under the key then.
	Put(ctx context.Context, key, mediaType string, r io.Reader) error
	// Size answers how many bytes are stored under key, or ErrNotFound.
	Size(ctx context.Context, key string) (int64, error)
	// Open reads length bytes (-1: all that follow) from offset, or answers
	// ErrNotFound. A range beyond the end yields what there is; a negative
	// offset is refused.
	Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	// Delete removes key; one that is not there is no error.
	Delete(ctx context.Context, key string) error
}

// Versioner decides what a new version becomes.
type Versioner interface {
	// Next completes a proposed version of a: its Number and, when it names
	// RolledBackFrom, its Content, Provenance, Key, CRC32 and Words. It answers
	// ErrUnchanged when there is nothing to add, ErrNotFound for a rollback
	// to a version that does not exist. a.CurrentVersion is 0 for an asset
	// being created.
	Next(ctx context.Context, r Reader, a *Asset, proposed Version) (Version, error)
}

// Approver is the review policy. It never writes.
type Approver interface {
	// Admit judges what can be known before any look-up: a version that the
	// policy demands (a FieldError at "version"), then the actor's kind for
	// an approval.
	Admit(by Actor, proposed Review) error
	// Decide answers the review as it is to be recorded: Version, SHA256,
	// FromStatus and ToStatus filled in, ToStatus being the asset's status
	// afterwards. proposed.Version 0 leaves the choice to the policy; an
	// approval with CarriedFrom asks whether that version's approval may be
	// carried to proposed.Version. It answers ErrUnchanged (with that review) when the
	// decision is already in effect.
	//
	// The Library records an approval whose ToStatus is approved as given,
	// any other as one that is short of the quorum.
	Decide(ctx context.Context, r Reader, by Actor, a *Asset, proposed Review) (Review, error)
}
