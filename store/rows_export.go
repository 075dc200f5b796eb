package store

import (
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

type exportRow struct {
	bun.BaseModel `bun:"table:asset_exports,alias:x"`

	ID        assets.ID   `bun:"id,pk"`
	Workspace string      `bun:"workspace"`
	CreatedBy string      `bun:"created_by"`
	CreatedAt assets.Time `bun:"created_at"`
	ExpiresAt assets.Time `bun:"expires_at"`
	Items     int64       `bun:"items"`
	Plan      string      `bun:"plan"` // JSON
	Whole     int         `bun:"whole"`
	Stale     int         `bun:"stale,scanonly"`
}

func newExportRow(r export.Record) (*exportRow, error) {
	plan, err := json.Marshal(r.Plan)
	if err != nil {
		return nil, fmt.Errorf("store: encode a plan: %w", err)
	}
	return &exportRow{
		ID: r.ID, Workspace: r.Workspace, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt,
		Items: r.Plan.Items, Plan: string(plan),
	}, nil
}

func (r *exportRow) record() (export.Record, error) {
	record := export.Record{
		ID: r.ID, Workspace: r.Workspace, CreatedBy: r.CreatedBy,
		CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, Stale: r.Stale != 0,
	}
	if err := json.Unmarshal([]byte(r.Plan), &record.Plan); err != nil {
		return record, fmt.Errorf("store: the plan of export %s: %w", r.ID, err)
	}
	return record, nil
}

type entryRow struct {
	bun.BaseModel `bun:"table:asset_export_entries,alias:e"`

	Export      assets.ID     `bun:"export,pk"`
	PayloadAt   int64         `bun:"payload_at,pk"`
	MetadataAt  int64         `bun:"metadata_at"`
	ManifestAt  int64         `bun:"manifest_at"`
	DirectoryAt int64         `bun:"directory_at"`
	Workspace   string        `bun:"workspace"`
	AssetID     assets.ID     `bun:"asset_id"`
	Version     assets.Number `bun:"version"`
	Withdrawals int           `bun:"withdrawals"`
	Stale       int           `bun:"stale"`
	Name        string        `bun:"name"`
	SizeBytes   int64         `bun:"size_bytes"`
	CRC32       int64         `bun:"crc32"`
	SHA256      string        `bun:"sha256"`
	Key         string        `bun:"key"`
	Document    string        `bun:"document"`
}

func newEntryRow(workspace string, id assets.ID, e *export.Entry) entryRow {
	return entryRow{
		Export: id, Workspace: workspace,
		PayloadAt: e.At[export.SectionPayload], MetadataAt: e.At[export.SectionMetadata],
		ManifestAt: e.At[export.SectionManifest], DirectoryAt: e.At[export.SectionDirectory],
		AssetID: e.AssetID, Version: e.Version, Withdrawals: e.Withdrawals,
		Name: e.Name, SizeBytes: e.Size, CRC32: int64(e.CRC32), SHA256: e.SHA256, Key: e.Key,
		Document: string(e.Document),
	}
}

func (r *entryRow) entry() export.Entry {
	e := export.Entry{
		AssetID: r.AssetID, Version: r.Version, Withdrawals: r.Withdrawals,
		Name: r.Name, Size: r.SizeBytes, CRC32: uint32(r.CRC32), SHA256: r.SHA256, Key: r.Key,
	}
	e.At[export.SectionPayload], e.At[export.SectionMetadata] = r.PayloadAt, r.MetadataAt
	e.At[export.SectionManifest], e.At[export.SectionDirectory] = r.ManifestAt, r.DirectoryAt
	if r.Document != "" {
		e.Document = []byte(r.Document)
	}
	return e
}
