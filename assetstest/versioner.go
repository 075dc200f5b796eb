package assetstest

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/10ex/assets"
)

// TestVersioner judges an [assets.Versioner] by what its interface promises.
// open answers a fresh one for each subtest; subtests run in parallel.
func TestVersioner[V assets.Versioner](t *testing.T, open func(t *testing.T) V) {
	for _, c := range versionerCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&versionerT{T: t, oneAsset: newOneAsset(), versioner: open(t)})
		})
	}
}

// versionerT is a subtest with its fresh versioner and one asset.
type versionerT struct {
	*testing.T
	*oneAsset
	versioner assets.Versioner
}

// content is a version as the Library proposes it: stored, without a number.
func content(sha256 string) assets.Version {
	return assets.Version{
		AssetID: oneID,
		Content: assets.Content{MediaType: "text/plain", SizeBytes: 7, SHA256: sha256, Filename: "ad.txt"},
		Provenance: assets.Provenance{
			AgentSlug: "copy-writer", RunID: "r1", Parameters: json.RawMessage(`{"seed":9007199254740993,"t":0.10}`),
			DerivedFrom: []assets.Ref{{AssetID: oneID, Version: 1}},
			Inputs:      []assets.Input{{Kind: "brief", ID: "b1"}},
		},
		Key: "key of " + sha256, CRC32: uint32(sha256[0]), Words: "words of " + sha256,
	}
}

// next asks for a version and requires that the asset is left alone.
func (t *versionerT) next(proposed assets.Version) (assets.Version, error) {
	t.Helper()
	a, before := t.asset, t.asset
	got, err := t.versioner.Next(t.Context(), t.oneAsset, &a, proposed)
	if d := difference(a, before); d != "" {
		t.Errorf("Next changed the asset:\n%s", d)
	}
	return got, err
}

// has gives the asset its versions, all of them approved.
func (t *versionerT) has(contents ...string) {
	for _, sha256 := range contents {
		v := content(sha256)
		v.Approval, v.CreatedBy = assets.ApprovalGiven, "maker"
		t.arrive(v)
	}
}

func (t *versionerT) wants(what string, proposed assets.Version, want error) {
	t.Helper()
	if got, err := t.next(proposed); !errors.Is(err, want) {
		t.Errorf("%s: Next = %+v, %v; want %v", what, got, err, want)
	}
}

// adds requires that a proposal becomes exactly the version wanted.
func (t *versionerT) adds(what string, proposed, want assets.Version) {
	t.Helper()
	got, err := t.next(proposed)
	if err != nil {
		t.Fatalf("%s: Next: %v", what, err)
	}
	if d := difference(got, want); d != "" {
		t.Errorf("%s: Next answers another version:\n%s", what, d)
	}
}
