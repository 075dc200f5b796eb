package blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/10ex/assets"
)

// markerKey is the one object beside contents: it says whose bucket this is.
// It alone may be overwritten.
const markerKey = ".assets-store"

const maxMarker = 4 << 10 // bytes read of a marker

// marker is what the last sweep of a bucket knew about its database.
type marker struct {
	Store   string `json:"store"`   // the store's random id
	Journal int64  `json:"journal"` // the highest journal number
}

// isMarker also knows the marker's files that are being written.
func isMarker(key string) bool { return strings.HasPrefix(key, markerKey) }

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
		return nil, fmt.Errorf("%w: its marker %s cannot be read", ErrSweepRefused, markerKey)
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
