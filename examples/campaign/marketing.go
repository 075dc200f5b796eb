package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// marketing launches the campaign of an asset when it is approved, and pulls it back when
// the approval is withdrawn or the workspace is purged. Its table is in the database of the
// assets, so each takes effect exactly once: the table has no unique key, and a second
// launch would show.
type marketing struct{ store *store.Store }

// action is what a module did about one event.
type action struct {
	Action     string        `json:"action"`
	CampaignID string        `json:"campaign_id"`
	AssetID    assets.ID     `json:"asset_id"`
	Version    assets.Number `json:"version"`
}

func newMarketing(ctx context.Context, st *store.Store) (marketing, error) {
	_, err := st.DB().ExecContext(ctx, `CREATE TABLE IF NOT EXISTS marketing_actions (
		position BIGINT NOT NULL, workspace TEXT NOT NULL, action TEXT NOT NULL,
		campaign_id TEXT NOT NULL, asset_id TEXT NOT NULL, version BIGINT NOT NULL)`)
	return marketing{st}, err
}

func (m marketing) run(ctx context.Context) error { return m.store.FollowTx(ctx, "marketing", m.act) }

// act is committed with the mark behind the events, or nothing of it is.
func (m marketing) act(ctx context.Context, tx bun.Tx, events []assets.Event) error {
	for i := range events {
		e := &events[i]
		if e.Type == assets.EventPurged {
			if err := pullBackAll(ctx, tx, e); err != nil {
				return err
			}
			continue
		}
		a, ok := actionFor(e)
		if !ok || a.CampaignID == "" {
			continue
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO marketing_actions (position, workspace, action, campaign_id, asset_id, version) VALUES (?, ?, ?, ?, ?, ?)",
			e.Position, e.Workspace, a.Action, a.CampaignID, a.AssetID, int64(a.Version))
		if err != nil {
			return err
		}
	}
	return nil
}

// pullBackAll pulls back every campaign of a workspace that was purged. There are no other
// events about its assets.
func pullBackAll(ctx context.Context, tx bun.Tx, e *assets.Event) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO marketing_actions (position, workspace, action, campaign_id, asset_id, version)
		SELECT ?, workspace, 'pull back', campaign_id, asset_id, 0 FROM marketing_actions AS launched
		WHERE workspace = ? AND action <> 'pull back' AND NOT EXISTS (
			SELECT 1 FROM marketing_actions AS later
			WHERE later.workspace = launched.workspace AND later.asset_id = launched.asset_id AND later.position > launched.position)`,
		e.Position, e.Workspace)
	return err
}

// actionFor returns what an event asks of publishers.
func actionFor(e *assets.Event) (a action, ok bool) {
	f := e.Data.InForce
	if f == nil || f.Before == f.After {
		return action{}, false
	}
	a = action{CampaignID: string(e.Data.CampaignID), AssetID: e.Data.AssetID, Version: f.After}
	switch {
	case f.Before == 0:
		a.Action = "launch"
	case f.After == 0:
		a.Action = "pull back"
	default:
		a.Action = "replace"
	}
	return a, true
}

// list responds with the actions, oldest first.
func (m marketing) list(w http.ResponseWriter, r *http.Request) {
	writeActions(w, r, m.store, "SELECT action, campaign_id, asset_id, version FROM marketing_actions ORDER BY position LIMIT 1000")
}

func writeActions(w http.ResponseWriter, r *http.Request, st *store.Store, query string) {
	all := []action{}
	if err := st.DB().NewRaw(query).Scan(r.Context(), &all); err != nil {
		http.Error(w, "the actions cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all)
}
