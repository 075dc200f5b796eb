package blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/blobio"
)

// marker is the content of the marker object: the state of the database at the last
// sweep of the bucket.
type marker struct {
	Store   string `json:"store"`   // the store's random id
	Journal int64  `json:"journal"` // the highest journal number
}

// readMarker returns the marker of a bucket, or nil if there is none. It returns
// ErrSweepRefused if the marker is not valid.
func readMarker(ctx context.Context, b Sweepable) (*marker, error) {
	text, err := b.ReadMarker(ctx)
	if errors.Is(err, assets.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m marker
	if err := json.Unmarshal(text, &m); err != nil || m.Store == "" {
		return nil, fmt.Errorf("%w: its marker %s cannot be read", ErrSweepRefused, blobio.MarkerKey)
	}
	return &m, nil
}

// check returns ErrSweepRefused if the database is not the one in the marker, or is
// older. A nil marker allows every database.
func (m *marker) check(database marker) error {
	switch {
	case m == nil:
		return nil
	case m.Store != database.Store:
		return fmt.Errorf("%w: it belongs to the store %s, and the database is of the store %s",
			ErrSweepRefused, m.Store, database.Store)
	case m.Journal > database.Journal:
		return fmt.Errorf("%w: the last sweep knew the journal up to %d, and the database, perhaps an older backup, ends at %d",
			ErrSweepRefused, m.Journal, database.Journal)
	}
	return nil
}

// write replaces the marker of a bucket.
func (m marker) write(ctx context.Context, b Sweepable) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return b.WriteMarker(ctx, append(text, '\n'))
}
