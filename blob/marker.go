package blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/blobio"
)

// marker is what the last sweep of a bucket knew about its database.
type marker struct {
	Store   string `json:"store"`   // the store's random id
	Journal int64  `json:"journal"` // the highest journal number
}

// readMarker answers nil when there is none yet.
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

// check refuses to sweep for a database that is not the marker's, or is
// older.
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

func (m marker) write(ctx context.Context, b Sweepable) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return b.WriteMarker(ctx, append(text, '\n'))
}
