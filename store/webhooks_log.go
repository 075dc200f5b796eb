package store

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// Finish implements [record.Queue].
func (s *Store) Finish(ctx context.Context, d record.Delivery, pause record.Pause) error {
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		row, err := u.webhookRow(ctx, d.Workspace, d.WebhookID)
		if err != nil {
			return err
		}
		n, err := u.exec(ctx, "UPDATE asset_deliveries SET state = ?, attempts = ?, tries = ?, since = ?, due_at = ?,"+
			" last_at = ?, status = ?, problem = ?, lease = '', head = 0 WHERE id = ? AND webhook_id = ? AND lease = ? AND lease <> ''",
			d.State, d.Attempts, d.Tries, d.Since, d.DueAt, d.LastAt, d.Status, d.Problem, d.ID, d.WebhookID, d.Lease)
		if err != nil {
			return err
		}
		if n == 0 {
			return assets.ErrNotFound
		}
		if d.State != record.StatePending {
			if err := u.repeatNext(ctx, d.WebhookID, d.Lane(), d.Position, d.LastAt); err != nil {
				return err
			}
		}
		if err := u.promote(ctx, row, d.Lane()); err != nil {
			return err
		}
		webhook, err := row.webhook()
		if err != nil {
			return err
		}
		webhook.Count(d, pause)
		if webhook.Failures == row.Failures && webhook.Paused == row.Paused {
			return u.wake(ctx, row, d.LastAt)
		}
		row.Failures, row.Paused, row.PausedAt, row.WakeAt = webhook.Failures, webhook.Paused, webhook.PausedAt, d.LastAt
		return u.putWebhook(ctx, row)
	})
}

// repeatNext begins a new round of the first delivered delivery of a lane behind a
// position. There is one only if an earlier event was sent again. In their turn the
// deliveries behind it follow, so that no call changes many. The webhook's row is locked.
func (u *unit) repeatNext(ctx context.Context, webhook assets.ID, lane string, position int64, at assets.Time) error {
	_, err := u.exec(ctx, "UPDATE asset_deliveries SET "+restart+" WHERE id = (SELECT id FROM asset_deliveries"+
		" WHERE webhook_id = ?1 AND lane = ?2 AND state = 'delivered' AND position > ?3 ORDER BY position, id LIMIT 1)", at, webhook, lane, position)
	return err
}

// promote makes the pending delivery with the lowest position the head of a lane,
// unless the lane has one. It is due if the webhook was resumed since its last attempt.
// The webhook's row is locked.
func (u *unit) promote(ctx context.Context, w *webhookRow, lane string) error {
	const pending = "FROM asset_deliveries WHERE webhook_id = ?0 AND lane = ?1 AND state = 'pending'"
	_, err := u.exec(ctx, "UPDATE asset_deliveries SET head = 1, due_at = CASE WHEN ?2 > 0 AND last_at <= ?2 AND due_at > ?2 THEN ?2 ELSE due_at END"+
		" WHERE id = (SELECT id "+pending+" ORDER BY position, id LIMIT 1) AND NOT EXISTS (SELECT 1 "+pending+" AND head = 1)",
		w.ID, lane, w.ResumedAt)
	return err
}

// Deliveries implements [record.Queue].
func (s *Store) Deliveries(
	ctx context.Context, workspace string, webhook assets.ID, state record.State, before assets.ID, limit int,
) ([]record.Delivery, error) {
	if _, err := s.webhookRow(ctx, workspace, webhook); err != nil {
		return nil, err
	}
	page := []record.Delivery{}
	if limit <= 0 {
		return page, nil // bun takes a limit of 0 as no limit
	}
	var rows []deliveryRow
	q := s.db.NewSelect().Model(&rows).ExcludeColumn("body").Where("webhook_id = ?", webhook).Order("id DESC").Limit(int64(limit))
	if state != "" {
		q.Where("state = ?", state)
	}
	if before != "" {
		q.Where("id < ?", before)
	}
	if err := s.scan(ctx, q); err != nil {
		return nil, err
	}
	for i := range rows {
		page = append(page, rows[i].delivery())
	}
	return page, nil
}

