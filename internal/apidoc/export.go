package apidoc

import (
	"errors"
	"slices"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/rest"
)

// ExportBody names filters as the query of a list does. A lone value stands
// for a list of one.
type ExportBody struct {
	AssetIDs      []assets.ID   `json:"asset_ids,omitempty"`
	Types         []assets.Type `json:"type,omitempty" lone:"ok"`
	IDs           []assets.ID   `json:"asset_id,omitempty" lone:"ok"`
	AgentSlug     string        `json:"agent_slug,omitempty"`
	RunID         string        `json:"run_id,omitempty"`
	CampaignID    string        `json:"campaign_id,omitempty"`
	BrandID       string        `json:"brand_id,omitempty"`
	BriefID       string        `json:"brief_id,omitempty"`
	Tags          []string      `json:"tag,omitempty" lone:"ok"`
	Search        string        `json:"q,omitempty"`
	CreatedAfter  string        `json:"created_after,omitempty"`
	CreatedBefore string        `json:"created_before,omitempty"`
	ExpiresIn     int           `json:"expires_in,omitempty" min:"1"` // seconds
}

// Request answers what is asked for, or, when some of it cannot be read, every
// problem.
func (b *ExportBody) Request() (export.Request, error) {
	r, wrong := b.read()
	if len(wrong) > 0 {
		return r, b.Validate()
	}
	return r, nil
}

// read answers what is asked for, and what of it cannot be read.
func (b *ExportBody) read() (export.Request, []error) {
	r := export.Request{
		Query: assets.Query{
			Types: b.Types, IDs: b.IDs, AgentSlug: b.AgentSlug, RunID: b.RunID,
			CampaignID: b.CampaignID, BrandID: b.BrandID, BriefID: b.BriefID, Search: b.Search,
		},
		IDs: b.AssetIDs, ExpiresIn: time.Duration(b.ExpiresIn) * time.Second,
	}
	var wrong []error
	read := func(into interface{ UnmarshalText([]byte) error }, text string, loc ...any) {
		if text == "" {
			return
		}
		for _, f := range assets.FieldErrors(into.UnmarshalText([]byte(text))) {
			wrong = append(wrong, f.At(loc...))
		}
	}
	read((*rest.Instant)(&r.Query.CreatedAfter), b.CreatedAfter, "created_after")
	read((*rest.Instant)(&r.Query.CreatedBefore), b.CreatedBefore, "created_before")
	if b.Tags != nil {
		r.Query.Tags = make([]assets.Tag, len(b.Tags))
	}
	for i, text := range b.Tags {
		read((*rest.TagFilter)(&r.Query.Tags[i]), text, "tag", i)
	}
	return r, wrong
}

// Validate answers every problem.
func (b *ExportBody) Validate() error {
	r, wrong := b.read()
	for _, f := range assets.FieldErrors(r.Validate()) {
		known := func(other error) bool { return slices.Equal(assets.FieldErrors(other)[0].Loc, f.Loc) }
		if !slices.ContainsFunc(wrong, known) { // what cannot be read is not judged as well
			wrong = append(wrong, f)
		}
	}
	return errors.Join(wrong...)
}
