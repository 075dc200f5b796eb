package apidoc

import (
	"errors"
	"slices"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/rest"
)

// ExportBody is the body of a request for an export. Its filters have the names of
// the parameters of a list. A single value is accepted in place of a list of one
// value.
type ExportBody struct {
	AssetIDs      []assets.ID   `json:"asset_ids,omitempty"`
	Types         []assets.Type `json:"type,omitempty" lone:"ok"`
	IDs           []assets.ID   `json:"asset_id,omitempty" lone:"ok"`
	AgentSlug     string        `json:"agent_slug,omitempty"`
	RunID         string        `json:"run_id,omitempty"`
	CampaignID    string        `json:"campaign_id,omitempty"`
	BrandID       string        `json:"brand_id,omitempty"`
	BriefID       string        `json:"brief_id,omitempty"`
	CreatedBy     string        `json:"created_by,omitempty"`
	LastAction    assets.Action `json:"last_action,omitempty"`
	MediaType     string        `json:"media_type,omitempty"`
	Tags          []string      `json:"tag,omitempty" lone:"ok"`
	Search        string        `json:"q,omitempty"`
	CreatedAfter  string        `json:"created_after,omitempty"`
	CreatedBefore string        `json:"created_before,omitempty"`
	ExpiresIn     int           `json:"expires_in,omitempty" min:"1"` // seconds
}

// Request returns the requested export. If a time or tag is malformed, it returns
// the field errors of Validate instead.
func (b *ExportBody) Request() (export.Request, error) {
	r, malformed := b.parse()
	if len(malformed) > 0 {
		return r, b.Validate()
	}
	return r, nil
}

// parse returns the request, and the field errors for malformed times and tags.
func (b *ExportBody) parse() (r export.Request, malformed []error) {
	r = export.Request{
		Query: assets.Query{
			Types: b.Types, IDs: b.IDs, AgentSlug: b.AgentSlug, RunID: b.RunID,
			CampaignID: b.CampaignID, BrandID: b.BrandID, BriefID: b.BriefID,
			CreatedBy: b.CreatedBy, LastAction: b.LastAction, MediaType: b.MediaType, Search: b.Search,
		},
		IDs: b.AssetIDs, ExpiresIn: time.Duration(b.ExpiresIn) * time.Second,
	}
	parse := func(into interface{ UnmarshalText([]byte) error }, text string, loc ...any) {
		if text == "" {
			return
		}
		for _, f := range assets.FieldErrors(into.UnmarshalText([]byte(text))) {
			malformed = append(malformed, f.At(loc...))
		}
	}
	parse((*rest.Instant)(&r.Query.CreatedAfter), b.CreatedAfter, "created_after")
	parse((*rest.Instant)(&r.Query.CreatedBefore), b.CreatedBefore, "created_before")
	if b.Tags != nil {
		r.Query.Tags = make([]assets.Tag, len(b.Tags))
	}
	for i, text := range b.Tags {
		parse((*rest.TagFilter)(&r.Query.Tags[i]), text, "tag", i)
	}
	return r, malformed
}

// Validate returns the field errors for all problems of the body, or nil.
func (b *ExportBody) Validate() error {
	r, problems := b.parse()
	for _, f := range assets.FieldErrors(r.Validate()) {
		sameField := func(other error) bool { return slices.Equal(assets.FieldErrors(other)[0].Loc, f.Loc) }
		if !slices.ContainsFunc(problems, sameField) { // a malformed value was not validated
			problems = append(problems, f)
		}
	}
	return errors.Join(problems...)
}
