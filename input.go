package assets

import (
	"io"
	"time"
)

// NewAsset is an asset to create with its first version.
type NewAsset struct {
	Type       Type     `json:"type"`
	Title      string   `json:"title"`
	CampaignID Optional `json:"campaign_id,omitempty"`
	Tags       Tags     `json:"tags,omitempty"`
	NewVersion
}

// NewVersion is a content with its provenance. The bytes are given by exactly one of
// Content, Text and UploadID.
type NewVersion struct {
	Content    io.Reader  `json:"-"`                    // a file; streamed once, never buffered whole
	Text       string     `json:"text,omitempty"`       // at most 1 MiB
	UploadID   ID         `json:"upload_id,omitempty"`  // of a filled upload that no version has claimed
	MediaType  string     `json:"media_type,omitempty"` // default: the asset type's for text; for files by bytes and name
	Filename   string     `json:"filename,omitempty"`
	SHA256     string     `json:"sha256,omitempty"` // as the producer declares it; it is checked
	Submit     bool       `json:"submit,omitempty"` // submit it for review in the same commit
	Provenance Provenance `json:"provenance,omitzero"`

	IfRevision     []int64 `json:"-"` // see [Decision]; ignored by Create
	IdempotencyKey string  `json:"-"` // 1–255 visible ASCII characters; for 7 days the same call returns the result of the first one
}

// NewUpload declares what is going to be uploaded. All fields are optional. The
// content must be what was declared.
type NewUpload struct {
	Filename  string `json:"filename,omitempty"`   // for a version that gives none
	MediaType string `json:"media_type,omitempty"` // for a version that gives none
	SizeBytes *int64 `json:"size_bytes,omitempty"` // exactly; at most Limits.LargestContent
	SHA256    string `json:"sha256,omitempty"`
}

// UploadTicket is the permission for one upload.
type UploadTicket struct {
	UploadID  ID     `json:"upload_id"`
	URL       string `json:"url"` // accepts one PUT of the bytes, without a credential
	ExpiresAt Time   `json:"expires_at"`
	MaxBytes  int64  `json:"max_bytes"`
}

// UploadContent is the content of an upload.
type UploadContent struct {
	Content   io.Reader // streamed once, never buffered whole
	MediaType string    // as the sender declares it; empty or application/octet-stream: not declared
	Size      int64     // in bytes, as the sender announces it; negative: unknown
}

