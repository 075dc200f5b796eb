package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// checkedAt is the name of the row of asset_meta that CheckWritable writes.
const checkedAt = "checked_at"

// CheckWritable implements [assets.Writable]. Only a commit shows a full disk, or a
// standby that does not confirm.
func (s *Store) CheckWritable(ctx context.Context) error {
	err := s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		_, err := s.unit(tx).exec(ctx, "INSERT INTO asset_meta (name, value) VALUES (?, ?)"+
			" ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value", checkedAt, strconv.FormatInt(time.Now().UnixMilli(), 10))
		return err
	})
	if errors.Is(err, ErrSchema) {
		return fmt.Errorf("%w: %w", assets.Errorf(assets.ErrUnavailable, "the schema of the database is not the one of this program"), err)
	}
	return err
}
