package servercmd

import (
	"context"
	"errors"
	"time"

	"github.com/10ex/assets/blob"
)

// maxMarkTime limits how long a start waits for the marker of its bucket.
const maxMarkTime = 30 * time.Second

// moveMarker moves the marker of the content, at a start. A failure is logged and does
// not stop the server: reading and writing are safe, and sweeps check for themselves.
func (s *session) moveMarker(ctx context.Context, data *Data) {
	ctx, cancel := context.WithTimeout(ctx, maxMarkTime)
	defer cancel()
	switch err := blob.MoveMarker(ctx, data.Blobs, data.Store); {
	case errors.Is(err, blob.ErrSweepRefused):
		s.log.Error("database and content do not belong together, or the database is an older backup; "+
			"sweeps delete nothing until one runs with -force, see docs/operations.md, Restore", "err", err)
	case err != nil:
		s.log.Error("the marker of the content was not moved", "err", err)
	}
}
