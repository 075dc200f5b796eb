package assets

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/10ex/assets/internal/canonjson"
)

// HostThing is a kind of thing of the host that assets refer to; see
// [Config].Exists.
type HostThing string

// The things of a host that assets refer to.
const (
	HostCampaign HostThing = "campaign"
	HostBrand    HostThing = "brand"
	HostBrief    HostThing = "brief"
)

const (
	maxParameters      = 16 << 10
	maxParametersDepth = 32
)

func (v *Provenance) collect(p *problems) {
	before := len(*p)
	p.slug(v.AgentSlug, "provenance", "agent_slug")
	for _, f := range []struct{ name, value string }{
		{"run_id", v.RunID},
		{"trace_id", v.TraceID},
		{"brand_id", v.BrandID},
		{"brief_id", v.BriefID},
		{"model", v.Model},
	} {
		p.hostID(f.value, "provenance", f.name)
	}
	p.sourceType(&v.SourceType, "provenance", "source_type")
	v.parameters(p)
	v.references(p)
	if len(*p) == before && v.StoredBytes() > MaxProvenance {
		p.add(TypeTooLong, "must be at most 64 KiB together", "provenance")
	}
}

// StoredBytes returns the size of a provenance as it is stored: the bytes of its
// texts, and of its lists in JSON.
func (v *Provenance) StoredBytes() int64 {
	n := len(v.AgentSlug) + len(v.RunID) + len(v.TraceID) + len(v.BrandID) + len(v.BriefID) +
		len(v.Model) + len(v.SourceType) + len(v.Parameters)
	if len(v.DerivedFrom) > 0 {
		n += len("[]") - len(",")
		for _, ref := range v.DerivedFrom {
			n += len(`{"asset_id":,"version":},`) + jsonBytes(string(ref.AssetID)) + len(strconv.FormatInt(int64(ref.Version), 10))
		}
	}
	if len(v.Inputs) > 0 {
		n += len("[]") - len(",")
		for _, in := range v.Inputs {
			n += len(`{"kind":,"id":},`) + jsonBytes(in.Kind) + jsonBytes(in.ID)
			if in.SHA256 != "" {
				n += len(`,"sha256":`) + jsonBytes(in.SHA256)
			}
		}
	}
	return int64(n)
}

// jsonBytes returns the length of a text in JSON, as encoding/json writes it.
func jsonBytes(s string) int {
	n := len(`""`) + len(s)
	for _, c := range s {
		switch {
		case c == '"', c == '\\', '\b' <= c && c <= '\r' && c != '\v':
			n++
		case c < ' ', c == '<', c == '>', c == '&':
			n += len(`\u0000`) - 1
		case c == '\u2028', c == '\u2029':
			n += len(`\u2028`) - 3
		}
	}
	return n
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
	case errors.Is(err, canonjson.ErrNumberRange):
		p.add(TypeMalformed, "must not contain a number beyond ±1.8e308", loc...)
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
		p.requiredNumber(v.DerivedFrom[i].Version, "provenance", "derived_from", i, "version")
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

// checkDerivedFrom checks that every version named in derived_from exists in the
// workspace.
func (l *Library) checkDerivedFrom(ctx context.Context, r Reader, workspace string, v Provenance) error {
	var p problems
	for i, ref := range v.DerivedFrom {
		_, err := r.Version(ctx, workspace, ref.AssetID, ref.Version)
		if errors.Is(err, ErrNotFound) {
			p.add(TypeReference, "no such version in this workspace", "provenance", "derived_from", i)
		} else if err != nil {
			return err
		}
	}
	return p.err()
}

// checkHostThings checks that the host has the things that an input names. It runs
// outside of any transaction, because a transaction must not wait for the host.
func (l *Library) checkHostThings(ctx context.Context, workspace string, campaign Optional, v Provenance) error {
	if l.cfg.Exists == nil {
		return nil
	}
	var p problems
	for _, named := range []struct {
		thing HostThing
		id    string
		loc   []any
	}{
		{HostCampaign, string(campaign), []any{"campaign_id"}},
		{HostBrand, v.BrandID, []any{"provenance", "brand_id"}},
		{HostBrief, v.BriefID, []any{"provenance", "brief_id"}},
	} {
		if named.id == "" {
			continue
		}
		ok, err := l.cfg.Exists(ctx, workspace, named.thing, named.id)
		if err != nil {
			return fmt.Errorf("asking the host for a %s: %w: %w", named.thing, ErrUnavailable, err)
		}
		if !ok {
			p.add(TypeReference, "no such "+string(named.thing)+" in this workspace", named.loc...)
		}
	}
	return p.err()
}
