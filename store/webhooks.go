package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

type webhookRow struct {
	bun.BaseModel `bun:"table:asset_webhooks,alias:w"`

	ID             assets.ID    `bun:"id,pk"`
	Workspace      string       `bun:"workspace"`
	URL            string       `bun:"url"`
	Types          string       `bun:"types"` // a JSON list
	InForceChanged int          `bun:"in_force_changed"`
	CampaignID     string       `bun:"campaign_id"`
	Description    string       `bun:"description"`
	CreatedBy      string       `bun:"created_by"`
	CreatedAt      assets.Time  `bun:"created_at"`
	UpdatedAt      assets.Time  `bun:"updated_at"`
	Secrets        string       `bun:"secrets"` // a JSON list of secretRow
	After          int64        `bun:"after_position"`
	Paused         record.Pause `bun:"paused"`
	PausedAt       assets.Time  `bun:"paused_at"`
	Failures       int          `bun:"failures"`
	ReplayNext     int64        `bun:"replay_next"`
	ReplayUntil    int64        `bun:"replay_until"`
	WakeAt         assets.Time  `bun:"wake_at,nullzero"`
	ResumedAt      assets.Time  `bun:"resumed_at"`
	Resuming       int          `bun:"resuming"`
}

// secretRow is a secret in a column.
type secretRow struct {
	Sealed string `json:"sealed"`
	EndsAt int64  `json:"ends_at"`
}

func newWebhookRow(w record.Webhook) (*webhookRow, error) {
	secrets := make([]secretRow, len(w.Secrets))
	for i, s := range w.Secrets {
		secrets[i] = secretRow{s.Sealed, int64(s.EndsAt)}
	}
	encoded, err := json.Marshal(secrets)
	if err != nil {
		return nil, fmt.Errorf("store: encode the secrets of webhook %s: %w", w.ID, err)
	}
	types, err := json.Marshal(w.Types)
	if err != nil {
		return nil, fmt.Errorf("store: encode the types of webhook %s: %w", w.ID, err)
	}
	return &webhookRow{
		ID: w.ID, Workspace: w.Workspace, URL: w.URL, Types: string(types), InForceChanged: boolToInt(w.InForceChanged),
		CampaignID: w.CampaignID, Description: w.Description,
		CreatedBy: w.CreatedBy, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt, Secrets: string(encoded), After: w.After,
		Paused: w.Paused, PausedAt: w.PausedAt, Failures: w.Failures,
		ReplayNext: w.Replay.Next, ReplayUntil: w.Replay.Until,
	}, nil
}

func (r *webhookRow) webhook() (record.Webhook, error) {
	w := record.Webhook{
		ID: r.ID, Workspace: r.Workspace, URL: r.URL, InForceChanged: r.InForceChanged != 0,
		CampaignID: r.CampaignID, Description: r.Description,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, After: r.After,
		Paused: r.Paused, PausedAt: r.PausedAt, Failures: r.Failures,
		Replay: record.Replay{Next: r.ReplayNext, Until: r.ReplayUntil},
	}
	if err := json.Unmarshal([]byte(r.Types), &w.Types); err != nil {
		return w, fmt.Errorf("store: the types of webhook %s: %w", r.ID, err)
	}
	var secrets []secretRow
	if err := json.Unmarshal([]byte(r.Secrets), &secrets); err != nil {
		return w, fmt.Errorf("store: the secrets of webhook %s are malformed", r.ID) // without their text
	}
	for _, s := range secrets {
		w.Secrets = append(w.Secrets, record.Secret{Sealed: s.Sealed, EndsAt: assets.Time(s.EndsAt)})
	}
	return w, nil
}

// AddWebhook implements [record.Webhooks].
func (s *Store) AddWebhook(ctx context.Context, w record.Webhook, limit int) error {
	row, err := newWebhookRow(w)
	if err != nil {
		return err
	}
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		if err := u.lock(ctx, false, lockWebhooks, w.Workspace); err != nil {
			return err
		}
		var n int
		if err := u.read(ctx, &n, "SELECT count(*) FROM asset_webhooks WHERE workspace = ?", w.Workspace); err != nil {
			return err
		}
		if n >= limit {
			return record.LimitReached(limit)
		}
		return u.put(ctx, s.db.NewInsert().Model(row))
	})
}

// Webhook implements [record.Webhooks].
func (s *Store) Webhook(ctx context.Context, workspace string, id assets.ID) (record.Webhook, error) {
	row, err := s.webhookRow(ctx, workspace, id)
	if err != nil {
		return record.Webhook{}, err
	}
	return row.webhook()
}

