package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// The two perspectives of the list table.
const (
	current  = "current"
	approved = "approved"
)

// perspectiveRow is an asset as one perspective shows it. Nearly all columns are
// plain text and integers: converting them dominates the cost of a list.
type perspectiveRow struct {
	bun.BaseModel `bun:"table:asset_perspectives,alias:a"`

	Workspace       string            `bun:"workspace,pk"`
	Perspective     string            `bun:"perspective,pk"`
	ID              assets.ID         `bun:"id,pk"`
	Type            assets.Type       `bun:"type"`
	Title           string            `bun:"title"`
	Status          assets.Status     `bun:"status"`
	Version         assets.Number     `bun:"version"`
	CurrentVersion  assets.Number     `bun:"current_version"`
	ApprovedVersion assets.Number     `bun:"approved_version"`
	ApprovedAt      assets.Time       `bun:"approved_at"`
	Submitted       submissionColumns `bun:"embed:"`
	EverApproved    int               `bun:"ever_approved"`
	Content         contentColumns    `bun:"embed:"`
	Provenance      provenanceColumns `bun:"embed:"`
	CampaignID      assets.Optional   `bun:"campaign_id,nullzero"`
	Tags            string            `bun:"tags"` // JSON, or empty
	CreatedBy       string            `bun:"created_by"`
	CreatedAt       assets.Time       `bun:"created_at"`
	UpdatedAt       assets.Time       `bun:"updated_at"`
	Revision        int64             `bun:"revision"`
	LastReview      lastReviewColumns `bun:"embed:"`
	ErasedAt        assets.Time       `bun:"erased_at"`
}

// submissionColumns are NULL if nothing is submitted, except Version, which is 0.
type submissionColumns struct {
	Version assets.Number `bun:"submitted"`
	At      assets.Time   `bun:"submitted_at,nullzero"`
	By      string        `bun:"submitted_by,nullzero"`
}

// lastReviewColumns are NULL if there is no review.
type lastReviewColumns struct {
	Action  assets.Action `bun:"last_action,nullzero"`
	Version assets.Number `bun:"last_version,nullzero"`
	By      string        `bun:"last_by,nullzero"`
	ByKind  assets.Kind   `bun:"last_kind,nullzero"`
	At      assets.Time   `bun:"last_at,nullzero"`
	Comment string        `bun:"last_comment,nullzero"`
}

type contentColumns struct {
	MediaType string `bun:"media_type"`
	SizeBytes int64  `bun:"size_bytes"`
	SHA256    string `bun:"sha256"`
	Filename  string `bun:"filename"`
}

// provenanceColumns hold a provenance. Its lists are JSON, or empty.
type provenanceColumns struct {
	AgentSlug   string `bun:"agent_slug,nullzero"`
	RunID       string `bun:"run_id,nullzero"`
	TraceID     string `bun:"trace_id"`
	BrandID     string `bun:"brand_id,nullzero"`
	BriefID     string `bun:"brief_id,nullzero"`
	Model       string `bun:"model"`
	Parameters  string `bun:"parameters"`
	DerivedFrom string `bun:"derived_from"`
	Inputs      string `bun:"inputs"`
	SourceType  string `bun:"source_type"`
}

func newPerspectiveRow(perspective string, a *assets.Asset) (*perspectiveRow, error) {
	origin, err := newProvenanceColumns(a.Provenance)
	if err != nil {
		return nil, err
	}
	tags, err := encodeList(a.Tags, len(a.Tags))
	if err != nil {
		return nil, err
	}
	return &perspectiveRow{
		Workspace: a.Workspace, Perspective: perspective, ID: a.ID,
		Type: a.Type, Title: a.Title, Status: a.Status,
		Version: a.Version, CurrentVersion: a.CurrentVersion,
		ApprovedVersion: a.ApprovedVersion, ApprovedAt: a.ApprovedAt,
		Submitted: submissionColumns(a.Submitted), EverApproved: boolToInt(a.EverApproved),
		Content: contentColumns(a.Content), Provenance: origin,
		CampaignID: a.CampaignID, Tags: tags,
		CreatedBy: a.CreatedBy, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Revision: a.Revision,
		LastReview: lastReviewColumns(a.LastReview), ErasedAt: a.ErasedAt,
	}, nil
}

