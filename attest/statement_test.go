package attest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
)

const fileText = "Everything blooms."

// facts are those of an approval of fileText.
func facts() assets.Attested {
	sum := sha256.Sum256([]byte(fileText))
	return assets.Attested{
		Version: assets.Version{
			AssetID: "01970000-0000-7000-8000-000000000001", Number: 3,
			Content: assets.Content{MediaType: "text/plain", SizeBytes: int64(len(fileText)), SHA256: hex.EncodeToString(sum[:]), Filename: "größe <1>.txt"},
			Provenance: assets.Provenance{
				AgentSlug: "copywriter", Model: "quill", Parameters: []byte(`{"temperature":0.10}`), SourceType: "trainedAlgorithmicMedia",
				Inputs: []assets.Input{{Kind: "brief", ID: "b-1"}},
			},
		},
		Reviews: []assets.Review{{By: "ann", ByKind: assets.KindUser, Via: assets.ViaREST, At: 1_750_000_000_000, Comment: "not in the statement"}},
		Policy:  &assets.PolicyRules{Quorum: 1, Kinds: []assets.Kind{assets.KindUser}},
		StoreID: "store", EventID: "01970000-0000-4000-8000-000000000002",
	}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	signed, err := newAttester(t, attest.Config{Key: newKey(1)}).Attest(facts())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"größe \u003c1\u003e.txt","digest":{"sha256":"7d9a0e3c"}}],` +
		`"predicateType":"https://10ex.ai/attestations/asset-approval/v1","predicate":{"asset_id":"01970000-0000-7000-8000-000000000001","version":3,` +
		`"media_type":"text/plain","size_bytes":18,"provenance":{"agent_slug":"copywriter","model":"quill",` +
		`"parameters_sha256":"P","inputs_sha256":"I","source_type":"trainedAlgorithmicMedia"},` +
		`"reviews":[{"by":"ann","by_kind":"user","via":"rest","at":"2025-06-15T15:06:40.000Z"}],` +
		`"policy":{"quorum":1,"kinds":["user"],"forbid_self_approval":false,"require_submit":false,"require_version":false,"require_disclosure":false,"own_rule":false},` +
		`"store_id":"store","event_id":"01970000-0000-4000-8000-000000000002"}}`
	expected := strings.NewReplacer("7d9a0e3c", facts().Version.Content.SHA256, `"P"`, `"`+sum(`{"temperature":0.10}`)+`"`, `"I"`, `"`+sum(`[{"kind":"brief","id":"b-1"}]`)+`"`).Replace(want)
	if string(signed.Statement) != expected {
		t.Errorf("the statement is\n%s\nwant\n%s", signed.Statement, expected)
	}
	withdrawal := facts()
	withdrawal.Withdrawn = true
	signed, err = newAttester(t, attest.Config{Key: newKey(1), WithdrawalType: "https://host.example/gone"}).Attest(withdrawal)
	if text := string(signed.Statement); err != nil || !strings.Contains(text, `"predicateType":"https://host.example/gone"`) || strings.Contains(text, "policy") || strings.Contains(text, "provenance") {
		t.Errorf("a withdrawal: %s, %v", text, err)
	}
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

// stated returns what a key states about facts.
func stated(t *testing.T, facts assets.Attested) string {
	t.Helper()
	signed, err := newAttester(t, attest.Config{Key: newKey(1)}).Attest(facts)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed.Statement)
}

// A statement has of each review who decided, through which interface, and when. That is
// all, also of a guest's.
func TestStatementHasFourMembersOfAReview(t *testing.T) {
	t.Parallel()
	given := facts()
	given.Reviews = append(given.Reviews, assets.Review{
		ID: "01970000-0000-7000-8000-000000000003", By: "guest:Eve", ByKind: assets.KindUser, Via: assets.ViaLink, InvitedBy: "ann",
		KeyPrefix: "abcdefgh", Comment: "not in the statement", At: 1_750_000_000_001,
	})
	const want = `"reviews":[{"by":"ann","by_kind":"user","via":"rest","at":"2025-06-15T15:06:40.000Z"},` +
		`{"by":"guest:Eve","by_kind":"user","via":"link","at":"2025-06-15T15:06:40.001Z"}],`
	if text := stated(t, given); !strings.Contains(text, want) {
		t.Errorf("the statement is %s", text)
	}
}

// Equal facts have equal statements, of which a signature of before stays valid. Empty
// parameters and inputs have no digest.
func TestStatementIsTheSameForEqualFacts(t *testing.T) {
	t.Parallel()
	given := facts()
	given.Version.Provenance = assets.Provenance{DerivedFrom: []assets.Ref{{AssetID: given.Version.AssetID, Version: 2}}}
	text := stated(t, given)
	if again := stated(t, given); again != text {
		t.Errorf("stated as\n%s\nthen as\n%s", text, again)
	}
	const want = `"provenance":{"derived_from":[{"asset_id":"01970000-0000-7000-8000-000000000001","version":2}]},`
	if !strings.Contains(text, want) {
		t.Errorf("the statement is %s", text)
	}
}
