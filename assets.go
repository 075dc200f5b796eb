// Package assets is the artifact store for what generative agents produce: ad
// copy, images, slide decks, videos, blog drafts and rendered bundles. Every
// asset has provenance, immutable numbered versions and an approval state.
//
// The one rule to know: publishers read with the approved perspective (status
// "approved", version "approved", [Library.Approved]) and are then handed
// exactly the bytes that a person approved, or nothing, whatever newer work
// goes on.
//
// A [Library], made by [New] from a [Config], holds all behaviour. It is
// assembled from four seams: [Store] keeps rows, [Blobs] keeps bytes,
// [Versioner] numbers versions and [Approver] is the review policy. Packages
// store/sqlite, store/memory, blob, versioning and approval implement them;
// package httpx mounts the REST routes in any host server.
package assets

import (
	"context"
	"encoding/json"
	"io"
)

// Type is what kind of artifact an asset is; it never changes.
type Type string

// The asset types.
const (
	TypeCopy   Type = "copy"
	TypeImage  Type = "image"
	TypeSlide  Type = "slide"
	TypeVideo  Type = "video"
	TypeBlog   Type = "blog"
	TypeBundle Type = "bundle"
)

// Status describes an asset's current version. There is no fifth.
type Status string

// The statuses.
const (
	StatusDraft         Status = "draft"
	StatusPendingReview Status = "pending_review"
	StatusApproved      Status = "approved"
	StatusArchived      Status = "archived"
)

// Action is a recorded decision on one version.
type Action string

// The actions.
const (
	ActionSubmit         Action = "submit"
	ActionApprove        Action = "approve"
	ActionRequestChanges Action = "request_changes"
	ActionArchive        Action = "archive"
	ActionReopen         Action = "reopen"
)

// Approval is what a version carries: nothing yet (JSON null), given, or
// withdrawn.
type Approval string

// The approvals of a version.
const (
	ApprovalNone      Approval = ""
	ApprovalGiven     Approval = "given"
	ApprovalWithdrawn Approval = "withdrawn"
)

// Kind says what an actor is. Only people approve, unless the policy widens it.
type Kind string

// The kinds of actor.
const (
	KindUser    Kind = "user"
	KindAgent   Kind = "agent"
	KindService Kind = "service"
)

// Scope is one right of an actor within its workspace.
type Scope string

// The scopes. ScopeAll stands for the three others; it never lifts the rule
// about who may approve.
const (
	ScopeRead    Scope = "assets:read"
	ScopeWrite   Scope = "assets:write"
	ScopeApprove Scope = "assets:approve"
	ScopeAll     Scope = "*"
)

// Via is the door a call came through, as a review records it.
type Via string

// The doors.
const (
	ViaREST   Via = "rest"
	ViaMCP    Via = "mcp"
	ViaGo     Via = "go"
	ViaReview Via = "review"
)

// Actor is who calls. Workspace is the tenant and comes from the credential,
// never from a path, query or body. An Actor without a workspace or a subject,
// or of an unknown kind, is refused with [ErrUnauthorized].
type Actor struct {
	Workspace string   // the tenant, 1–255 bytes
	Subject   string   // the person or agent acted for, never the key, 1–255 bytes
	Kind      Kind     // user, agent or service
	Scopes    []Scope  // what it may do
	Via       Via      // the door; empty means ViaGo
	KeyPrefix Optional // public prefix of the API key used, if one was
}

// Content describes the bytes of a version (an OCI-style descriptor).
type Content struct {
	MediaType string `json:"media_type"` // bare, lower case, RFC 6838
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`   // 64 lower-case hex digits
	Filename  string `json:"filename"` // 1–255 bytes, no path
}

// Provenance says what produced a version. All fields are optional.
type Provenance struct {
	AgentSlug   string          `json:"agent_slug,omitempty"` // kebab-case
	RunID       string          `json:"run_id,omitempty"`
	TraceID     string          `json:"trace_id,omitempty"`
	BrandID     string          `json:"brand_id,omitempty"`
	BriefID     string          `json:"brief_id,omitempty"`
	Model       string          `json:"model,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`   // an object of at most 16 KiB and 32 levels, kept as canonical text
	DerivedFrom []Ref           `json:"derived_from,omitempty"` // at most 100
	Inputs      []Input         `json:"inputs,omitempty"`       // at most 100
	SourceType  string          `json:"source_type,omitempty"`  // IPTC digital source type
}

// Ref names one version of an asset.
type Ref struct {
	AssetID ID     `json:"asset_id"`
	Version Number `json:"version"`
}

// Input is something a version was generated against.
type Input struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	SHA256 string `json:"sha256,omitempty"`
}

// Tags are sets of values by key: at most 100 pairs, values sorted.
type Tags map[string][]string

