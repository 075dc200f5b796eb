package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// hasStaleEntry is the condition that an entry of export x is stale. It is one
// look-up in an index of stale entries only.
const hasStaleEntry = "EXISTS (SELECT 1 FROM asset_export_entries AS e WHERE e.export = x.id AND e.stale = 1)"

// exportQuery returns a query of completely frozen exports.
func (s *Store) exportQuery(rows any, workspace string) *bun.SelectQuery {
	return s.db.NewSelect().Model(rows).
		ColumnExpr("x.*").ColumnExpr("CASE WHEN "+hasStaleEntry+" THEN 1 ELSE 0 END AS stale").
		Where("x.workspace = ?", workspace).Where("x.whole = 1")
}

// Export implements [export.Store].
func (s *Store) Export(ctx context.Context, workspace string, id assets.ID) (export.Record, error) {
	var row exportRow
	if err := s.scan(ctx, s.exportQuery(&row, workspace).Where("x.id = ?", id)); err != nil {
		return export.Record{}, err
	}
	return row.record()
}

// Exports implements [export.Store].
func (s *Store) Exports(ctx context.Context, workspace string, before assets.ID, limit int) ([]export.Record, error) {
	var rows []exportRow
	q := s.exportQuery(&rows, workspace).Order("x.id DESC").Limit(int64(max(limit, 0)))
	if before != "" {
		q.Where("x.id < ?", before)
	}
	records := []export.Record{}
	if limit <= 0 {
		return records, nil // bun takes a limit of 0 as no limit
	}
	if err := s.scan(ctx, q); err != nil {
		return nil, err
	}
	for i := range rows {
		record, err := rows[i].record()
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

// StaleItems implements [export.Store].
func (s *Store) StaleItems(ctx context.Context, workspace string, id assets.ID) ([]assets.Ref, error) {
	var rows []staleRow
	err := s.scan(ctx, s.db.NewSelect().Model(&rows).Column("asset_id", "version").
		Where("export = ?", id).Where("stale = 1").Where("workspace = ?", workspace).Order("payload_at"))
	if err != nil {
		return nil, err
	}
	refs := make([]assets.Ref, len(rows))
	for i, r := range rows {
		refs[i] = assets.Ref{AssetID: r.AssetID, Version: r.Version}
	}
	return refs, nil
}

// Entries implements [export.Store]. It scans the index of the section from the
// last entry that starts at or before the byte, written so that Postgres's planner
// has one choice only: see plan_postgres.go. The outer query removes entries of
// other exports. It returns an error for an unknown section.
func (s *Store) Entries(
	ctx context.Context, workspace string, id assets.ID, section export.Section, at int64, limit int,
) ([]export.Entry, error) {
	column, err := startColumn(section)
	if err != nil {
		return nil, err
	}
	entries := []export.Entry{}
	if limit <= 0 {
		return entries, nil
	}
	var rows []entryRow
	ranged := ""
	if section == export.SectionTagManifest { // the condition of its index
		ranged = " AND attestation_sha256 <> ''"
	}
	entriesFrom := s.entryColumns(section, at).TableExpr("asset_export_entries AS e").
		Where("(e.export, e.?) >= (?, (SELECT max(?) FROM asset_export_entries WHERE export = ? AND ? <= ?"+ranged+"))"+ranged,
			column, id, column, id, column, at).
		OrderExpr("e.export, e.?", column).Limit(int64(limit))
	q := s.db.NewSelect().Model(&rows).ModelTableExpr("(?) AS e", entriesFrom).
		Where("e.export = ?", id).Where("e.workspace = ?", workspace).OrderExpr("e.?", column)
	if err := s.scan(ctx, q); err != nil {
		return nil, err
	}
	for i := range rows {
		if i > 0 && section == export.SectionMetadata && rows[i].MetadataAt >= at+export.DocumentSpan {
			break
		}
		entries = append(entries, rows[i].entry())
	}
	return entries, nil
}

// entryColumns returns a query of all columns of entries e. The document is empty where
// Entries must not read it: a CASE reads it no more than a condition would, which the
// planner could take into account.
func (s *Store) entryColumns(section export.Section, at int64) *bun.SelectQuery {
	q := s.db.NewSelect().Column("export", "payload_at", "metadata_at", "manifest_at", "directory_at", "workspace",
		"asset_id", "version", "withdrawals", "stale", "name", "size_bytes", "crc32", "sha256", "key",
		"attestation", "attestation_size", "attestation_crc32", "attestation_sha256", "tagmanifest_at")
	if section != export.SectionMetadata {
		return q.ColumnExpr("'' AS document")
	}
	return q.ColumnExpr("CASE WHEN e.metadata_at < ? THEN e.document ELSE '' END AS document", at+export.DocumentSpan)
}

// startColumn returns the column with the start of entries in a section.
func startColumn(s export.Section) (bun.Ident, error) {
	switch s {
	case export.SectionPayload:
		return "payload_at", nil
	case export.SectionMetadata:
		return "metadata_at", nil
	case export.SectionManifest:
		return "manifest_at", nil
	case export.SectionDirectory:
		return "directory_at", nil
	case export.SectionTagManifest:
		return "tagmanifest_at", nil
	}
	return "", fmt.Errorf("store: an export has no section %d", s)
}

// recordWithdrawal records that a version's approval is withdrawn, and marks it
// stale in every export. It follows the write of the version, on whose row publish
// waits.
func (u *unit) recordWithdrawal(ctx context.Context, workspace string, v assets.Version) error {
	_, err := u.exec(ctx, "INSERT INTO asset_withdrawals AS w (workspace, asset_id, version, times) VALUES (?, ?, ?, 1)"+
		" ON CONFLICT (workspace, asset_id, version) DO UPDATE SET times = w.times + 1", workspace, v.AssetID, v.Number)
	if err != nil {
		return err
	}
	_, err = u.exec(ctx, "UPDATE asset_export_entries SET stale = 1"+
		" WHERE workspace = ? AND asset_id = ? AND version = ? AND stale = 0", workspace, v.AssetID, v.Number)
	return err
}

// expireExports removes exports that expired before a time, and the rows of
// freezes that began before it and never finished. It returns the number of
// exports removed.
func (s *Store) expireExports(ctx context.Context, before assets.Time) (int, error) {
	const old = "SELECT id FROM asset_exports WHERE expires_at < ?0 OR (whole = 0 AND created_at < ?0)"
	_, err := s.deleteInBatches(ctx, "DELETE FROM asset_export_entries WHERE (export, payload_at) IN"+
		" (SELECT export, payload_at FROM asset_export_entries WHERE export IN ("+old+") LIMIT ?1)", before, entryDeleteBatch)
	if err != nil {
		return 0, err
	}
	return s.deleteInBatches(ctx, "DELETE FROM asset_exports WHERE id IN ("+old+" LIMIT ?1)", before, deleteBatch)
}

type exportRow struct {
	bun.BaseModel `bun:"table:asset_exports,alias:x"`

	ID        assets.ID   `bun:"id,pk"`
	Workspace string      `bun:"workspace"`
	CreatedBy string      `bun:"created_by"`
	CreatedAt assets.Time `bun:"created_at"`
	ExpiresAt assets.Time `bun:"expires_at"`
	Items     int64       `bun:"items"`
	Plan      string      `bun:"plan"` // JSON
	Complete  int         `bun:"whole"`
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

	Attestation       int64  `bun:"attestation"` // the revision
	AttestationSize   int64  `bun:"attestation_size"`
	AttestationCRC32  int64  `bun:"attestation_crc32"`
	AttestationSHA256 string `bun:"attestation_sha256"`
	TagManifestAt     int64  `bun:"tagmanifest_at"`
}

// staleRow is what is read of stale entries, of which there may be thousands.
type staleRow struct {
	bun.BaseModel `bun:"table:asset_export_entries,alias:e"`

	AssetID assets.ID     `bun:"asset_id"`
	Version assets.Number `bun:"version"`
}

func newEntryRow(workspace string, id assets.ID, e *export.Entry) entryRow {
	return entryRow{
		Export: id, Workspace: workspace,
		PayloadAt: e.At[export.SectionPayload], MetadataAt: e.At[export.SectionMetadata],
		ManifestAt: e.At[export.SectionManifest], DirectoryAt: e.At[export.SectionDirectory],
		AssetID: e.AssetID, Version: e.Version, Withdrawals: e.Withdrawals,
		Name: e.Name, SizeBytes: e.Size, CRC32: int64(e.CRC32), SHA256: e.SHA256, Key: e.Key,
		Document:    string(e.Document),
		Attestation: e.Attestation.Revision, AttestationSize: e.Attestation.Size, AttestationCRC32: int64(e.Attestation.CRC32),
		AttestationSHA256: e.Attestation.SHA256, TagManifestAt: e.At[export.SectionTagManifest],
	}
}

func (r *entryRow) entry() export.Entry {
	e := export.Entry{
		AssetID: r.AssetID, Version: r.Version, Withdrawals: r.Withdrawals,
		Name: r.Name, Size: r.SizeBytes, CRC32: uint32(r.CRC32), SHA256: r.SHA256, Key: r.Key,
		Attestation: export.EntryAttestation{
			Revision: r.Attestation, Size: r.AttestationSize, CRC32: uint32(r.AttestationCRC32), SHA256: r.AttestationSHA256,
		},
	}
	e.At[export.SectionPayload], e.At[export.SectionMetadata] = r.PayloadAt, r.MetadataAt
	e.At[export.SectionManifest], e.At[export.SectionDirectory] = r.ManifestAt, r.DirectoryAt
	e.At[export.SectionTagManifest] = r.TagManifestAt
	if r.Document != "" {
		e.Document = []byte(r.Document)
	}
	return e
}