func (r *perspectiveRow) asset() (*assets.Asset, error) {
	origin, err := r.Provenance.provenance()
	if err != nil {
		return nil, err
	}
	a := &assets.Asset{
		ID: r.ID, Workspace: r.Workspace, Type: r.Type, Title: r.Title, Status: r.Status,
		Version: r.Version, CurrentVersion: r.CurrentVersion,
		ApprovedVersion: r.ApprovedVersion, ApprovedAt: r.ApprovedAt,
		Submitted: assets.Submission(r.Submitted), EverApproved: r.EverApproved != 0,
		Content: assets.Content(r.Content), Provenance: origin,
		CampaignID: r.CampaignID,
		CreatedBy:  r.CreatedBy, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Revision: r.Revision,
		LastReview: assets.LastReview(r.LastReview), ErasedAt: r.ErasedAt,
	}
	a.Tags, err = decodeTags(r.Tags)
	return a, err
}

// decodeTags is the inverse of encodeList for tags. A text that plainTags does not take is
// parsed as JSON.
func decodeTags(text string) (assets.Tags, error) {
	if text == "" {
		return nil, nil
	}
	if tags, ok := plainTags(text); ok {
		return tags, nil
	}
	var tags assets.Tags
	err := decodeList(text, &tags)
	return tags, err
}

// plainTags returns the tags in a text if each has a value and nothing is escaped, as in
// {"a":["b","c"],"d":["e"]}. In such a text the quotation marks are only around keys and
// values, so that splitting at them is enough.
func plainTags(text string) (tags assets.Tags, ok bool) {
	if strings.ContainsFunc(text, needsJSON) {
		return nil, false
	}
	tags = assets.Tags{}
	key, valued := "", false
	parts := strings.Split(text, `"`)
	last := len(parts) - 1
	for i := 1; i < last; i += 2 {
		switch quoted := parts[i]; {
		case i == 1 && parts[0] == "{", valued && parts[i-1] == "],":
			if _, twice := tags[quoted]; twice {
				return nil, false
			}
			key, valued = quoted, false
		case i > 1 && !valued && parts[i-1] == ":[", valued && parts[i-1] == ",":
			tags[key], valued = append(tags[key], quoted), true
		default:
			return nil, false
		}
	}
	return tags, valued && last%2 == 0 && parts[last] == "]}"
}

// needsJSON reports whether a character in a string of JSON does not stand for itself, or must
// not be there. utf8.RuneError may be invalid UTF-8.
func needsJSON(r rune) bool { return r < ' ' || r == '\\' || r == utf8.RuneError }

func newProvenanceColumns(p assets.Provenance) (provenanceColumns, error) {
	derived, err := encodeList(p.DerivedFrom, len(p.DerivedFrom))
	if err != nil {
		return provenanceColumns{}, err
	}
	inputs, err := encodeList(p.Inputs, len(p.Inputs))
	return provenanceColumns{
		AgentSlug: p.AgentSlug, RunID: p.RunID, TraceID: p.TraceID, BrandID: p.BrandID, BriefID: p.BriefID,
		Model: p.Model, Parameters: string(p.Parameters), DerivedFrom: derived, Inputs: inputs, SourceType: p.SourceType,
	}, err
}

func (c *provenanceColumns) provenance() (assets.Provenance, error) {
	p := assets.Provenance{
		AgentSlug: c.AgentSlug, RunID: c.RunID, TraceID: c.TraceID, BrandID: c.BrandID, BriefID: c.BriefID,
		Model: c.Model, Parameters: rawJSON(c.Parameters), SourceType: c.SourceType,
	}
	if err := decodeList(c.DerivedFrom, &p.DerivedFrom); err != nil {
		return p, err
	}
	return p, decodeList(c.Inputs, &p.Inputs)
}

// encodeList returns a list or map of n elements as JSON, and an empty one as "",
// which needs no decoding.
func encodeList(v any, n int) (string, error) {
	if n == 0 {
		return "", nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("store: encode: %w", err)
	}
	return string(text), nil
}

// decodeList is the inverse of encodeList.
func decodeList(text string, v any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("store: a stored list is not JSON: %w", err)
	}
	return nil
}

