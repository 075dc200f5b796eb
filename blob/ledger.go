package blob

import (
	"context"

	"github.com/10ex/assets"
)

// Ledger is the database a sweep settles with: always the primary, never a
// replica.
type Ledger interface {
	// State answers the store's random id and the highest journal number
	// ever given; 0 for an empty journal.
	State(ctx context.Context) (storeID string, journal int64, err error)
	// Condemn decides, in one write transaction, which of the keys no version
	// references, nor an upload that can be used at that time: those are remembered, so that no version can ever be
	// committed with one of them, and answered. With dry set it only
	// answers them.
	Condemn(ctx context.Context, keys []string, at assets.Time, dry bool) (unreferenced []string, err error)
	// Expire removes idempotency records and condemned keys written before the
	// given time, and uploads that expired before it, and answers how many.
	Expire(ctx context.Context, before assets.Time) (int, error)
}
