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
// store/sqlite, store/postgres, store/memory, blob, versioning and approval
// implement them; package httpx mounts the REST routes in any host server,
// mcpx the tools for agents, and export serves what is approved as one archive.
package assets

import "encoding/json"

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

	Versions []Version `json:"versions,omitzero"` // by number; only from Get
	Reviews  []Review  `json:"reviews,omitzero"`  // oldest first, the newest 1,000; only from Get

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
