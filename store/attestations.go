package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

type attestationRow struct {
	bun.BaseModel `bun:"table:asset_attestations,alias:t"`

	Workspace string        `bun:"workspace,pk"`
	AssetID   assets.ID     `bun:"asset_id,pk"`
	Version   assets.Number `bun:"version,pk"`
	Revision  int64         `bun:"revision,pk"`
	EventID   assets.ID     `bun:"event_id"`
	Withdrawn int           `bun:"withdrawn"`
	At        assets.Time   `bun:"at"`
	Statement string        `bun:"statement"`
	KeyID     string        `bun:"key_id"`
	Signature string        `bun:"signature"` // base64
}

func newAttestationRow(a *assets.Attestation) attestationRow {
	return attestationRow{
		Workspace: a.Workspace, AssetID: a.AssetID, Version: a.Version, Revision: a.Revision, EventID: a.EventID,
		Withdrawn: boolToInt(a.Withdrawn), At: a.At, Statement: string(a.Statement),
		KeyID: a.KeyID, Signature: base64.StdEncoding.EncodeToString(a.Signature),
	}
}

func (r *attestationRow) attestation() (assets.Attestation, error) {
	a := assets.Attestation{
		Workspace: r.Workspace, AssetID: r.AssetID, Version: r.Version, Revision: r.Revision, EventID: r.EventID,
		Withdrawn: r.Withdrawn != 0, At: r.At, Statement: []byte(r.Statement), KeyID: r.KeyID,
	}
	if r.Signature == "" {
		return a, nil
	}
	var err error
	if a.Signature, err = base64.StdEncoding.DecodeString(r.Signature); err != nil {
		return a, fmt.Errorf("store: the signature of the statement about version %d of asset %s: %w", r.Version, r.AssetID, err)
	}
	return a, nil
}

// attestationBatch is the number of rows that one statement inserts. Archiving an asset
// may withdraw a thousand approvals.
const attestationBatch = 100

// AddAttestations implements [assets.Tx]. An approval adds one.
func (u *unit) AddAttestations(ctx context.Context, all []assets.Attestation) error {
	if len(all) == 1 {
		row := newAttestationRow(&all[0])
		return u.add(ctx, u.hot.addAttestation, &row)
	}
	for batch := range slices.Chunk(all, attestationBatch) {
		rows := make([]attestationRow, len(batch))
		for i := range batch {
			rows[i] = newAttestationRow(&batch[i])
		}
		if err := u.put(ctx, u.db.NewInsert().Model(&rows)); err != nil {
			return err
		}
	}
	return nil
}

// Attestation implements [assets.Attestations].
func (s *Store) Attestation(ctx context.Context, workspace string, id assets.ID, n assets.Number) (assets.Attestation, error) {
	return s.findAttestation(ctx, s.attestationQuery(workspace, id, n).Order("revision DESC").Limit(1))
}

// AttestationAt implements [assets.Attestations].
func (s *Store) AttestationAt(ctx context.Context, workspace string, id assets.ID, n assets.Number, revision int64) (assets.Attestation, error) {
	return s.findAttestation(ctx, s.attestationQuery(workspace, id, n).Where("revision = ?", revision))
}

func (s *Store) attestationQuery(workspace string, id assets.ID, n assets.Number) *bun.SelectQuery {
	return s.db.NewSelect().Where("workspace = ?", workspace).Where("asset_id = ?", id).Where("version = ?", n)
}

func (s *Store) findAttestation(ctx context.Context, q *bun.SelectQuery) (assets.Attestation, error) {
	var row attestationRow
	if err := s.scan(ctx, q.Model(&row)); err != nil {
		return assets.Attestation{}, err
	}
	return row.attestation()
}

// Attested reports whether the store has a signed attestation, of any workspace. It returns an
// error that wraps assets.ErrUnavailable if the database fails.
func (s *Store) Attested(ctx context.Context) (bool, error) {
	var found bool
	err := s.read(ctx, &found, "SELECT EXISTS (SELECT 1 FROM asset_attestations WHERE key_id <> '')")
	return found, err
}

// Unsigned implements [assets.Attestations].
func (s *Store) Unsigned(ctx context.Context, after assets.Attestation, limit int) ([]assets.Attestation, error) {
	all := []assets.Attestation{}
	if limit <= 0 {
		return all, nil
	}
	var rows []attestationRow
	err := s.scan(ctx, s.db.NewSelect().Model(&rows).Where("key_id = ''").
		Where("(workspace, asset_id, version, revision) > (?, ?, ?, ?)", after.Workspace, after.AssetID, after.Version, after.Revision).
		Order("workspace", "asset_id", "version", "revision").Limit(int64(limit)))
	if err != nil {
		return nil, err
	}
	for i := range rows {
		a, err := rows[i].attestation()
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// SignAttestation implements [assets.Attestations].
func (s *Store) SignAttestation(ctx context.Context, a assets.Attestation) error {
	row := newAttestationRow(&a)
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		_, err := s.unit(tx).exec(ctx, "UPDATE asset_attestations SET key_id = ?, signature = ?"+
			" WHERE workspace = ? AND asset_id = ? AND version = ? AND revision = ? AND key_id = ''",
			row.KeyID, row.Signature, row.Workspace, row.AssetID, row.Version, row.Revision)
		return err
	})
}
