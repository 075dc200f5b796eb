package store

import (
	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

type versionRow struct {
	bun.BaseModel `bun:"table:asset_versions,alias:v"`

	Workspace      string          `bun:"workspace,pk"`
	AssetID        assets.ID       `bun:"asset_id,pk"`
	Number         assets.Number   `bun:"number,pk"`
	Content        contentColumns  `bun:"embed:"`
	Provenance     originColumns   `bun:"embed:"`
	RolledBackFrom assets.Number   `bun:"rolled_back_from"`
	Approval       assets.Approval `bun:"approval"`
	CreatedBy      string          `bun:"created_by"`
	CreatedAt      assets.Time     `bun:"created_at"`
	Key            string          `bun:"key"`
	CRC32          int64           `bun:"crc32"`
	Words          string          `bun:"words"`
}

func newVersionRow(workspace string, v assets.Version) (*versionRow, error) {
	origin, err := newOriginColumns(v.Provenance)
	return &versionRow{
		Workspace: workspace, AssetID: v.AssetID, Number: v.Number,
		Content: contentColumns(v.Content), Provenance: origin,
		RolledBackFrom: v.RolledBackFrom, Approval: v.Approval, CreatedBy: v.CreatedBy, CreatedAt: v.CreatedAt,
		Key: v.Key, CRC32: int64(v.CRC32), Words: v.Words,
	}, err
}

func (r *versionRow) version() (assets.Version, error) {
	origin, err := r.Provenance.provenance()
	return assets.Version{
		AssetID: r.AssetID, Number: r.Number,
		Content: assets.Content(r.Content), Provenance: origin,
		RolledBackFrom: r.RolledBackFrom, Approval: r.Approval, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt,
		Key: r.Key, CRC32: uint32(r.CRC32), Words: r.Words,
	}, err
}

type reviewRow struct {
	bun.BaseModel `bun:"table:asset_reviews,alias:r"`

	Workspace   string          `bun:"workspace,pk"`
	AssetID     assets.ID       `bun:"asset_id,pk"`
	Revision    int64           `bun:"revision,pk"`
	ID          assets.ID       `bun:"id,pk"`
	Version     assets.Number   `bun:"version"`
	SHA256      string          `bun:"sha256"`
	Action      assets.Action   `bun:"action"`
	FromStatus  assets.Status   `bun:"from_status"`
	ToStatus    assets.Status   `bun:"to_status"`
	Comment     string          `bun:"comment"`
	CarriedFrom assets.Number   `bun:"carried_from"`
	Reviewer    string          `bun:"reviewer"`
	Kind        assets.Kind     `bun:"kind"`
	Via         assets.Via      `bun:"via"`
	KeyPrefix   assets.Optional `bun:"key_prefix"`
	At          assets.Time     `bun:"at"`
}

func newReviewRow(workspace string, r assets.Review) *reviewRow {
	return &reviewRow{
		Workspace: workspace, AssetID: r.AssetID, Revision: r.Revision, ID: r.ID,
		Version: r.Version, SHA256: r.SHA256, Action: r.Action, FromStatus: r.FromStatus, ToStatus: r.ToStatus,
		Comment: r.Comment, CarriedFrom: r.CarriedFrom, Reviewer: r.By, Kind: r.ByKind, Via: r.Via,
		KeyPrefix: r.KeyPrefix, At: r.At,
	}
}

func (r *reviewRow) review() assets.Review {
	return assets.Review{
		ID: r.ID, AssetID: r.AssetID, Version: r.Version, SHA256: r.SHA256, Action: r.Action,
		FromStatus: r.FromStatus, ToStatus: r.ToStatus, Comment: r.Comment, CarriedFrom: r.CarriedFrom,
		By: r.Reviewer, ByKind: r.Kind, Via: r.Via, KeyPrefix: r.KeyPrefix, At: r.At, Revision: r.Revision,
	}
}

type eventRow struct {
	bun.BaseModel `bun:"table:asset_events,alias:e"`

	Seq       int64            `bun:"seq,pk,autoincrement"`
	At        assets.Time      `bun:"at"`
	Workspace string           `bun:"workspace"`
	AssetID   assets.ID        `bun:"asset_id"`
	Version   assets.Number    `bun:"version"`
	Kind      assets.EventKind `bun:"kind"`
	Status    assets.Status    `bun:"status"`
	ReviewID  assets.Optional  `bun:"review_id"`
	Subject   string           `bun:"subject"`
	Data      string           `bun:"data"`
}

func newEventRow(e assets.Event) *eventRow {
	return &eventRow{
		At: e.At, Workspace: e.Workspace, AssetID: e.AssetID, Version: e.Version, Kind: e.Kind,
		Status: e.Status, ReviewID: e.ReviewID, Subject: e.By, Data: string(e.Data),
	}
}

func (r *eventRow) event() assets.Event {
	return assets.Event{
		Seq: r.Seq, At: r.At, Workspace: r.Workspace, AssetID: r.AssetID, Version: r.Version, Kind: r.Kind,
		Status: r.Status, ReviewID: r.ReviewID, By: r.Subject, Data: raw(r.Data),
	}
}

type requestRow struct {
	bun.BaseModel `bun:"table:asset_requests,alias:q"`

	Workspace   string        `bun:"workspace,pk"`
	Subject     string        `bun:"subject,pk"`
	Operation   string        `bun:"operation,pk"`
	Key         string        `bun:"key,pk"`
	Fingerprint string        `bun:"fingerprint"`
	AssetID     assets.ID     `bun:"asset_id"`
	Version     assets.Number `bun:"version"`
	Unchanged   int           `bun:"unchanged"`
	At          assets.Time   `bun:"at"`
}

func newRequestRow(workspace string, r assets.Request) *requestRow {
	return &requestRow{
		Workspace: workspace, Subject: r.Subject, Operation: r.Operation, Key: r.Key, Fingerprint: r.Fingerprint,
		AssetID: r.AssetID, Version: r.Version, Unchanged: flag(r.Unchanged), At: r.At,
	}
}

func (r *requestRow) request() assets.Request {
	return assets.Request{
		Subject: r.Subject, Operation: r.Operation, Key: r.Key, Fingerprint: r.Fingerprint,
		AssetID: r.AssetID, Version: r.Version, Unchanged: r.Unchanged != 0, At: r.At,
	}
}
