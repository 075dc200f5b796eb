package store

import (
	"context"
	"io/fs"
	"time"

	"github.com/uptrace/bun"
)

// MigrateWith is MigrateSchema with other files, as a program of another version has them.
func MigrateWith(ctx context.Context, db *bun.DB, files fs.FS) error {
	return migrate(ctx, db, files, false)
}

// InFlight selects the leased deliveries of a webhook.
func (s *Store) InFlight() string { return s.engine.inFlight() }

// MaxRestarts is how many deliveries of resumed webhooks one call makes due.
const MaxRestarts = maxRestarts

// MaxBatch is the number of calls that share a commit at most.
const MaxBatch = maxBatch

// SetBatchTime sets how long after its beginning calls may join a batch.
func SetBatchTime(s *Store, d time.Duration) { s.writer.batchTime = d }

// Queued returns how many calls wait for the turn to write.
func Queued(s *Store) int {
	s.writer.mu.Lock()
	defer s.writer.mu.Unlock()
	return len(s.writer.queue)
}

// HoldTurn calls fn while no other call has the turn to write.
func HoldTurn(s *Store, fn func()) {
	_, _ = s.writer.take(context.Background(), false) // which cannot fail
	defer s.writer.release()
	fn()
}
