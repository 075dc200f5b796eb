package modeltest_test

import (
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/oracle"
)

// checkAttestations checks the newest attestation of each version of an asset: there is
// one of its approval while that is given, by those who have approved it, one of the
// withdrawal while it is withdrawn, and otherwise none. Each new approval and each
// withdrawal has another one.
func (d *run) checkAttestations(owner assets.Actor, id assets.ID, want *oracle.Asset) {
	d.Helper()
	for i, v := range want.Versions {
		n := assets.Number(i + 1)
		a, err := d.lib.Attestation(d.ctx, owner, id, assets.Selector(n))
		if v.Approval == "" {
			if assets.Code(err) != "not_attested" {
				d.failf("version %d was never approved, and has the attestation %+v, %v", n, a, err)
			}
			continue
		}
		if err != nil {
			d.failf("the attestation of version %d, which is %s: %v", n, v.Approval, err)
		}
		s, err := d.verifier.Envelope(a.EnvelopeJSON())
		if err != nil {
			d.failf("the attestation of version %d: %v", n, err)
		}
		p := s.Predicate
		if a.Withdrawn != (v.Approval == "withdrawn") || s.Subject[0].Digest.SHA256 != v.SHA256 || p.AssetID != id || p.Version != n || len(p.Reviews) == 0 {
			d.failf("version %d is %s, and its attestation states %+v", n, v.Approval, s)
		}
		d.checkAttestedReviews(id, want, a, n)
		d.attested[assets.Ref{AssetID: id, Version: n}] = a
	}
}

// checkAttestedReviews checks that an attestation, unless it was seen before, is of the
// newest decision, and that the reviews of an approval have been recorded and stand.
func (d *run) checkAttestedReviews(id assets.ID, want *oracle.Asset, a assets.Attestation, n assets.Number) {
	d.Helper()
	before, seen := d.attested[assets.Ref{AssetID: id, Version: n}]
	if seen && before.Revision == a.Revision {
		if string(before.EnvelopeJSON()) != string(a.EnvelopeJSON()) {
			d.failf("the attestation of version %d has changed", n)
		}
		return
	}
	if a.Revision != int64(want.Revision) && seen {
		d.failf("the attestation of version %d is of revision %d, the asset at %d", n, a.Revision, want.Revision)
	}
	s, err := d.verifier.Envelope(a.EnvelopeJSON())
	if err != nil {
		d.failf("the attestation of version %d: %v", n, err)
	}
	var by, standing []string
	for _, r := range s.Predicate.Reviews {
		by = append(by, r.By)
	}
	if eraser := want.Versions[n-1].WithdrawnBy; a.Withdrawn && eraser != "" {
		if !slices.Equal(by, []string{eraser}) {
			d.failf("version %d was erased by %s, its attestation names %v", n, eraser, by)
		}
		return
	}
	if a.Withdrawn {
		last := want.LastReview(0)
		if !slices.Equal(by, []string{last.By}) || last.Action != "request_changes" && last.Action != "archive" {
			d.failf("the withdrawal of version %d by %v, the last review is %+v", n, by, last)
		}
		return
	}
	for _, r := range d.model.Standing(string(id), int(n)) {
		standing = append(standing, r.By)
	}
	slices.Sort(by)
	slices.Sort(standing)
	if !slices.Equal(by, standing) {
		d.failf("version %d was approved by %v, its attestation names %v", n, standing, by)
	}
}
