package assets

import (
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/10ex/assets/internal/sniff"
)

// Validate normalizes a query in place and returns all of its problems as joined
// FieldErrors, except those of Cursor and PreviewExpiresIn, which depend on the
// Library.
func (q *Query) Validate() error {
	var p problems
	for _, t := range q.Types {
		oneOf(&p, t, allTypes, "type")
	}
	for _, s := range q.Statuses {
		oneOf(&p, s, allStatus, "status")
	}
	q.order(&p)
	q.IDs = slices.Clone(q.IDs)
	for i := range q.IDs {
		p.assetID(&q.IDs[i], "asset_id")
	}
	p.repeated(len(q.Types), "type")
	p.repeated(len(q.Statuses), "status")
	p.repeated(len(q.IDs), "asset_id")
	p.repeated(len(q.Tags), "tag")
	p.slug(q.AgentSlug, "agent_slug")
	p.hostID(q.RunID, "run_id")
	p.hostID(q.CampaignID, "campaign_id")
	p.hostID(q.BrandID, "brand_id")
	p.hostID(q.BriefID, "brief_id")
	p.hostID(q.CreatedBy, "created_by")
	if q.LastAction != "" {
		oneOf(&p, q.LastAction, allActions, "last_action")
	}
	p.mediaTypeFilter(&q.MediaType)
	q.Tags = p.tagFilters(q.Tags)
	p.search(q.Search)
	p.limit(&q.Limit)
	return p.err()
}

// order checks what depends on the perspective and the order of a list.
func (q *Query) order(p *problems) {
	if q.Perspective != "" {
		oneOf(p, q.Perspective, allPerspectives, "perspective")
	}
	if q.Sort != "" {
		oneOf(p, q.Sort, allSorts, "sort")
	}
	approved := slices.Contains(q.Statuses, StatusApproved)
	switch {
	case q.Perspective == PerspectiveApproved && len(q.Statuses) > 0 && !only(q.Statuses, StatusApproved):
		p.add(TypeConflict, "approved takes no status but approved", "perspective")
	case q.Perspective == "" && approved && len(q.Statuses) > 1:
		p.add(TypeConflict, "approved can be combined with other statuses only with perspective=current", "status")
	}
	if q.Sort == SortSubmitted && (q.Perspective == PerspectiveApproved || !only(q.Statuses, StatusPendingReview)) {
		p.add(TypeConflict, "submitted requires status=pending_review and no other status", "sort")
	}
	if q.PreviewWidth != 0 && q.PreviewExpiresIn == 0 {
		p.add(TypeConflict, "is only allowed together with preview_expires_in", "preview_width")
	} else if err := checkWidth(q.PreviewWidth, "preview_width"); err != nil {
		*p = append(*p, err)
	}
}

// mediaTypeFilter checks a media type that may be empty. It becomes the one that
// contents are stored with.
func (p *problems) mediaTypeFilter(s *string) {
	if *s == "" || !p.hostID(*s, "media_type") {
		return
	}
	media, ok := sniff.ParseType(*s)
	if !ok {
		p.add(TypeMalformed, "must be a media type, such as image/png", "media_type")
		return
	}
	*s = media
}

// Validate normalizes a query in place and returns all of its problems as joined
// FieldErrors.
func (q *CountQuery) Validate() error {
	var p problems
	if len(q.Query.Statuses) > 0 {
		p.add(TypeConflict, "the counts are by status, so a status cannot be given", "status")
	}
	if q.Query.Perspective != "" {
		p.add(TypeConflict, "the counts are of current versions, so a perspective cannot be given", "perspective")
	}
	if q.FrequentOf != "" {
		oneOf(&p, q.FrequentOf, allStatus, "frequent_of")
	}
	q.Query.Limit, q.Query.Cursor, q.Query.Sort = 0, "", ""
	q.Query.PreviewExpiresIn, q.Query.PreviewWidth, q.Query.IncludeText = 0, 0, false
	return errors.Join(p.err(), q.Query.Validate())
}

// limit checks and completes the length of a page.
func (p *problems) limit(n *int) {
	switch {
	case *n < 0:
		p.add(TypeTooSmall, "must be at least 1", "limit")
	case *n == 0:
		*n = DefaultListLimit
	default:
		*n = min(*n, MaxListLimit)
	}
}

func (p *problems) repeated(n int, name string) {
	if n > MaxRepeated {
		p.add(TypeTooLong, "must be given at most 200 times", name)
	}
}

func (p *problems) tagFilters(in []Tag) []Tag {
	out := slices.Clone(in)
	for i, t := range out {
		if !tagKey.MatchString(t.Key) {
			p.add(TypeMalformed, "must be key:value, or key:* for any value", "tag")
			continue
		}
		if t.Value != "" {
			out[i].Value = p.tagValue(t.Value, "tag")
		}
	}
	return out
}

// Validate normalizes a query in place and returns all of its problems as joined
// FieldErrors, except those of Cursor, which depend on the Library.
func (q *TagQuery) Validate() error {
	var p problems
	if q.Key != "" && !tagKey.MatchString(q.Key) {
		p.add(TypeMalformed, badTagKey, "key")
	}
	p.limit(&q.Limit)
	return p.err()
}

// Validate normalizes an event query in place and returns all of its problems as joined
// FieldErrors.
func (q *EventQuery) Validate() error {
	var p problems
	for _, t := range q.Types {
		oneOf(&p, t, EventTypes(), "type")
	}
	q.AssetIDs = slices.Clone(q.AssetIDs)
	for i := range q.AssetIDs {
		p.assetID(&q.AssetIDs[i], "asset_id")
	}
	p.repeated(len(q.Types), "type")
	p.repeated(len(q.AssetIDs), "asset_id")
	p.hostID(q.CampaignID, "campaign_id")
	p.limit(&q.Limit)
	return p.err()
}

func (p *problems) search(text string) {
	if p.encoded(text, "q") && utf8.RuneCountInString(text) > MaxSearch {
		p.add(TypeTooLong, "must be at most 200 characters", "q")
	}
}
