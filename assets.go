// Package assets is a store for what generative agents produce: ad copy, images,
// slide decks, videos, blog drafts and rendered bundles. Every asset has provenance,
// immutable numbered versions and an approval state.
//
// The one rule to know: publishers read the approved perspective (status "approved",
// version "approved", [Library.Approved]). They then get exactly the bytes that a
// person approved, or nothing, even if a newer draft exists.
//
// A [Library], made by [New] from a [Config], holds all behaviour. It is made of four
// seams: [Store] keeps rows, [Blobs] keeps bytes, [Versioner] numbers versions and
// [Approver] is the review policy. Packages store/sqlite, store/postgres,
// store/memory, blob, blob/bucket, versioning and approval implement them. Package
// httpx mounts the REST routes in any host server, mcpx serves the tools for agents,
// and export serves approved assets as one archive.
package assets

import "encoding/json"

// Type is the kind of artifact that an asset is. It never changes.
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

// Status is the status of an asset's current version, one of four.
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

// ActionComment is the action of a review that is a comment. It is no decision: a
// [Decision] cannot have it. See [Library.Comment].
const ActionComment Action = "comment"

// Approval is the approval of one version: none (null in JSON), given, or withdrawn.
type Approval string

// The approvals of a version.
const (
	ApprovalNone      Approval = ""
	ApprovalGiven     Approval = "given"
	ApprovalWithdrawn Approval = "withdrawn"
)

// Kind is the kind of an actor. Only users approve, unless the policy allows other
// kinds.
type Kind string

// The kinds of actor.
const (
	KindUser    Kind = "user"
	KindAgent   Kind = "agent"
	KindService Kind = "service"
)

// Scope is one right of an actor within its workspace.
type Scope string

// The scopes. ScopeAll includes the three others. It does not allow an actor of
// another kind to approve.
const (
	ScopeRead    Scope = "assets:read"
	ScopeWrite   Scope = "assets:write"
	ScopeApprove Scope = "assets:approve"
	ScopeAll     Scope = "*"
)

// Via is the interface through which a call came, as a review records it.
type Via string

// The interfaces.
const (
	ViaREST   Via = "rest"
	ViaMCP    Via = "mcp"
	ViaGo     Via = "go"
	ViaReview Via = "review"
	ViaLink   Via = "link" // a review link, by a person without an account
)

// Actor is the caller. Workspace is the tenant. It comes from the credential, never
// from a path, query or body. The Library returns [ErrUnauthorized] for an Actor
// without a workspace or a subject or of an unknown kind, and for one that claims to be a
// guest: see [GuestPrefix].
type Actor struct {
	Workspace string   // the tenant, 1–255 bytes
	Subject   string   // the person or agent acted for, never the key, 1–255 bytes
	Kind      Kind     // user, agent or service
	Scopes    []Scope  // the rights within the workspace
	Via       Via      // the interface; empty means ViaGo
	KeyPrefix Optional // public prefix of the API key used, if one was
}