// webhookRow returns the row of a webhook. Within a transaction it locks it.
func (r reader) webhookRow(ctx context.Context, workspace string, id assets.ID) (*webhookRow, error) {
	row := &webhookRow{}
	q := r.db.NewSelect().Model(row).Where("workspace = ?", workspace).Where("id = ?", id)
	if r.sticky != nil {
		q = r.engine.lockRow(q)
	}
	return row, r.scan(ctx, q)
}

// WebhooksOf implements [record.Webhooks].
func (s *Store) WebhooksOf(ctx context.Context, workspace string, before assets.ID, limit int) ([]record.Webhook, error) {
	return s.listWebhooks(ctx, before, limit, func(q *bun.SelectQuery) { q.Where("workspace = ?", workspace) })
}

// AllWebhooks implements [record.Webhooks].
func (s *Store) AllWebhooks(ctx context.Context, before assets.ID, limit int) ([]record.Webhook, error) {
	return s.listWebhooks(ctx, before, limit, func(*bun.SelectQuery) {})
}

// Replaying implements [record.Webhooks].
func (s *Store) Replaying(ctx context.Context, after assets.ID, limit int) ([]record.Webhook, error) {
	return s.webhooks(ctx, limit, func(q *bun.SelectQuery) {
		q.Where("replay_until <> 0").Where("paused = ''").Where("id > ?", after).Order("id")
	})
}

func (s *Store) listWebhooks(ctx context.Context, before assets.ID, limit int, where func(*bun.SelectQuery)) ([]record.Webhook, error) {
	return s.webhooks(ctx, limit, func(q *bun.SelectQuery) {
		where(q.Order("id DESC"))
		if before != "" {
			q.Where("id < ?", before)
		}
	})
}

// webhooks returns at most limit webhooks that a query selects.
func (s *Store) webhooks(ctx context.Context, limit int, which func(*bun.SelectQuery)) ([]record.Webhook, error) {
	page := []record.Webhook{}
	if limit <= 0 {
		return page, nil // bun takes a limit of 0 as no limit
	}
	var rows []webhookRow
	q := s.db.NewSelect().Model(&rows).Limit(int64(limit))
	which(q)
	if err := s.scan(ctx, q); err != nil {
		return nil, err
	}
	for i := range rows {
		w, err := rows[i].webhook()
		if err != nil {
			return nil, err
		}
		page = append(page, w)
	}
	return page, nil
}

// ChangeWebhook implements [record.Webhooks].
func (s *Store) ChangeWebhook(
	ctx context.Context, workspace string, id assets.ID, fn func(*record.Webhook) error,
) (changed record.Webhook, err error) {
	err = s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		old, err := u.webhookRow(ctx, workspace, id)
		if err != nil {
			return err
		}
		if changed, err = old.webhook(); err != nil {
			return err
		}
		if err := fn(&changed); err != nil {
			return err
		}
		row, err := newWebhookRow(changed)
		if err != nil {
			return err
		}
		row.WakeAt, row.ResumedAt, row.Resuming = old.WakeAt, old.ResumedAt, old.Resuming
		if old.Paused != "" && changed.Paused == "" {
			row.WakeAt, row.ResumedAt, row.Resuming = changed.UpdatedAt, changed.UpdatedAt, 1
		}
		return u.putWebhook(ctx, row)
	})
	return changed, err
}

// putWebhook updates the row of a webhook.
func (u *unit) putWebhook(ctx context.Context, row *webhookRow) error {
	if row.Paused != "" {
		row.WakeAt = 0
	}
	return u.statement(ctx, func(ctx context.Context) error {
		_, err := u.db.NewUpdate().Model(row).WherePK().Conn(u.conn).Exec(ctx)
		return err
	})
}

// DeleteWebhook implements [record.Webhooks]. What it leaves when it is interrupted,
// nothing finds, and PruneDeliveries removes.
func (s *Store) DeleteWebhook(ctx context.Context, workspace string, id assets.ID) error {
	err := s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		n, err := s.unit(tx).exec(ctx, "DELETE FROM asset_webhooks WHERE workspace = ? AND id = ?", workspace, id)
		if err == nil && n == 0 {
			return assets.ErrNotFound
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.deleteInBatches(ctx, "DELETE FROM asset_deliveries WHERE id IN"+
		" (SELECT id FROM asset_deliveries WHERE webhook_id = ? LIMIT ?)", id, deleteBatch)
	return err
}
