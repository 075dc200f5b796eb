package assets

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
)

// StatementType is the media type of what an attestation signs: an in-toto Statement.
const StatementType = "application/vnd.in-toto+json"

// Attestation is a statement that a version was approved, or that its approval was
// withdrawn, with its signature. Only an attestation without a signature can change: it
// gets one, once.
type Attestation struct {
	Workspace string
	AssetID   ID
	Version   Number
	Revision  int64 // of the asset, from the change that is stated; the order of a version's attestations
	EventID   ID    // of that change
	Withdrawn bool  // it states a withdrawal
	At        Time

	Statement []byte // in-toto Statement v1 in JSON, kept byte for byte
	KeyID     string // of the key that signed it; empty: not signed yet
	Signature []byte // Ed25519, over the DSSE encoding of the statement
}

// Envelope is a signed statement in the form of DSSE v1
// (https://github.com/secure-systems-lab/dsse). Its bytes are base64 in JSON.
type Envelope struct {
	PayloadType string              `json:"payloadType"`
	Payload     []byte              `json:"payload"`
	Signatures  []EnvelopeSignature `json:"signatures"`
}

// EnvelopeSignature is a signature with the id of its key.
type EnvelopeSignature struct {
	KeyID     string `json:"keyid"`
	Signature []byte `json:"sig"`
}

// Envelope returns the attestation, which must be signed, as an envelope.
func (a Attestation) Envelope() Envelope {
	return Envelope{
		PayloadType: StatementType, Payload: a.Statement,
		Signatures: []EnvelopeSignature{{KeyID: a.KeyID, Signature: a.Signature}},
	}
}

// EnvelopeJSON returns the envelope in JSON, with a line break at the end. Equal
// attestations have equal bytes.
func (a Attestation) EnvelopeJSON() []byte {
	text, err := json.Marshal(a.Envelope())
	if err != nil {
		panic(err) // impossible: the members are strings and bytes
	}
	return append(text, '\n')
}

// Signed reports whether the attestation has its signature.
func (a Attestation) Signed() bool { return len(a.Signature) > 0 }

// Attested is what an attestation has to state.
type Attested struct {
	Version   Version // of an approval whole; of a withdrawal without Words, Parameters, DerivedFrom and Inputs
	Withdrawn bool
	Reviews   []Review     // the approvals that count, oldest first; of a withdrawal the review that withdrew, or who erased it and when
	Policy    *PolicyRules // nil: the policy does not describe itself
	StoreID   string       // of the store
	EventID   ID
}

// Attester makes statements about approvals and withdrawals. Package attest has one.
type Attester interface {
	// Attest returns the Statement and, if the attester signs at once, its KeyID and
	// Signature. It is called in the transaction of the decision, which it must not
	// delay: it does nothing but compute, and returns the same for the same input.
	Attest(a Attested) (Attestation, error)
	// PublicKeys returns the keys that verify what the attester signs, and has signed
	// with keys of before. The current one comes first.
	PublicKeys() []PublicKey
}

// PublicKey is a key that verifies attestations.
type PublicKey struct {
	ID  string // as in Attestation.KeyID
	Key ed25519.PublicKey
}

// Attestations reads and signs the attestations that a [Tx] has added. The stores of this
// module implement it.
type Attestations interface {
	// Attestation returns the newest attestation of a version, or ErrNotFound.
	Attestation(ctx context.Context, workspace string, id ID, n Number) (Attestation, error)
	// AttestationAt returns the attestation of a version with a revision, or ErrNotFound.
	AttestationAt(ctx context.Context, workspace string, id ID, n Number, revision int64) (Attestation, error)
	// Unsigned returns at most limit attestations of all workspaces that are not signed,
	// in the order of workspace, asset, version and revision: those after the given one,
	// of which only these four are read, or the first ones.
	Unsigned(ctx context.Context, after Attestation, limit int) ([]Attestation, error)
	// SignAttestation sets KeyID and Signature of a stored attestation that has none.
	// One that is signed already stays as it is.
	SignAttestation(ctx context.Context, a Attestation) error
}

// Attestation returns the attestation of the selected version: of its newest approval or
// of the withdrawal of that. An attestation of an earlier change than the newest of these
// is not returned: that change was made without Config.Attest.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrNotFound,
// ErrNotApproved, ErrNotConfigured without Config.Attest, ErrNotAttested if there is no
// such attestation or it is not signed yet, or ErrUnavailable.
func (l *Library) Attestation(ctx context.Context, by Actor, id ID, sel Selector) (_ Attestation, err error) {
	ctx, op := l.observe(ctx, "Attestation", &by, id)
	defer op.end(&err)
	s, err := l.approvalState(ctx, by, id, sel)
	if err != nil {
		return Attestation{}, err
	}
	if l.cfg.Attest == nil {
		return Attestation{}, Errorf(ErrNotConfigured, "the host signs no attestations")
	}
	store, err := l.attestations()
	if err != nil {
		return Attestation{}, err
	}
	found, err := store.Attestation(ctx, by.Workspace, s.version.AssetID, s.version.Number)
	switch {
	case errors.Is(err, ErrNotFound):
		return Attestation{}, ErrNotAttested
	case err != nil:
		return Attestation{}, err
	case !s.statedBy(&found):
		return Attestation{}, Errorf(ErrNotAttested, "the newest approval or withdrawal has no statement")
	case !found.Signed():
		return Attestation{}, Errorf(ErrNotAttested, "the statement is not signed yet")
	}
	return found, nil
}

