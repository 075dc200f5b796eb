package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// AddAttestations implements [assets.Tx].
func (t *tx) AddAttestations(ctx context.Context, all []assets.Attestation) error {
	return t.write(ctx, func(s *state) error {
		for _, a := range all {
			r := s.row(a.Workspace, a.AssetID)
			r.attestations = append(slices.Clip(r.attestations), copyAttestation(a))
			s.put(a.Workspace, r)
		}
		return nil
	})
}

func copyAttestation(a assets.Attestation) assets.Attestation {
	a.Statement, a.Signature = slices.Clone(a.Statement), slices.Clone(a.Signature)
	return a
}

// Attestation implements [assets.Attestations].
func (s *Store) Attestation(ctx context.Context, workspace string, id assets.ID, n assets.Number) (assets.Attestation, error) {
	return s.findAttestation(ctx, workspace, id, func(a assets.Attestation) bool { return a.Version == n })
}

// AttestationAt implements [assets.Attestations].
func (s *Store) AttestationAt(ctx context.Context, workspace string, id assets.ID, n assets.Number, revision int64) (assets.Attestation, error) {
	return s.findAttestation(ctx, workspace, id, func(a assets.Attestation) bool { return a.Version == n && a.Revision == revision })
}

// findAttestation returns the newest attestation of an asset for which match returns true.
func (s *Store) findAttestation(ctx context.Context, workspace string, id assets.ID, match func(assets.Attestation) bool) (assets.Attestation, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return assets.Attestation{}, err
	}
	if found, ok := now.row(workspace, id).newestAttestation(match); ok {
		return copyAttestation(found), nil
	}
	return assets.Attestation{}, notFound("attestation of asset %s", id)
}

func (r row) newestAttestation(match func(assets.Attestation) bool) (found assets.Attestation, ok bool) {
	for _, a := range r.attestations {
		if match(a) && (!ok || a.Revision > found.Revision) {
			found, ok = a, true
		}
	}
	return found, ok
}

// Unsigned implements [assets.Attestations].
func (s *Store) Unsigned(ctx context.Context, after assets.Attestation, limit int) ([]assets.Attestation, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	all := []assets.Attestation{}
	for _, workspace := range slices.Sorted(maps.Keys(now.workspaces)) {
		for _, r := range now.workspaces[workspace] {
			for _, a := range r.attestations {
				if !a.Signed() && compareAttestations(a, after) > 0 {
					all = append(all, copyAttestation(a))
				}
			}
		}
	}
	slices.SortFunc(all, compareAttestations)
	return all[:min(max(limit, 0), len(all))], nil
}

func compareAttestations(a, b assets.Attestation) int {
	return cmp.Or(
		strings.Compare(a.Workspace, b.Workspace), cmp.Compare(a.AssetID, b.AssetID),
		cmp.Compare(a.Version, b.Version), cmp.Compare(a.Revision, b.Revision),
	)
}

// SignAttestation implements [assets.Attestations].
func (s *Store) SignAttestation(ctx context.Context, signed assets.Attestation) error {
	return s.change(ctx, func(next *state) error {
		r := next.row(signed.Workspace, signed.AssetID)
		for i, a := range r.attestations {
			if compareAttestations(a, signed) == 0 && !a.Signed() {
				r.attestations = slices.Clone(r.attestations)
				r.attestations[i].KeyID, r.attestations[i].Signature = signed.KeyID, slices.Clone(signed.Signature)
				next.put(signed.Workspace, r)
			}
		}
		return nil
	})
}
