package store

import (
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// The two perspectives of the list table.
const (
	current  = "current"
	approved = "approved"
)

// perspectiveRow is an asset as one perspective shows it. What a column costs
// to convert is what a list costs, so nearly all are plain text and integers.
type perspectiveRow struct {
	bun.BaseModel `bun:"table:asset_perspectives,alias:a"`

	Workspace       string          `bun:"workspace,pk"`
	Perspective     string          `bun:"perspective,pk"`
	ID              assets.ID       `bun:"id,pk"`
	Type            assets.Type     `bun:"type"`
	Title           string          `bun:"title"`
	Status          assets.Status   `bun:"status"`
	Version         assets.Number   `bun:"version"`
	CurrentVersion  assets.Number   `bun:"current_version"`
	ApprovedVersion assets.Number   `bun:"approved_version"`
	ApprovedAt      assets.Time     `bun:"approved_at"`
	Submitted       assets.Number   `bun:"submitted"`
	EverApproved    int             `bun:"ever_approved"`
	Content         contentColumns  `bun:"embed:"`
	Provenance      originColumns   `bun:"embed:"`
	CampaignID      assets.Optional `bun:"campaign_id,nullzero"`
	Tags            string          `bun:"tags"` // JSON, or empty
	CreatedBy       string          `bun:"created_by"`
	CreatedAt       assets.Time     `bun:"created_at"`
	UpdatedAt       assets.Time     `bun:"updated_at"`
	Revision        int64           `bun:"revision"`
}

type contentColumns struct {
	MediaType string `bun:"media_type"`
	SizeBytes int64  `bun:"size_bytes"`
	SHA256    string `bun:"sha256"`
	Filename  string `bun:"filename"`
}

// originColumns hold a provenance; its lists are JSON, or empty.
type originColumns struct {
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
	origin, err := newOriginColumns(a.Provenance)
	if err != nil {
		return nil, err
	}
	tags, err := list(a.Tags, len(a.Tags))
	if err != nil {
		return nil, err
	}
	return &perspectiveRow{
		Workspace: a.Workspace, Perspective: perspective, ID: a.ID,
		Type: a.Type, Title: a.Title, Status: a.Status,
		Version: a.Version, CurrentVersion: a.CurrentVersion,
		ApprovedVersion: a.ApprovedVersion, ApprovedAt: a.ApprovedAt,
		Submitted: a.Submitted, EverApproved: flag(a.EverApproved),
		Content: contentColumns(a.Content), Provenance: origin,
		CampaignID: a.CampaignID, Tags: tags,
		CreatedBy: a.CreatedBy, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Revision: a.Revision,
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
		Submitted: r.Submitted, EverApproved: r.EverApproved != 0,
		Content: assets.Content(r.Content), Provenance: origin,
		CampaignID: r.CampaignID,
		CreatedBy:  r.CreatedBy, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Revision: r.Revision,
	}
	return a, unlist(r.Tags, &a.Tags)
}

func newOriginColumns(p assets.Provenance) (originColumns, error) {
	derived, err := list(p.DerivedFrom, len(p.DerivedFrom))
	if err != nil {
		return originColumns{}, err
	}
	inputs, err := list(p.Inputs, len(p.Inputs))
	return originColumns{
		AgentSlug: p.AgentSlug, RunID: p.RunID, TraceID: p.TraceID, BrandID: p.BrandID, BriefID: p.BriefID,
		Model: p.Model, Parameters: string(p.Parameters), DerivedFrom: derived, Inputs: inputs, SourceType: p.SourceType,
	}, err
}

func (c *originColumns) provenance() (assets.Provenance, error) {
	p := assets.Provenance{
		AgentSlug: c.AgentSlug, RunID: c.RunID, TraceID: c.TraceID, BrandID: c.BrandID, BriefID: c.BriefID,
		Model: c.Model, Parameters: raw(c.Parameters), SourceType: c.SourceType,
	}
	if err := unlist(c.DerivedFrom, &p.DerivedFrom); err != nil {
		return p, err
	}
	return p, unlist(c.Inputs, &p.Inputs)
}

// list writes a list or map of n elements as JSON; an empty one as no text,
// which costs a reader nothing.
func list(v any, n int) (string, error) {
	if n == 0 {
		return "", nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("store: encode: %w", err)
	}
	return string(text), nil
}

func unlist(text string, v any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("store: a stored list is not JSON: %w", err)
	}
	return nil
}

// raw keeps stored JSON text as it is.
func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
