package memory

import (
	"slices"

	"github.com/10ex/assets"
)

// copyAsset answers a deep copy of what a store keeps of an asset.
func copyAsset(a *assets.Asset) *assets.Asset {
	if a == nil {
		return nil
	}
	c := *a
	c.Provenance = copyProvenance(a.Provenance)
	c.Tags = make(assets.Tags, len(a.Tags))
	for key, values := range a.Tags {
		c.Tags[key] = slices.Clone(values)
	}
	c.PreviewURL, c.Versions, c.Reviews = "", nil, nil // the Library's additions
	return &c
}

func copyVersion(v assets.Version) assets.Version {
	v.Provenance = copyProvenance(v.Provenance)
	return v
}

func copyProvenance(p assets.Provenance) assets.Provenance {
	p.Parameters = slices.Clone(p.Parameters)
	p.DerivedFrom = slices.Clone(p.DerivedFrom)
	p.Inputs = slices.Clone(p.Inputs)
	return p
}

func copyEvent(e assets.Event) assets.Event {
	e.Data = slices.Clone(e.Data)
	return e
}