// Asset is the thing under review, shown with one of its versions: Version,
// Content and Provenance belong together. In the current perspective that is
// the newest version and Status describes it; in the approved perspective it
// is the version in force and Status is approved.
type Asset struct {
	ID              ID         `json:"id"`
	Workspace       string     `json:"workspace_id"`
	Type            Type       `json:"type"`
	Title           string     `json:"title"` // 1–300 characters, trimmed
	Status          Status     `json:"status"`
	Version         Number     `json:"version"` // the version shown
	CurrentVersion  Number     `json:"current_version"`
	ApprovedVersion Number     `json:"approved_version"` // in force for publishers; 0 is none
	ApprovedAt      Time       `json:"approved_at"`
	Content         Content    `json:"content"`
	Provenance      Provenance `json:"provenance"`
	CampaignID      Optional   `json:"campaign_id"`
	Tags            Tags       `json:"tags"`
	PreviewURL      string     `json:"preview_url"` // pinned to the version shown; filled by the Library
	CreatedBy       string     `json:"created_by"`
	CreatedAt       Time       `json:"created_at"` // the ID's millisecond
	UpdatedAt       Time       `json:"updated_at"`
	Revision        int64      `json:"revision"` // from 1, one more with every committed change

	Versions []Version `json:"versions,omitempty"` // by number; only from Get
	Reviews  []Review  `json:"reviews,omitempty"`  // oldest first, the newest 1,000; only from Get

	Submitted    Number `json:"-"` // the version submitted, while pending_review
	EverApproved bool   `json:"-"` // an approval of some version was ever given
}

// Version is one immutable content with its provenance. Only Approval ever
// changes after it was written.
type Version struct {
	AssetID        ID         `json:"asset_id"`
	Number         Number     `json:"version"` // 1, 2, 3 … without gaps
	Content        Content    `json:"content"`
	Provenance     Provenance `json:"provenance"`
	RolledBackFrom Number     `json:"rolled_back_from"`
	Approval       Approval   `json:"approval"`
	CreatedBy      string     `json:"created_by"`
	CreatedAt      Time       `json:"created_at"`

	Key   string `json:"-"` // where Blobs has the bytes; shared by rollbacks
	CRC32 uint32 `json:"-"` // IEEE, of the bytes
	Words string `json:"-"` // folded words of the first 64 KiB of copy or blog text, separated by spaces
}

// Review is one recorded decision on one version.
type Review struct {
	ID          ID       `json:"id"`
	AssetID     ID       `json:"asset_id"`
	Version     Number   `json:"version"`
	SHA256      string   `json:"sha256"`
	Action      Action   `json:"action"`
	FromStatus  Status   `json:"from_status"`
	ToStatus    Status   `json:"to_status"`
	Comment     string   `json:"comment"`
	CarriedFrom Number   `json:"carried_from"` // the version whose approval a rollback carried over
	By          string   `json:"by"`
	ByKind      Kind     `json:"by_kind"`
	Via         Via      `json:"via"`
	KeyPrefix   Optional `json:"key_prefix"`
	At          Time     `json:"at"`

	Revision int64 `json:"-"` // the asset's revision that recorded it: the order of an asset's reviews
}

// EventKind says what a journal row records: created, version_added,
// rolled_back, edited, deleted, or the action of the review.
type EventKind string

// The kinds of journal row that are not an [Action].
const (
	EventCreated      EventKind = "created"
	EventVersionAdded EventKind = "version_added"
	EventRolledBack   EventKind = "rolled_back"
	EventEdited       EventKind = "edited"
	EventDeleted      EventKind = "deleted"
)

// Event is one journal row: append-only, written in its change's own
// transaction, one per commit of one asset's change.
type Event struct {
	Seq       int64           `json:"seq"` // given by the store, ascending
	At        Time            `json:"at"`
	Workspace string          `json:"workspace_id"`
	AssetID   ID              `json:"asset_id"`
	Version   Number          `json:"version"`
	Kind      EventKind       `json:"kind"`
	Status    Status          `json:"status"` // after the change
	ReviewID  Optional        `json:"review_id"`
	By        string          `json:"by"`
	Data      json.RawMessage `json:"data,omitempty"` // before and after of an edit; the reason of a rollback
}

// Request is an idempotency record: what the first try with a key answered.
type Request struct {
	Subject     string
	Operation   string // method and path, without the mount point
	Key         string
	Fingerprint string // of path, canonical metadata and content digest
	AssetID     ID
	Version     Number
	Unchanged   bool // the first try added nothing
	At          Time
}

// Upload is a ticket for one content that arrives by itself and is named later
// by the version that is to have it, once. It begins without Key and Content.
type Upload struct {
	ID        ID
	Workspace string
	Declared  Content // what was promised: an empty field, and a size of -1, promise nothing
	CreatedBy string
	CreatedAt Time
	ExpiresAt Time // nobody fills or uses it from here on

	Key     string  // where Blobs has the bytes; empty: not filled
	Content Content // as measured; without a file name
	CRC32   uint32  // IEEE, of the bytes
	Text    bool    // the whole content is UTF-8 without NUL
	JSON    bool    // the whole content is one JSON text
	UsedAt  Time    // when a version took it; 0: not yet
}

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