// rawJSON returns stored JSON text unchanged, and nil for none.
func rawJSON(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

type versionRow struct {
	bun.BaseModel `bun:"table:asset_versions,alias:v"`

	Workspace      string            `bun:"workspace,pk"`
	AssetID        assets.ID         `bun:"asset_id,pk"`
	Number         assets.Number     `bun:"number,pk"`
	Content        contentColumns    `bun:"embed:"`
	Provenance     provenanceColumns `bun:"embed:"`
	RolledBackFrom assets.Number     `bun:"rolled_back_from"`
	Approval       assets.Approval   `bun:"approval"`
	CreatedBy      string            `bun:"created_by"`
	CreatedAt      assets.Time       `bun:"created_at"`
	Key            string            `bun:"key"`
	CRC32          int64             `bun:"crc32"`
	Words          string            `bun:"words"`
	ErasedAt       assets.Time       `bun:"erased_at"`
}

func newVersionRow(workspace string, v assets.Version) (*versionRow, error) {
	origin, err := newProvenanceColumns(v.Provenance)
	return &versionRow{
		Workspace: workspace, AssetID: v.AssetID, Number: v.Number,
		Content: contentColumns(v.Content), Provenance: origin,
		RolledBackFrom: v.RolledBackFrom, Approval: v.Approval, CreatedBy: v.CreatedBy, CreatedAt: v.CreatedAt,
		Key: v.Key, CRC32: int64(v.CRC32), Words: v.Words, ErasedAt: v.ErasedAt,
	}, err
}

func (r *versionRow) version() (assets.Version, error) {
	origin, err := r.Provenance.provenance()
	return assets.Version{
		AssetID: r.AssetID, Number: r.Number,
		Content: assets.Content(r.Content), Provenance: origin,
		RolledBackFrom: r.RolledBackFrom, Approval: r.Approval, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt,
		Key: r.Key, CRC32: uint32(r.CRC32), Words: r.Words, ErasedAt: r.ErasedAt,
	}, err
}

type reviewRow struct {
	bun.BaseModel `bun:"table:asset_reviews,alias:r"`

	Workspace   string          `bun:"workspace,pk"`
	AssetID     assets.ID       `bun:"asset_id,pk"`
	Revision    int64           `bun:"revision,pk"`
	ID          assets.ID       `bun:"id,pk"`
	Version     assets.Number   `bun:"version"`
	SHA256      string          `bun:"sha256"`
	Action      assets.Action   `bun:"action"`
	FromStatus  assets.Status   `bun:"from_status"`
	ToStatus    assets.Status   `bun:"to_status"`
	Comment     string          `bun:"comment"`
	CarriedFrom assets.Number   `bun:"carried_from"`
	Reviewer    string          `bun:"reviewer"`
	Kind        assets.Kind     `bun:"kind"`
	Via         assets.Via      `bun:"via"`
	KeyPrefix   assets.Optional `bun:"key_prefix"`
	InvitedBy   assets.Optional `bun:"invited_by"`
	At          assets.Time     `bun:"at"`
}

func newReviewRow(workspace string, r assets.Review) *reviewRow {
	return &reviewRow{
		Workspace: workspace, AssetID: r.AssetID, Revision: r.Revision, ID: r.ID,
		Version: r.Version, SHA256: r.SHA256, Action: r.Action, FromStatus: r.FromStatus, ToStatus: r.ToStatus,
		Comment: r.Comment, CarriedFrom: r.CarriedFrom, Reviewer: r.By, Kind: r.ByKind, Via: r.Via,
		KeyPrefix: r.KeyPrefix, InvitedBy: r.InvitedBy, At: r.At,
	}
}

func (r *reviewRow) review() assets.Review {
	return assets.Review{
		ID: r.ID, AssetID: r.AssetID, Version: r.Version, SHA256: r.SHA256, Action: r.Action,
		FromStatus: r.FromStatus, ToStatus: r.ToStatus, Comment: r.Comment, CarriedFrom: r.CarriedFrom,
		By: r.Reviewer, ByKind: r.Kind, Via: r.Via, KeyPrefix: r.KeyPrefix, InvitedBy: r.InvitedBy, At: r.At,
		Revision: r.Revision,
	}
}

type requestRow struct {
	bun.BaseModel `bun:"table:asset_requests,alias:q"`

	Workspace   string        `bun:"workspace,pk"`
	Subject     string        `bun:"subject,pk"`
	Operation   string        `bun:"operation,pk"`
	Key         string        `bun:"key,pk"`
	Fingerprint string        `bun:"fingerprint"`
	AssetID     assets.ID     `bun:"asset_id"`
	Version     assets.Number `bun:"version"`
	Unchanged   int           `bun:"unchanged"`
	At          assets.Time   `bun:"at"`
}

func newRequestRow(workspace string, r assets.Request) *requestRow {
	return &requestRow{
		Workspace: workspace, Subject: r.Subject, Operation: r.Operation, Key: r.Key, Fingerprint: r.Fingerprint,
		AssetID: r.AssetID, Version: r.Version, Unchanged: boolToInt(r.Unchanged), At: r.At,
	}
}

func (r *requestRow) request() assets.Request {
	return assets.Request{
		Subject: r.Subject, Operation: r.Operation, Key: r.Key, Fingerprint: r.Fingerprint,
		AssetID: r.AssetID, Version: r.Version, Unchanged: r.Unchanged != 0, At: r.At,
	}
}
