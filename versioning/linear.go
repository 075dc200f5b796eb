// Package versioning numbers the versions of an asset.
//
// The one rule to know: a version is never changed, only followed by another.
// Numbers are 1, 2, 3 … without gaps. A version that equals the current one is
// not added, and a rollback adds a version.
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

// Next returns proposed with the number after the current one. A rollback gets
// the content and provenance of the version it names, but not its approval.
//
// Next returns [assets.ErrUnchanged] if proposed equals the current version:
// the same digest, size, media type, file name and provenance. Earlier
// versions are not compared, and nothing equals an erased version. It returns the Reader's error if the version to
// roll back to cannot be read, [assets.ErrNotFound] if there is none.
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
	if a.CurrentVersion == 0 || a.ErasedAt != 0 || a.Content != v.Content {
		return false, nil
	}
	current, err := canonical(a.Provenance)
	if err != nil {
		return false, err
	}
	proposed, err := canonical(v.Provenance)
	return bytes.Equal(current, proposed), err
}

// canonical returns a provenance as JSON with sorted keys and without white
// space. Number literals are kept as they are: 0.10 and 0.1 differ.
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