// Retry implements [record.Queue].
func (s *Store) Retry(
	ctx context.Context, workspace string, webhook, id assets.ID, at assets.Time,
) (retried record.Delivery, err error) {
	err = s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		w, err := u.webhookRow(ctx, workspace, webhook)
		if err != nil {
			return err
		}
		var d deliveryRow
		q := s.db.NewSelect().Model(&d).ExcludeColumn("body").Where("webhook_id = ?", webhook).Where("id = ?", id)
		if err := u.scan(ctx, q); err != nil {
			return err
		}
		retried = d.delivery()
		var leased int
		if err := u.read(ctx, &leased, "SELECT count(*) FROM asset_deliveries WHERE id = ? AND NOT "+u.engine.unleased(), id); err != nil {
			return err
		}
		if leased > 0 {
			return nil
		}
		retried.Restart(at)
		if _, err := u.exec(ctx, "UPDATE asset_deliveries SET "+restart+" WHERE id = ?1", at, id); err != nil {
			return err
		}
		// It takes its place in the lane, in front of a head that waits for its time.
		_, err = u.exec(ctx, "UPDATE asset_deliveries SET head = 0, lease = '' WHERE webhook_id = ?0 AND lane = ?1"+
			" AND state = 'pending' AND head = 1 AND "+u.engine.unleased(), webhook, d.Lane)
		if err != nil {
			return err
		}
		if err := u.promote(ctx, w, d.Lane); err != nil {
			return err
		}
		return u.wake(ctx, w, at)
	})
	return retried, err
}

// PruneDeliveries implements [record.Queue].
func (s *Store) PruneDeliveries(ctx context.Context, before, now assets.Time) (int, error) {
	// The outer condition holds for one that is retried while this waits for its row.
	const ended = "state <> 'pending' AND last_at < ?0"
	const repeated = "state = 'delivered' AND EXISTS (SELECT 1 FROM asset_deliveries AS o WHERE o.webhook_id = d.webhook_id" +
		" AND o.lane = d.lane AND o.state = 'pending' AND o.position < d.position)"
	n, err := s.deleteInBatches(ctx, "DELETE FROM asset_deliveries WHERE "+ended+" AND id IN"+
		" (SELECT id FROM asset_deliveries AS d WHERE "+ended+" AND NOT ("+repeated+") LIMIT ?1)", before, deleteBatch)
	for more := true; err == nil && more; {
		more, err = s.giveUp(ctx, before, now)
	}
	return n, err
}

// giveUp makes pending deliveries of one webhook fail that have waited since a time,
// or removes them if the webhook does not exist. It reports whether there may be more.
func (s *Store) giveUp(ctx context.Context, before, now assets.Time) (more bool, err error) {
	waiting := "state = 'pending' AND created_at < ?0 AND last_at < ?0 AND due_at < ?0 AND " + s.engine.unleased()
	var first []deliveryRow
	err = s.read(ctx, &first, "SELECT id, workspace, webhook_id FROM asset_deliveries WHERE "+waiting+" ORDER BY created_at LIMIT 1", before)
	if err != nil || len(first) == 0 {
		return false, err
	}
	id := first[0].WebhookID
	return true, s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		w, absent := u.webhookRow(ctx, first[0].Workspace, id)
		if err := absent; err != nil && !errors.Is(err, assets.ErrNotFound) {
			return err
		}
		var rows []deliveryRow
		err := u.read(ctx, &rows, "SELECT id, lane, position FROM asset_deliveries WHERE webhook_id = ?1 AND "+waiting+" LIMIT ?2", before, id, giveUpBatch)
		if err != nil || len(rows) == 0 {
			return err
		}
		ids, lanes := make([]assets.ID, len(rows)), make(map[string]int64) // with the lowest position
		for i, r := range rows {
			ids[i] = r.ID
			if lowest, known := lanes[r.Lane]; !known || r.Position < lowest {
				lanes[r.Lane] = r.Position
			}
		}
		if absent != nil {
			_, err = u.exec(ctx, "DELETE FROM asset_deliveries WHERE id IN (?)", bun.List(ids))
			return err
		}
		var ended record.Delivery
		ended.Expire(now)
		_, err = u.exec(ctx, "UPDATE asset_deliveries SET state = ?, last_at = ?, problem = ?, lease = '', head = 0 WHERE id IN (?)",
			ended.State, ended.LastAt, ended.Problem, bun.List(ids))
		for lane, position := range lanes {
			if err == nil {
				err = u.repeatNext(ctx, id, lane, position, now)
			}
			if err == nil {
				err = u.promote(ctx, w, lane)
			}
		}
		if err != nil {
			return err
		}
		return u.wake(ctx, w, now)
	})
}

// giveUpBatch is how many deliveries one transaction gives up, so that other writers do
// not wait long.
const giveUpBatch = 200
