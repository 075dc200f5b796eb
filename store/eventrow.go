package store

import (
	"cmp"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// eventRow is a row of the journal. Rows of before there were positions have an empty
// asset_type, and neither tags nor a version in force.
type eventRow struct {
	bun.BaseModel `bun:"table:asset_events,alias:e"`

	Seq            int64           `bun:"seq,pk,autoincrement"` // on SQLite the position
	Position       int64           `bun:"pos,scanonly"`         // on Postgres; NULL until it is numbered
	At             assets.Time     `bun:"at"`
	Workspace      string          `bun:"workspace"`
	AssetID        assets.ID       `bun:"asset_id"`
	Version        assets.Number   `bun:"version"`
	Kind           string          `bun:"kind"`
	Status         assets.Status   `bun:"status"`
	ReviewID       assets.Optional `bun:"review_id"`
	Subject        string          `bun:"subject"`
	Details        string          `bun:"data"`
	EventID        assets.ID       `bun:"event_id"`
	AssetType      assets.Type     `bun:"asset_type"`
	CampaignID     assets.Optional `bun:"campaign_id,nullzero"`
	CampaignBefore assets.Optional `bun:"campaign_before,nullzero"`
	Tags           *string         `bun:"tags"` // JSON, or empty for none
	SHA256         string          `bun:"sha256"`
	Revision       int64           `bun:"revision"`
	InForceBefore  *int64          `bun:"in_force_before"`
	InForceAfter   *int64          `bun:"in_force_after"`
	Changed        string          `bun:"changed"` // JSON, or empty for none
	SubjectKind    assets.Kind     `bun:"subject_kind"`
	Via            assets.Via      `bun:"via"`
	Comment        string          `bun:"comment"`
	Trace          string          `bun:"trace"`
}

func newEventRow(e assets.Event) (*eventRow, error) {
	d := &e.Data
	row := &eventRow{
		At: e.At, Workspace: e.Workspace, AssetID: d.AssetID, Version: d.Version, Kind: e.Type.Kind(),
		Status: d.Status, ReviewID: d.ReviewID, Subject: d.By, Details: string(e.Details), EventID: e.ID,
		AssetType: d.AssetType, CampaignID: d.CampaignID, CampaignBefore: d.CampaignBefore, SHA256: d.SHA256,
		Revision: d.Revision, SubjectKind: d.ByKind, Via: d.Via, Comment: d.Comment, Trace: e.Trace,
	}
	if d.InForce != nil {
		row.InForceBefore, row.InForceAfter = new(int64(d.InForce.Before)), new(int64(d.InForce.After))
	}
	if d.Tags != nil {
		tags, err := encodeList(d.Tags, len(d.Tags))
		if err != nil {
			return nil, err
		}
		row.Tags = &tags
	}
	var err error
	row.Changed, err = encodeList(d.Changed, len(d.Changed))
	return row, err
}

// position returns the position of the row, on either database.
func (r *eventRow) position() int64 { return cmp.Or(r.Position, r.Seq) }

func (r *eventRow) event() (assets.Event, error) {
	e := assets.Event{
		Position: r.position(), ID: r.EventID, Type: assets.EventTypeOf(r.Kind, r.Status), At: r.At, Workspace: r.Workspace,
		Data: assets.EventData{
			AssetID: r.AssetID, AssetType: r.AssetType, CampaignID: r.CampaignID, Status: r.Status, Version: r.Version,
			SHA256: r.SHA256, Revision: r.Revision, ReviewID: r.ReviewID, By: r.Subject, ByKind: r.SubjectKind,
			Via: r.Via, Comment: r.Comment, CampaignBefore: r.CampaignBefore,
		},
		Details: rawJSON(r.Details), Trace: r.Trace,
	}
	if r.InForceBefore != nil && r.InForceAfter != nil {
		e.Data.InForce = &assets.InForce{Before: assets.Number(*r.InForceBefore), After: assets.Number(*r.InForceAfter)}
	}
	if r.Tags != nil {
		e.Data.Tags = assets.Tags{}
		if err := decodeList(*r.Tags, &e.Data.Tags); err != nil {
			return e, err
		}
	}
	return e, decodeList(r.Changed, &e.Data.Changed)
}
