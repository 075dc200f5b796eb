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

// NewVersion is a content with its provenance. Exactly one of Content, Text and
// UploadID says what the bytes are.
type NewVersion struct {
	Content    io.Reader  `json:"-"`                    // a file, streamed once, never buffered whole
	Text       string     `json:"text,omitempty"`       // at most 1 MiB
	UploadID   ID         `json:"upload_id,omitempty"`  // of a filled upload, which no other version can have then
	MediaType  string     `json:"media_type,omitempty"` // default: the type's for text, the sniffed one for files
	Filename   string     `json:"filename,omitempty"`
	SHA256     string     `json:"sha256,omitempty"` // the producer's digest, checked
	Submit     bool       `json:"submit,omitempty"` // submit it for review in the same commit
	Provenance Provenance `json:"provenance,omitzero"`

	IfRevision     []int64 `json:"-"` // see [Decision]; ignored by Create
	IdempotencyKey string  `json:"-"` // 1–255 visible ASCII: the same call again answers the first try's result for 7 days
}

// NewUpload says what is going to be uploaded. All of it is optional, and binds
// the upload when it is given.
type NewUpload struct {
	Filename  string `json:"filename,omitempty"`   // for the version that gives none
	MediaType string `json:"media_type,omitempty"` // the same
	SizeBytes *int64 `json:"size_bytes,omitempty"` // exactly; at most Limits.LargestContent
	SHA256    string `json:"sha256,omitempty"`
}

// UploadTicket allows one upload.
type UploadTicket struct {
	UploadID  ID     `json:"upload_id"`
	URL       string `json:"url"` // takes one PUT of the bytes, without a credential
	ExpiresAt Time   `json:"expires_at"`
	MaxBytes  int64  `json:"max_bytes"`
}

// UploadContent is the content of an upload.
type UploadContent struct {
	Content   io.Reader // streamed once, never buffered whole
	MediaType string    // as the sender declares it, if it does
	Size      int64     // as the sender announces it; negative: unknown
}

// Uploaded is what became of an upload: the content as it was measured.
type Uploaded struct {
	UploadID  ID     `json:"upload_id"`
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`
	MediaType string `json:"media_type"`
}

// Written is what a write of content answers: the asset, showing the version
// that was written.
type Written struct {
	*Asset
	Unchanged bool // equal to the current version: nothing was added
	Replayed  bool // answered from the first try with the same idempotency key
}

// Rollback appends a version with an earlier version's content.
type Rollback struct {
	Version    Number  `json:"version"`
	Reason     string  `json:"reason,omitempty"` // at most 4,000 characters
	IfRevision []int64 `json:"-"`                // see [Decision]
}

// Decision is a review to be recorded. Version and SHA256 name what was
// looked at: when that is no longer current, nothing changes and the answer
// is ErrVersionConflict.
type Decision struct {
	Action  Action `json:"action"`
	Version Number `json:"version,omitempty"` // 0: see the policy; never needed, always wise
	SHA256  string `json:"sha256,omitempty"`  // only with Version
	Comment string `json:"comment,omitempty"` // at most 4,000 characters; request_changes requires one

	// IfRevision, when not nil, must hold the asset's revision, else the
	// answer is ErrPreconditionFailed (RFC 9110 If-Match).
	IfRevision []int64 `json:"-"`
}

// BulkDecision is one action on several assets: 1 to 500, none twice.
type BulkDecision struct {
	Items   []BulkItem `json:"items"`
	Action  Action     `json:"action"`
	Comment string     `json:"comment,omitempty"`
}

// BulkItem is one asset of a bulk review, with what was looked at.
type BulkItem struct {
	AssetID ID     `json:"asset_id"`
	Version Number `json:"version,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
}

// BulkResult is what became of one item: the asset, or why it was refused.
type BulkResult struct {
	AssetID ID
	Asset   *Asset
	Err     error
}

// Edit is a merge patch (RFC 7396) of what is not versioned. Nil fields stay.
type Edit struct {
	Title      *string
	CampaignID *Optional // empty clears
	Tags       Tags      // per key: values replace, an empty list removes the key
	ClearTags  bool      // removes all tags first

	IfRevision []int64 // see [Decision]
}

// Query is a list request.
type Query struct {
	Types      []Type
	Statuses   []Status // approved stands alone: it is the approved perspective
	IDs        []ID
	AgentSlug  string
	RunID      string
	CampaignID string
	BrandID    string
	BriefID    string
	Tags       []Tag
	Search     string // at most 200 characters: all its words, the last as a beginning; see [Asset.SearchWords]

	CreatedAfter  Time // inclusive
	CreatedBefore Time // exclusive

	Limit     int    // default 50, at most 200
	Cursor    string // NextCursor of the page before
	Ascending bool   // oldest first

	IncludeTotal     bool          // count everything that matches, on every page
	PreviewExpiresIn time.Duration // each PreviewURL is then a signed public one
}

// Page is one page of a list.
type Page struct {
	Items      []*Asset `json:"items"`
	NextCursor Optional `json:"next_cursor"` // absent at the end
	Total      *int64   `json:"total"`       // of all pages, as of this one; nil unless asked for
}

// TagQuery asks which tags there are.
type TagQuery struct {
	Key    string // this key only; empty: all
	Limit  int    // default 50, at most 200
	Cursor string // NextCursor of the page before
}

// TagPage is one page of tags.
type TagPage struct {
	Items      []TagCount `json:"items"`
	NextCursor Optional   `json:"next_cursor"` // absent at the end
}

// Permission says whether an action would be accepted now, and why not.
type Permission struct {
	Action Action
	Err    error // nil: it would be accepted
}

// PreviewOptions choose what a signed preview link shows.
type PreviewOptions struct {
	Version   Selector
	ExpiresIn time.Duration // default 15 minutes, at most Limits.PreviewExpiry
	Width     int           // one of [Widths]: of an image the rendition, and no more, is shown; 0: what is stored
}

// PreviewLink is a signed public link, pinned to a version.
type PreviewLink struct {
	URL       string `json:"url"`
	ExpiresAt Time   `json:"expires_at"`
	Version   Number `json:"version"`
}