// Content describes the bytes of a version (an OCI-style descriptor).
type Content struct {
	MediaType string `json:"media_type"` // bare, lower case, RFC 6838
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`   // 64 lower-case hex digits
	Filename  string `json:"filename"` // 1–255 bytes, no path
}

// Provenance describes what produced a version. All fields are optional.
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
	SourceType  string          `json:"source_type,omitempty"`  // a code of the IPTC's digital source types, see [SourceTypes]; input may also be its URI
}

// Ref names one version of an asset.
type Ref struct {
	AssetID ID     `json:"asset_id"`
	Version Number `json:"version"`
}

// Input is something that a version was generated from or for.
type Input struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	SHA256 string `json:"sha256,omitempty"`
}

// Tags are sets of values by key: at most 100 pairs, values sorted.
type Tags map[string][]string

// Asset is the thing under review, shown with one of its versions, to which Version,
// Content and Provenance belong. In the current perspective that is the newest
// version, and Status describes it. In the approved perspective it is the version in
// force, and Status is approved. Where any other version is shown, Status, Submitted
// and LastReview are about that version.
type Asset struct {
	ID              ID         `json:"id"`
	Workspace       string     `json:"workspace_id"`
	Type            Type       `json:"type"`
	Title           string     `json:"title"` // 1–300 characters, trimmed
	Status          Status     `json:"status"`
	Version         Number     `json:"version"` // the version shown
	CurrentVersion  Number     `json:"current_version"`
	ApprovedVersion Number     `json:"approved_version"` // in force for publishers; 0: none
	ApprovedAt      Time       `json:"approved_at"`
	Content         Content    `json:"content"`
	Provenance      Provenance `json:"provenance"`
	CampaignID      Optional   `json:"campaign_id"`
	Tags            Tags       `json:"tags"`
	Submitted       Submission `json:"submitted"`      // while Status is pending_review; zero in the approved perspective
	LastReview      LastReview `json:"last_review"`    // on any version; in the approved perspective on the version shown
	Text            *ShortText `json:"text,omitempty"` // of a copy or blog, in a list with IncludeText
	PreviewURL      string     `json:"preview_url"`    // pinned to the version shown; filled by the Library
	CreatedBy       string     `json:"created_by"`
	CreatedAt       Time       `json:"created_at"` // the ID's millisecond
	UpdatedAt       Time       `json:"updated_at"`
	Revision        int64      `json:"revision"` // from 1, one more with every committed change

	Versions []Version `json:"versions,omitzero"` // summaries of all, by number; only from Get
	Reviews  []Review  `json:"reviews,omitzero"`  // the newest 100, oldest first; only from Get

	EverApproved bool `json:"-"` // an approval of some version was ever given
	ErasedAt     Time `json:"-"` // when the content of the version shown was erased; 0: it was not
}

// Submission is the version that was submitted for review, by a decision submit or by
// an approval of a draft that is short of the quorum. The zero Submission is none, and
// null in JSON.
type Submission struct {
	Version Number `json:"version"`
	At      Time   `json:"at"`
	By      string `json:"by"` // the subject
}

// MarshalJSON returns the submission, or null for none.
func (s Submission) MarshalJSON() ([]byte, error) {
	type members Submission
	return orNull(s != Submission{}, members(s))
}

// LastReview is the newest decision on an asset, or on one of its versions; see
// [Review]. The zero LastReview is none, and null in JSON.
type LastReview struct {
	Action  Action `json:"action"`
	Version Number `json:"version"`
	By      string `json:"by"`
	ByKind  Kind   `json:"by_kind"`
	At      Time   `json:"at"`
	Comment string `json:"comment"`
}

// MarshalJSON returns the review, or null for none.
func (r LastReview) MarshalJSON() ([]byte, error) {
	type members LastReview
	return orNull(r != LastReview{}, members(r))
}

// last returns the review as Asset shows it.
func (r *Review) last() LastReview {
	return LastReview{Action: r.Action, Version: r.Version, By: r.By, ByKind: r.ByKind, At: r.At, Comment: r.Comment}
}

// ShortText is a content of at most MaxShortText bytes as text. A longer one is nil in
// it, and null in JSON.
type ShortText struct{ Text *string }

// MarshalJSON returns the text, or null for a longer one.
func (t ShortText) MarshalJSON() ([]byte, error) { return json.Marshal(t.Text) }

// UnmarshalJSON parses a text, or null.
func (t *ShortText) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &t.Text) }

// Version is one immutable content with its provenance. Only Approval can change
// after it was written, and its content can be erased, with its Words and the Parameters
// and Inputs of its provenance: see [Library.Erase].
type Version struct {
	AssetID        ID         `json:"asset_id"`
	Number         Number     `json:"version"` // 1, 2, 3 … without gaps
	Content        Content    `json:"content"`
	Provenance     Provenance `json:"provenance"`
	RolledBackFrom Number     `json:"rolled_back_from"`
	Approval       Approval   `json:"approval"`
	ErasedAt       Time       `json:"erased_at"` // when the content was erased; 0: it was not
	CreatedBy      string     `json:"created_by"`
	CreatedAt      Time       `json:"created_at"`

	Key   string `json:"-"` // where Blobs, or the store's Contents, has the bytes; shared by rollbacks
	CRC32 uint32 `json:"-"` // IEEE, of the bytes
	Words string `json:"-"` // folded words of the first 64 KiB of copy or blog text, separated by spaces
}

// Review is one recorded decision on one version, or a comment on it, which decides
// nothing.
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
	InvitedBy   Optional `json:"invited_by"` // of a guest: the subject who made the review link
	At          Time     `json:"at"`

	Revision int64 `json:"-"` // the asset's revision that recorded it: the order of an asset's reviews
}

// Request is an idempotency record: the result of the first call with a key.
type Request struct {
	Subject     string
	Operation   string // method and path, without the mount point
	Key         string
	Fingerprint string // a digest of operation, canonical metadata and content digest
	AssetID     ID
	Version     Number
	Unchanged   bool // the first call added nothing
	At          Time
}

// Upload is a ticket for content that is uploaded separately from the call that uses
// it; exactly one version may claim it. A new Upload has neither Key nor Content.
type Upload struct {
	ID        ID
	Workspace string
	Declared  Content // as declared in advance; an empty field, or a size of -1, is not declared
	CreatedBy string
	CreatedAt Time
	ExpiresAt Time // from then on it can be neither filled nor used

	Key     string  // where Blobs has the bytes; empty: not filled
	Content Content // as measured; without a file name
	CRC32   uint32  // IEEE, of the bytes
	Text    bool    // the whole content is UTF-8 without NUL
	JSON    bool    // the whole content is one JSON text
	UsedAt  Time    // when a version claimed it; 0: not yet
}
