package assets

import (
	"errors"
	"slices"

	"github.com/10ex/assets/internal/canonjson"
)

const (
	maxParameters      = 16 << 10
	maxParametersDepth = 32
)

var (
	allTypes   = []Type{TypeCopy, TypeImage, TypeSlide, TypeVideo, TypeBlog, TypeBundle}
	allStatus  = []Status{StatusDraft, StatusPendingReview, StatusApproved, StatusArchived}
	allActions = []Action{ActionSubmit, ActionApprove, ActionRequestChanges, ActionArchive, ActionReopen}
)

// Validate normalises a new asset in place and answers every problem of it,
// as joined FieldErrors.
func (in *NewAsset) Validate() error {
	var p problems
	if in.Type == "" {
		p.add(TypeMissing, "is required", "type")
	} else {
		oneOf(&p, in.Type, allTypes, "type")
	}
	p.title(&in.Title)
	p.hostID(string(in.CampaignID), "campaign_id")
	in.Tags = p.tags(in.Tags, false)
	in.NewVersion.collect(&p)
	return p.err()
}

// Validate normalises a new version in place and answers every problem of it.
func (in *NewVersion) Validate() error {
	var p problems
	in.collect(&p)
	return p.err()
}

func (in *NewVersion) collect(p *problems) {
	switch {
	case in.Content == nil && in.Text == "" && in.UploadID == "":
		p.add(TypeMissing, "text, an upload or a file is required", "text")
	case in.UploadID != "" && (in.Content != nil || in.Text != ""):
		p.add(TypeConflict, "does not go with another content", "upload_id")
	case in.UploadID != "":
		p.assetID(&in.UploadID, "upload_id")
	case in.Content != nil && in.Text != "":
		p.add(TypeConflict, "give either text or a file", "text")
	case len(in.Text) > MaxTextBytes:
		p.add(TypeTooLong, "must be at most 1 MiB", "text")
	default:
		p.encoded(in.Text, "text")
	}
	p.encoded(in.MediaType, "media_type")
	p.filename(in.Filename, "filename")
	p.digest(&in.SHA256, "sha256")
	if in.IdempotencyKey != "" && !requests.MatchString(in.IdempotencyKey) {
		p.add(TypeMalformed, "must be 1 to 255 visible ASCII characters", "Idempotency-Key")
	}
	in.Provenance.collect(p)
}

func (v *Provenance) collect(p *problems) {
	p.slug(v.AgentSlug, "provenance", "agent_slug")
	for _, f := range []struct{ name, value string }{
		{"run_id", v.RunID},
		{"trace_id", v.TraceID},
		{"brand_id", v.BrandID},
		{"brief_id", v.BriefID},
		{"model", v.Model},
		{"source_type", v.SourceType},
	} {
		p.hostID(f.value, "provenance", f.name)
	}
	v.parameters(p)
	v.references(p)
}

func (v *Provenance) parameters(p *problems) {
	if len(v.Parameters) == 0 || string(v.Parameters) == "null" {
		v.Parameters = nil
		return
	}
	text, err := canonjson.Object(v.Parameters, maxParameters, maxParametersDepth)
	loc := []any{"provenance", "parameters"}
	switch {
	case err == nil:
		v.Parameters = text
	case errors.Is(err, canonjson.ErrTooLong):
		p.add(TypeTooLong, "must be at most 16 KiB", loc...)
	case errors.Is(err, canonjson.ErrTooDeep):
		p.add(TypeTooLong, "must be nested at most 32 levels", loc...)
	case errors.Is(err, canonjson.ErrDuplicateKey):
		p.add(TypeDuplicate, "must not contain a key twice", loc...)
	case errors.Is(err, canonjson.ErrNotObject):
		p.add(TypeWrong, "must be an object", loc...)
	default:
		p.add(TypeMalformed, "must be well-formed JSON", loc...)
	}
}

func (v *Provenance) references(p *problems) {
	if len(v.DerivedFrom) > MaxReferences {
		p.add(TypeTooLong, "must be at most 100", "provenance", "derived_from")
	}
	if len(v.Inputs) > MaxReferences {
		p.add(TypeTooLong, "must be at most 100", "provenance", "inputs")
	}
	for i := range v.DerivedFrom {
		p.assetID(&v.DerivedFrom[i].AssetID, "provenance", "derived_from", i, "asset_id")
		if v.DerivedFrom[i].Version < 1 {
			p.add(TypeTooSmall, "must be at least 1", "provenance", "derived_from", i, "version")
		}
	}
	for i := range v.Inputs {
		in := &v.Inputs[i]
		for _, f := range []struct{ name, value string }{{"kind", in.Kind}, {"id", in.ID}} {
			p.hostID(f.value, "provenance", "inputs", i, f.name)
			if f.value == "" {
				p.add(TypeMissing, "is required", "provenance", "inputs", i, f.name)
			}
		}
		p.digest(&in.SHA256, "provenance", "inputs", i, "sha256")
	}
	if len(v.DerivedFrom) == 0 {
		v.DerivedFrom = nil
	}
	if len(v.Inputs) == 0 {
		v.Inputs = nil
	}
}

// Validate normalises a rollback in place and answers every problem of it.
func (in *Rollback) Validate() error {
	var p problems
	if in.Version < 1 {
		p.add(TypeTooSmall, "must be at least 1", "version")
	}
	p.comment(&in.Reason, "reason")
	return p.err()
}

// Validate normalises a decision in place and answers every problem of it.
func (d *Decision) Validate() error {
	var p problems
	d.collect(&p)
	p.target(d.Version, &d.SHA256)
	return p.err()
}

// collect checks what a decision on one asset and a bulk decision share.
func (d *Decision) collect(p *problems) {
	if d.Action == "" {
		p.add(TypeMissing, "is required", "action")
	} else {
		oneOf(p, d.Action, allActions, "action")
	}
	p.comment(&d.Comment, "comment")
	if d.Action == ActionRequestChanges && d.Comment == "" {
		p.add(TypeMissing, "say what has to change", "comment")
	}
}

// target checks what a decision says it looked at.
func (p *problems) target(n Number, sha *string, loc ...any) {
	at := func(name string) []any { return append(slices.Clip(loc), name) }
	p.number(n, at("version")...)
	p.digest(sha, at("sha256")...)
	if *sha != "" && n == 0 {
		p.add(TypeConflict, "goes only with version", at("sha256")...)
	}
}

// Validate normalises an edit in place and answers every problem of it.
func (e *Edit) Validate() error {
	var p problems
	if e.Title != nil {
		title := *e.Title
		p.title(&title)
		e.Title = &title
	}
	if e.CampaignID != nil {
		p.hostID(string(*e.CampaignID), "campaign_id")
	}
	e.Tags = p.tags(e.Tags, true)
	return p.err()
}