// approvalState is what one snapshot has of the approval of a version.
type approvalState struct {
	version  Version
	revision int64 // of the asset
	approved int64 // the revision of the newest approval of the version that is found; 0: none
}

// approvalState reads the approval of the selected version.
func (l *Library) approvalState(ctx context.Context, by Actor, id ID, sel Selector) (s approvalState, err error) {
	if err := l.authorize(&by, ScopeRead); err != nil {
		return s, err
	}
	if err := checkSelected(&id, sel); err != nil {
		return s, err
	}
	err = l.cfg.Store.View(ctx, func(r Snapshot) error {
		a, v, err := selectVersion(ctx, r, by.Workspace, id, sel)
		if err != nil {
			return err
		}
		s = approvalState{version: v, revision: a.Revision}
		s.approved, err = newestApproval(ctx, r, a, v.Number)
		return err
	})
	return s, err
}

// statedBy reports whether an attestation, the newest one of the version and read after
// the snapshot, states the newest change of its approval.
func (s *approvalState) statedBy(a *Attestation) bool {
	switch {
	case a.Revision > s.revision:
		return true // of a change after the snapshot
	case s.version.Approval == ApprovalWithdrawn:
		return a.Withdrawn && a.Revision > s.approved
	}
	return !a.Withdrawn && a.Revision == s.approved
}

// AttestationKeys returns the keys that verify attestations, the current one first; nil
// without Config.Attest.
func (l *Library) AttestationKeys() []PublicKey {
	if l.cfg.Attest == nil {
		return nil
	}
	return l.cfg.Attest.PublicKeys()
}

// attestations returns the attestations that the store keeps.
func (l *Library) attestations() (Attestations, error) {
	store, ok := StoreAs[Attestations](l.cfg.Store)
	if !ok {
		return nil, fmt.Errorf("%T keeps no attestations: %w", l.cfg.Store, errInternal)
	}
	return store, nil
}

// attest adds the attestations of what the change gave and withdrew. The event is that
// of the change.
func (c *change) attest(ctx context.Context, e Event) error {
	attester := c.lib.cfg.Attest
	if attester == nil || c.given == nil && len(c.withdrawn) == 0 {
		return nil
	}
	facts := Attested{EventID: e.ID, StoreID: c.lib.feed.knownStore(), Policy: c.lib.PolicyRules()}
	var all []Attestation
	add := func(v Version, withdrawn bool, reviews []Review) error {
		facts.Version, facts.Withdrawn, facts.Reviews = v, withdrawn, reviews
		a, err := attester.Attest(facts)
		if err != nil {
			return fmt.Errorf("stating a decision: %w: %w", errInternal, err)
		}
		a.Workspace, a.AssetID, a.Version, a.Revision = c.asset.Workspace, v.AssetID, v.Number, c.asset.Revision
		a.EventID, a.At, a.Withdrawn = e.ID, c.at, withdrawn
		all = append(all, a)
		return nil
	}
	if c.given != nil {
		reviews, err := c.countedApprovals(ctx)
		if err == nil {
			err = add(*c.given, false, reviews)
		}
		if err != nil {
			return err
		}
	}
	by := c.review
	if by == nil { // an erasure is no review
		by = &Review{By: c.by.Subject, ByKind: c.by.Kind, Via: c.by.Via, At: c.at}
	}
	for _, v := range c.withdrawn {
		if err := add(v, true, []Review{*by}); err != nil {
			return err
		}
	}
	return c.tx.AddAttestations(ctx, all)
}

// countedApprovals returns the approvals that count for the version that the change has
// approved. The review must have been added.
func (c *change) countedApprovals(ctx context.Context) ([]Review, error) {
	rules := c.lib.PolicyRules()
	if rules != nil && rules.Quorum <= 1 && c.review.CarriedFrom == 0 {
		return []Review{*c.review}, nil
	}
	if counter, ok := c.lib.cfg.Approver.(ApprovalCounter); ok {
		counted, _, err := counter.CountApprovals(ctx, c.tx, c.asset, c.given.Number)
		return counted, err
	}
	return recordedApprovals(ctx, c.tx, c.asset, c.given.Number)
}

// knowStore reads the id of the store, which attestations name, before a transaction. In
// a transaction of the host it reads in that.
func (l *Library) knowStore(ctx context.Context) error {
	if l.cfg.Attest == nil {
		return nil
	}
	s, ok := StoreAs[StoreIdentifier](l.cfg.Store)
	if !ok {
		return fmt.Errorf("%T has no StoreID, which attestations name: %w", l.cfg.Store, errInternal)
	}
	_, err := l.feed.store(ctx, s)
	return err
}
