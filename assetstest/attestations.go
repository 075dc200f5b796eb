package assetstest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// AttestationStore is a store that keeps attestations.
type AttestationStore interface {
	assets.Store
	assets.Attestations
}

// TestAttestations tests an [assets.Attestations] that is part of a store. open is as for
// [TestStore].
func TestAttestations[S AttestationStore](t *testing.T, open func(t *testing.T) S) {
	for _, c := range attestationCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			c.run(&attestationT{storeT{T: t, Store: s}, s})
		})
	}
}

// attestationT is a subtest with its own store.
type attestationT struct {
	storeT
	AttestationStore
}

type attestationCase struct {
	name string
	run  func(*attestationT)
}

var attestationCases = []attestationCase{
	{"every field comes back", func(t *attestationT) {
		for i, text := range verbatim() {
			a := sampleAttestation("w", i+1, 1, 2)
			a.Statement, a.KeyID, a.Signature = []byte(text), "key", []byte{0, 255, byte(i)}
			b := sampleAttestation("v"+text, i+1, 1, 2)
			b.Withdrawn = true
			t.add(a, b)
			t.newest(a)
			t.newest(b)
		}
	}},
	{"the newest of a version is returned, and each by its revision", func(t *attestationT) {
		first, second, other := sampleAttestation("w", 1, 1, 2), sampleAttestation("w", 1, 1, 11), sampleAttestation("w", 1, 2, 5)
		second.Withdrawn = true
		t.add(first)
		t.add(other)
		t.add(second)
		t.newest(second)
		t.newest(other)
		for _, want := range []assets.Attestation{first, second, other} {
			got, err := t.AttestationAt(t.Context(), "w", want.AssetID, want.Version, want.Revision)
			t.ok(err)
			t.same("attestation", got, want)
		}
	}},
	{"what does not exist, or is elsewhere, is not found", func(t *attestationT) {
		t.add(sampleAttestation("w", 1, 1, 2))
		for _, of := range []assets.Attestation{
			sampleAttestation("v", 1, 1, 2), sampleAttestation("w", 2, 1, 2), sampleAttestation("w", 1, 2, 2), sampleAttestation("w", 1, 1, 3),
		} {
			if _, err := t.AttestationAt(t.Context(), of.Workspace, of.AssetID, of.Version, of.Revision); !absent(err) {
				t.Errorf("%+v: %v, want ErrNotFound", of, err)
			}
			if of.Revision == 2 {
				if _, err := t.Attestation(t.Context(), of.Workspace, of.AssetID, of.Version); !absent(err) {
					t.Errorf("%+v: %v, want ErrNotFound", of, err)
				}
			}
		}
	}},
	{"an Update that fails adds none", func(t *attestationT) {
		a, failed := sampleAttestation("w", 1, 1, 2), errors.New("failed")
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			return errors.Join(tx.AddAttestations(t.Context(), []assets.Attestation{a}), failed)
		})
		if _, found := t.Attestation(t.Context(), "w", a.AssetID, 1); !errors.Is(err, failed) || !absent(found) {
			t.Errorf("%v; then %v, want ErrNotFound", err, found)
		}
	}},
	{"unsigned ones are listed in order, of all workspaces", func(t *attestationT) {
		t.update(func(tx assets.Tx) error { return tx.AddAttestations(t.Context(), nil) })
		want := []assets.Attestation{}
		for i := range 9 {
			for _, workspace := range []string{"a", "b"} {
				a := sampleAttestation(workspace, 1+i/3, assets.Number(1+i%3), int64(20-i))
				if i%4 == 3 {
					a.KeyID, a.Signature = "key", []byte("signed")
				} else {
					want = append(want, a)
				}
				t.add(a)
			}
		}
		slices.SortStableFunc(want, func(a, b assets.Attestation) int { return strings.Compare(a.Workspace, b.Workspace) })
		for _, limit := range []int{1, 2, 100} {
			var got []assets.Attestation
			var after assets.Attestation
			for {
				page, err := t.Unsigned(t.Context(), after, limit)
				t.ok(err)
				if got = append(got, page...); len(page) < limit {
					break
				}
				after = page[len(page)-1]
			}
			t.same(fmt.Sprintf("pages of %d", limit), got, want)
		}
		if none, err := t.Unsigned(t.Context(), assets.Attestation{}, 0); err != nil || len(none) != 0 {
			t.Errorf("no limit: %d, %v", len(none), err)
		}
	}},
	{"one is signed once", func(t *attestationT) {
		a, other := sampleAttestation("w", 1, 1, 2), sampleAttestation("w", 1, 2, 2)
		t.add(a, other)
		a.KeyID, a.Signature = "key", []byte("first")
		t.ok(t.SignAttestation(t.Context(), a))
		again := a
		again.KeyID, again.Signature, again.Statement = "other", []byte("second"), []byte("{}")
		t.ok(t.SignAttestation(t.Context(), again))
		t.newest(a)
		t.newest(other)
		absentOne := sampleAttestation("w", 9, 1, 2)
		t.ok(t.SignAttestation(t.Context(), absentOne))
		if _, err := t.Attestation(t.Context(), "w", absentOne.AssetID, 1); !absent(err) {
			t.Errorf("signing has made one: %v", err)
		}
	}},
}

// sampleAttestation returns an attestation that is not signed.
func sampleAttestation(workspace string, asset int, n assets.Number, revision int64) assets.Attestation {
	return assets.Attestation{
		Workspace: workspace, AssetID: idOf(asset), Version: n, Revision: revision, EventID: idOf(100 + asset),
		At: baseTime + assets.Time(revision), Statement: fmt.Appendf(nil, `{"version": %d, "text": "é\u2028 <&> '\"?"}`, n),
	}
}

// add commits attestations in one Update.
func (t *attestationT) add(all ...assets.Attestation) {
	t.Helper()
	t.update(func(tx assets.Tx) error {
		for _, a := range all {
			if err := tx.AddAttestations(t.Context(), []assets.Attestation{a}); err != nil {
				return err
			}
		}
		return nil
	})
}

// newest checks the newest attestation of a version.
func (t *attestationT) newest(want assets.Attestation) {
	t.Helper()
	got, err := t.Attestation(t.Context(), want.Workspace, want.AssetID, want.Version)
	t.ok(err)
	t.same("newest attestation", got, want)
}
