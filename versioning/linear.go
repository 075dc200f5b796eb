// Package versioning numbers the versions of an asset.
//
// The one rule to know: a version is never changed, only followed. Numbers go
// 1, 2, 3 … without gaps, what equals the current version adds nothing, and a
// rollback appends.
package versioning

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/10ex/assets"
)

// Linear implements [assets.Versioner]: one line of versions for each asset.
// Its zero value is ready to use.
type Linear struct{}

var _ assets.Versioner = Linear{}

// Next answers proposed with the number behind the current one. A rollback
// takes the content of its source, not the approval. Versions are equal when
// digest, media type, file name and provenance are; only the current version
// is compared.
func (Linear) Next(ctx context.Context, r assets.Reader, a *assets.Asset, proposed assets.Version) (assets.Version, error) {
	if n := proposed.RolledBackFrom; n != 0 {
		source, err := r.Version(ctx, a.Workspace, a.ID, n)
		if err != nil {
			return assets.Version{}, err
		}
		proposed.Content, proposed.Provenance = source.Content, source.Provenance
		proposed.Key, proposed.CRC32, proposed.Words = source.Key, source.CRC32, source.Words
	}
	same, err := equalsCurrent(a, proposed)
	if err != nil {
		return assets.Version{}, err
	}
	if same {
		return assets.Version{}, assets.ErrUnchanged
	}
	proposed.Number = a.CurrentVersion + 1
	return proposed, nil
}

func equalsCurrent(a *assets.Asset, v assets.Version) (bool, error) {
	if a.CurrentVersion == 0 || a.Content != v.Content {
		return false, nil
	}
	current, err := canonical(a.Provenance)
	if err != nil {
		return false, err
	}
	proposed, err := canonical(v.Provenance)
	return bytes.Equal(current, proposed), err
}

// canonical writes a provenance as JSON with sorted keys, no white space, and
// number literals as they are: 0.10 and 0.1 are not the same.
func canonical(p assets.Provenance) ([]byte, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("provenance: %w", err)
	}
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, fmt.Errorf("provenance: %w", err)
	}
	return json.Marshal(fields)
}
