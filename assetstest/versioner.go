package assetstest

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/10ex/assets"
)

// TestVersioner tests an [assets.Versioner] against the obligations of its
// interface. open returns a new one for each subtest; subtests run in parallel.
func TestVersioner[V assets.Versioner](t *testing.T, open func(t *testing.T) V) {
	for _, c := range versionerCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&versionerT{T: t, singleAsset: newSingleAsset(), versioner: open(t)})
		})
	}
}

// versionerT is a subtest with its own versioner and one asset.
type versionerT struct {
	*testing.T
	*singleAsset
	versioner assets.Versioner
}

// content returns a version as the Library proposes it: its bytes are stored,
// it has no number.
func content(sha256 string) assets.Version {
	return assets.Version{
		AssetID: singleID,
		Content: assets.Content{MediaType: "text/plain", SizeBytes: 7, SHA256: sha256, Filename: "ad.txt"},
		Provenance: assets.Provenance{
			AgentSlug: "copy-writer", RunID: "r1", Parameters: json.RawMessage(`{"seed":9007199254740993,"t":0.10}`),
			DerivedFrom: []assets.Ref{{AssetID: singleID, Version: 1}},
			Inputs:      []assets.Input{{Kind: "brief", ID: "b1"}},
		},
		Key: "key of " + sha256, CRC32: uint32(sha256[0]), Words: "words of " + sha256,
	}
}

// next calls Next, which must not change the asset.
func (t *versionerT) next(proposed assets.Version) (assets.Version, error) {
	t.Helper()
	a, before := t.asset, t.asset
	got, err := t.versioner.Next(t.Context(), t.singleAsset, &a, proposed)
	if d := difference(a, before); d != "" {
		t.Errorf("Next changed the asset:\n%s", d)
	}
	return got, err
}

// has gives the asset versions with these digests, all approved.
func (t *versionerT) has(contents ...string) {
	for _, sha256 := range contents {
		v := content(sha256)
		v.Approval, v.CreatedBy = assets.ApprovalGiven, "maker"
		t.addVersion(v)
	}
}

// wants requires that Next fails with an error.
func (t *versionerT) wants(what string, proposed assets.Version, want error) {
	t.Helper()
	if got, err := t.next(proposed); !errors.Is(err, want) {
		t.Errorf("%s: Next = %+v, %v; want %v", what, got, err, want)
	}
}

// adds requires that Next returns exactly the wanted version.
func (t *versionerT) adds(what string, proposed, want assets.Version) {
	t.Helper()
	got, err := t.next(proposed)
	if err != nil {
		t.Fatalf("%s: Next: %v", what, err)
	}
	if d := difference(got, want); d != "" {
		t.Errorf("%s: Next returns another version:\n%s", what, d)
	}
}

var versionerCases = []struct {
	name string
	run  func(*versionerT)
}{
	{"numbers go 1, 2, 3", numbersAscend},
	{"equal to the current version adds nothing", equalAddsNothing},
	{"any difference adds a version", differenceAdds},
	{"only the current version is compared", onlyCurrentCompared},
	{"a rollback takes content but not approval", rollbackCopies},
	{"a rollback that would change nothing", rollbackUnchanged},
	{"a rollback to an unknown version", rollbackUnknown},
	{"a failing back end is passed on", versionerBackEnd},
}

func numbersAscend(t *versionerT) {
	for n, sha256 := range []string{"a", "b", "c"} {
		proposed := content(sha256)
		proposed.CreatedBy, proposed.CreatedAt = "ann", 5
		want := proposed
		want.Number = assets.Number(n + 1)
		t.adds(sha256, proposed, want)
		t.addVersion(want)
	}
}

func equalAddsNothing(t *versionerT) {
	t.has("a", "b")
	t.wants("the same", content("b"), assets.ErrUnchanged)

	other := content("b")
	other.Key, other.CreatedBy = "stored again", "bob"
	t.wants("stored again by another", other, assets.ErrUnchanged)

	other = content("b")
	other.Provenance.Parameters = json.RawMessage(` { "t": 0.10, "seed": 9007199254740993 } `)
	t.wants("parameters in another order", other, assets.ErrUnchanged)
}

func differenceAdds(t *versionerT) {
	t.has("a", "b")
	for what, change := range map[string]func(*assets.Version){
		"digest":     func(v *assets.Version) { v.Content.SHA256 = "c" },
		"media type": func(v *assets.Version) { v.Content.MediaType = "text/html" },
		"file name":  func(v *assets.Version) { v.Content.Filename = "AD.txt" },
		"agent":      func(v *assets.Version) { v.Provenance.AgentSlug = "another" },
		"parameters": func(v *assets.Version) {
			v.Provenance.Parameters = json.RawMessage(`{"seed":9007199254740992,"t":0.10}`)
		},
		"derived from": func(v *assets.Version) { v.Provenance.DerivedFrom = nil },
		"inputs":       func(v *assets.Version) { v.Provenance.Inputs = nil },
	} {
		proposed := content("b")
		change(&proposed)
		want := proposed
		want.Number = 3
		t.adds("another "+what, proposed, want)
	}
}

func onlyCurrentCompared(t *versionerT) {
	t.has("a", "b")
	want := content("a")
	want.Number = 3
	t.adds("equal to an older version", content("a"), want)
}

func rollbackCopies(t *versionerT) {
	t.has("a", "b")
	proposed := assets.Version{AssetID: singleID, RolledBackFrom: 1, CreatedBy: "ann", CreatedAt: 5}
	want := content("a")
	want.Number, want.RolledBackFrom, want.CreatedBy, want.CreatedAt = 3, 1, "ann", 5
	t.adds("rollback to 1", proposed, want)
}

func rollbackUnchanged(t *versionerT) {
	t.has("a", "b", "a")
	t.wants("to the current version", assets.Version{RolledBackFrom: 3}, assets.ErrUnchanged)
	t.wants("to one equal to the current", assets.Version{RolledBackFrom: 1}, assets.ErrUnchanged)
}

func rollbackUnknown(t *versionerT) {
	t.has("a")
	t.wants("to the next number", assets.Version{RolledBackFrom: 2}, assets.ErrNotFound)
	t.wants("to a number far away", assets.Version{RolledBackFrom: 1 << 30}, assets.ErrNotFound)
}

func versionerBackEnd(t *versionerT) {
	t.has("a", "b")
	t.failing = t.reads + 1
	t.wants("rollback", assets.Version{RolledBackFrom: 1}, assets.ErrUnavailable)
}
