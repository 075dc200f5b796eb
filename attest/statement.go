package attest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/10ex/assets"
)

// statementType is the type of an in-toto Statement v1.
const statementType = "https://in-toto.io/Statement/v1"

// types are the URIs of the predicate types.
type types struct{ approval, withdrawal string }

func (t types) completed() types {
	return types{cmp.Or(t.approval, ApprovalType), cmp.Or(t.withdrawal, WithdrawalType)}
}

// Statement is what an attestation states.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"` // one: the file of the version
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// Subject is a file with its digest.
type Subject struct {
	Name   string `json:"name"`
	Digest Digest `json:"digest"`
}

// Digest is the digest of a file.
type Digest struct {
	SHA256 string `json:"sha256"` // 64 lower-case hex digits
}

// Predicate describes the approval of a version, or its withdrawal, which has neither
// Provenance nor Policy.
type Predicate struct {
	AssetID    assets.ID           `json:"asset_id"`
	Version    assets.Number       `json:"version"`
	MediaType  string              `json:"media_type"`
	SizeBytes  int64               `json:"size_bytes"`
	Provenance *Provenance         `json:"provenance,omitempty"`
	Reviews    []Review            `json:"reviews"` // the approvals that count, or the review that withdrew
	Policy     *assets.PolicyRules `json:"policy,omitempty"`
	StoreID    string              `json:"store_id"`
	EventID    assets.ID           `json:"event_id"`
}

// Provenance is [assets.Provenance] with only the digests of parameters and inputs.
type Provenance struct {
	AgentSlug        string       `json:"agent_slug,omitempty"`
	RunID            string       `json:"run_id,omitempty"`
	TraceID          string       `json:"trace_id,omitempty"`
	BrandID          string       `json:"brand_id,omitempty"`
	BriefID          string       `json:"brief_id,omitempty"`
	Model            string       `json:"model,omitempty"`
	ParametersSHA256 string       `json:"parameters_sha256,omitempty"` // of the JSON as the API returns it
	DerivedFrom      []assets.Ref `json:"derived_from,omitempty"`
	InputsSHA256     string       `json:"inputs_sha256,omitempty"` // of the JSON as the API returns it
	SourceType       string       `json:"source_type,omitempty"`
}

// Review is who decided, through which interface, and when.
type Review struct {
	By     string      `json:"by"`
	ByKind assets.Kind `json:"by_kind"`
	Via    assets.Via  `json:"via"`
	At     assets.Time `json:"at"`
}

// String returns a sentence about the statement, for people.
func (s *Statement) String() string {
	p := s.Predicate
	who := make([]string, len(p.Reviews))
	for i, r := range p.Reviews {
		who[i] = fmt.Sprintf("%s %q at %s", r.ByKind, r.By, r.At)
	}
	return fmt.Sprintf("version %d of asset %s, approved by %s", p.Version, p.AssetID, strings.Join(who, ", "))
}

// statement returns the statement about facts, in JSON.
func (t types) statement(facts assets.Attested) ([]byte, error) {
	v, c := facts.Version, facts.Version.Content
	s := Statement{
		Type: statementType, Subject: []Subject{{Name: c.Filename, Digest: Digest{c.SHA256}}}, PredicateType: t.withdrawal,
		Predicate: Predicate{
			AssetID: v.AssetID, Version: v.Number, MediaType: c.MediaType, SizeBytes: c.SizeBytes,
			Reviews: make([]Review, len(facts.Reviews)), StoreID: facts.StoreID, EventID: facts.EventID,
		},
	}
	for i, r := range facts.Reviews {
		s.Predicate.Reviews[i] = Review{By: r.By, ByKind: r.ByKind, Via: r.Via, At: r.At}
	}
	if !facts.Withdrawn {
		p, err := provenanceOf(v.Provenance)
		if err != nil {
			return nil, err
		}
		s.PredicateType, s.Predicate.Provenance, s.Predicate.Policy = t.approval, p, facts.Policy
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("attest: statement about version %d of asset %s: %w", v.Number, v.AssetID, err)
	}
	return text, nil
}

func provenanceOf(p assets.Provenance) (*Provenance, error) {
	out := &Provenance{
		AgentSlug: p.AgentSlug, RunID: p.RunID, TraceID: p.TraceID, BrandID: p.BrandID, BriefID: p.BriefID,
		Model: p.Model, DerivedFrom: p.DerivedFrom, SourceType: p.SourceType,
	}
	if len(p.Parameters) > 0 {
		out.ParametersSHA256 = digestOf(p.Parameters)
	}
	if len(p.Inputs) > 0 {
		inputs, err := json.Marshal(p.Inputs)
		if err != nil {
			return nil, fmt.Errorf("attest: inputs: %w", err)
		}
		out.InputsSHA256 = digestOf(inputs)
	}
	return out, nil
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