// Uploaded is the content of an upload as it was measured.
type Uploaded struct {
	UploadID  ID     `json:"upload_id"`
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`
	MediaType string `json:"media_type"`
}

// Written is the result of Create and AddVersion: the asset, showing the version that
// was written.
type Written struct {
	*Asset
	Unchanged bool // equal to the current version: nothing was added
	Replayed  bool // the result of an earlier call with the same idempotency key
}

// Rollback is the input of [Library.Rollback].
type Rollback struct {
	Version    Number  `json:"version"`
	Reason     string  `json:"reason,omitempty"` // at most 4,000 characters
	IfRevision []int64 `json:"-"`                // see [Decision]
}

// Decision is a review to be recorded. Version and SHA256 name the version that the
// actor has seen. If it is not the current version, nothing changes and Review
// returns ErrVersionConflict.
type Decision struct {
	Action  Action `json:"action"`
	Version Number `json:"version,omitempty"` // 0: the policy decides which one is meant; better named
	SHA256  string `json:"sha256,omitempty"`  // only with Version
	Comment string `json:"comment,omitempty"` // at most 4,000 characters; request_changes requires one

	// IfRevision, if not nil, must contain the asset's revision. Otherwise the call
	// returns ErrPreconditionFailed (RFC 9110 If-Match).
	IfRevision []int64 `json:"-"`
}

// BulkDecision is one action on several assets: 1 to 500, none twice.
type BulkDecision struct {
	Items   []BulkItem `json:"items"`
	Action  Action     `json:"action"`
	Comment string     `json:"comment,omitempty"`
}

// BulkItem is one asset of a bulk review; see [Decision].
type BulkItem struct {
	AssetID ID     `json:"asset_id"`
	Version Number `json:"version,omitempty"`
	SHA256  string `json:"sha256,omitempty"`

	IfRevision []int64 `json:"-"` // see [Decision]; an item that it refuses has ErrPreconditionFailed
}

// BulkResult is the result of one item: the asset, or why it was refused.
type BulkResult struct {
	AssetID ID
	Asset   *Asset
	Err     error
}

// Edit is a merge patch (RFC 7396) of what is not versioned. Nil fields do not change.
type Edit struct {
	Title      *string
	CampaignID *Optional // empty removes the campaign
	Tags       Tags      // per key: values replace, an empty list removes the key
	ClearTags  bool      // removes all tags first

	IfRevision []int64 // see [Decision]
}

// Perspective is the version of each asset that a list compares and shows.
type Perspective string

// The perspectives of a list.
const (
	PerspectiveCurrent  Perspective = "current"  // the newest version
	PerspectiveApproved Perspective = "approved" // the version in force; assets without one are left out
)

// Sort is what a list is sorted by.
type Sort string

// The orders of a list. Ascending is the direction of each.
const (
	SortCreated   Sort = "created"   // by id, which is the order of creation
	SortSubmitted Sort = "submitted" // by Submitted.At, then id
)

// Query is a list request.
type Query struct {
	Perspective Perspective // default: approved if Statuses has approved alone, otherwise current
	Types       []Type
	Statuses    []Status // in the approved perspective only approved; without Perspective, approved only alone
	IDs         []ID
	AgentSlug   string
	RunID       string
	CampaignID  string
	BrandID     string
	BriefID     string
	CreatedBy   string // the subject that created the asset
	LastAction  Action // of LastReview
	MediaType   string // an alias counts as the type that it names
	Tags        []Tag
	Search      string // at most 200 characters; all its words must match, the last one as a prefix; see [Asset.SearchWords]

	CreatedAfter  Time // inclusive
	CreatedBefore Time // exclusive

	Limit     int    // default 50, at most 200
	Cursor    string // NextCursor of the page before
	Ascending bool   // oldest first
	Sort      Sort   // default SortCreated; SortSubmitted only with the status pending_review alone

	IncludeTotal     bool          // count all that match, on every page
	IncludeText      bool          // read the Text of each copy and blog
	PreviewExpiresIn time.Duration // if not 0, each PreviewURL is a signed public one that is valid so long
	PreviewWidth     int           // with PreviewExpiresIn, the width of the rendition that PreviewURL opens, one of [Widths]
}

// Page is one page of a list.
type Page struct {
	Items      []*Asset `json:"items"`
	NextCursor Optional `json:"next_cursor"` // empty at the end
	Total      *int64   `json:"total"`       // of all pages, at the time of this one; nil unless asked for
}

// Counts are the numbers of the assets that a query selects.
type Counts struct {
	Draft         int64 `json:"draft"`
	PendingReview int64 `json:"pending_review"`
	Approved      int64 `json:"approved"`
	Archived      int64 `json:"archived"`
	InForce       int64 `json:"in_force"` // that have an approved version, whatever their status

	Campaigns []ValueCount `json:"-"` // the 20 most frequent, without those of no campaign; see [Library.Counts]
	Types     []ValueCount `json:"-"`
	Agents    []ValueCount `json:"-"` // slugs of those that produced the current version
}

// ByStatus returns the number of a status, or nil for an unknown one.
func (c *Counts) ByStatus(s Status) *int64 {
	switch s {
	case StatusDraft:
		return &c.Draft
	case StatusPendingReview:
		return &c.PendingReview
	case StatusApproved:
		return &c.Approved
	case StatusArchived:
		return &c.Archived
	}
	return nil
}

// CountQuery is the input of [Library.Counts].
type CountQuery struct {
	// Query selects as in a list. Its Statuses must be empty. Page, order, links and
	// totals are ignored.
	Query Query
	// Frequent is whether to return the most frequent campaigns, types and agents too.
	Frequent bool
	// FrequentOf is the only status of the assets whose values Frequent counts; empty:
	// any.
	FrequentOf Status
}

// TagQuery is the input of [Library.Tags].
type TagQuery struct {
	Key    string // only this key; empty: all
	Limit  int    // default 50, at most 200
	Cursor string // NextCursor of the page before
}

// TagPage is one page of tags.
type TagPage struct {
	Items      []TagCount `json:"items"`
	NextCursor Optional   `json:"next_cursor"` // empty at the end
}

// PageQuery is the input of [Library.Versions] and [Library.Reviews].
type PageQuery struct {
	Limit  int    // default 50, at most 200
	Cursor string // NextCursor of the page before
}

// VersionPage is one page of the versions of an asset.
type VersionPage struct {
	Items      []Version `json:"items"`
	NextCursor Optional  `json:"next_cursor"` // empty at the end
}

// ReviewPage is one page of the reviews of an asset.
type ReviewPage struct {
	Items      []Review `json:"items"`
	NextCursor Optional `json:"next_cursor"` // empty at the end
}

// Permission is whether an action would be accepted now.
type Permission struct {
	Action   Action
	Err      error  // why it would be refused; nil: it would be accepted
	Status   Status // of the asset after it; empty if it would be refused
	InEffect bool   // it is in effect already, so nothing would be recorded
}

// ReviewState is what a person needs to decide about one version of an asset, all from
// one snapshot.
type ReviewState struct {
	Asset   *Asset  // as Get returns it, showing the version
	Version Version // the whole version

	// Permissions are as from Allowed, except that approve and request_changes name the
	// version, also if it is not the current one.
	Permissions []Permission

	InForce   []Review // the approvals of what publishers get, as in Publishability.Because; nil: nothing is in force
	Approvals []Review // of the version that count now, one for each subject; see [ApprovalCounter]
	Quorum    int      // how many a version needs; 0: the policy counts none

	Publishability *Publishability // of the version, as from Publishable

	// Decisions has the newest 100 reviews of the asset that are not comments, oldest first.
	Decisions []Review
	// Requested is the newest request for changes of a version before this one; nil if
	// there is none within the newest 1,000 decisions, or if a version was approved since:
	// what was asked for before an approval is not asked for any more.
	Requested *Review
}

// PreviewOptions are the input of [Library.PreviewURL].
type PreviewOptions struct {
	Version   Selector
	ExpiresIn time.Duration // default 15 minutes, at most Limits.PreviewExpiry
	Width     int           // of the rendition of an image, one of [Widths]; 0: the stored bytes
}

// PreviewLink is a signed public link, pinned to a version.
type PreviewLink struct {
	URL       string `json:"url"`
	ExpiresAt Time   `json:"expires_at"`
	Version   Number `json:"version"`
}
