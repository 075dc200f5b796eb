package sqltest

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

// Database is what a SQL database implements of the seams.
type Database interface {
	assets.Store
	assets.Journal
	apikey.Store
}

// Verbatim checks that texts are read as they were written. Since arguments are in
// the text of a statement, it writes to every text column what could end a literal,
// a statement or a placeholder, or could be read differently. open returns a fresh
// store for each text.
func Verbatim[D Database](t *testing.T, open func(t *testing.T) D) {
	for _, text := range []string{
		`\'`, `'`, `''`, `\`, `\\'`, `?0 ??`, `?`, `?TableName ?workspace`, `--`, `-- x` + "\n", `/*`, `-1`, `- -1`,
		`'; DROP TABLE asset_meta; --`, `"`, "`", `$1`, `:name`, `@p`, `x'00'`, "0010FFFF 😀 É é \u202e", "\t\r\n", `%_`, `NULL`, `{"a":"\'"}`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			checkVerbatim(t, st, text)
			checkKeyVerbatim(t, st, text)
		})
	}
}

func checkVerbatim(t *testing.T, st Database, s string) {
	t.Helper()
	ctx, id := t.Context(), assets.ID("0190a6f0-0001-7000-8000-000000000001")
	quoted, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	provenance := assets.Provenance{
		AgentSlug: s, RunID: s, TraceID: s, BrandID: s, BriefID: s, Model: s, SourceType: s,
		Parameters:  json.RawMessage(`{"text":` + string(quoted) + `,"n":-9007199254740993,"d":0.10}`),
		DerivedFrom: []assets.Ref{{AssetID: assets.ID(s), Version: -1}},
		Inputs:      []assets.Input{{Kind: s, ID: s, SHA256: s}},
	}
	content := assets.Content{MediaType: s, SizeBytes: -1, SHA256: s, Filename: s}
	asset := &assets.Asset{
		ID: id, Workspace: s, Type: assets.Type(s), Title: s, Status: assets.Status(s),
		Version: -1, CurrentVersion: -2, ApprovedVersion: -3, ApprovedAt: -4, Content: content, Provenance: provenance,
		CampaignID: assets.Optional(s), Tags: assets.Tags{s: {s}}, CreatedBy: s,
		CreatedAt: -5, UpdatedAt: -6, Revision: -7, EverApproved: true,
		Submitted:  assets.Submission{Version: -8, At: -9, By: s},
		LastReview: assets.LastReview{Action: assets.Action(s), Version: -10, By: s, ByKind: assets.Kind(s), At: -11, Comment: s},
	}
	version := assets.Version{
		AssetID: id, Number: 1, Content: content, Provenance: provenance, RolledBackFrom: -1, Approval: assets.Approval(s),
		CreatedBy: s, CreatedAt: -1, Key: s, CRC32: 1<<32 - 1, Words: s,
	}
	review := assets.Review{
		ID: id, AssetID: id, Version: 1, SHA256: s, Action: assets.Action(s), FromStatus: assets.Status(s), ToStatus: assets.Status(s),
		Comment: s, CarriedFrom: -1, By: s, ByKind: assets.Kind(s), Via: assets.Via(s), KeyPrefix: assets.Optional(s), InvitedBy: assets.Optional(s), At: -1, Revision: -1,
	}
	event := assets.Event{
		Position: 1, ID: id, At: -1, Workspace: s, Type: assets.EventType(s), Details: json.RawMessage(quoted),
		Data: assets.EventData{
			AssetID: id, AssetType: assets.Type(s), CampaignID: assets.Optional(s), Tags: assets.Tags{s: {s}}, Status: assets.Status(s),
			Version: -1, SHA256: s, Revision: -1, InForce: &assets.InForce{Before: -1, After: -1}, Changed: []string{s},
			ReviewID: assets.Optional(s), By: s, ByKind: assets.Kind(s), Via: assets.Via(s), Comment: s, CampaignBefore: assets.Optional(s),
		},
	}
	request := assets.Request{Subject: s, Operation: s, Key: s, Fingerprint: s, AssetID: id, Version: -1, Unchanged: true, At: -1}
	err = st.Update(ctx, func(tx assets.Tx) error {
		for _, err := range []error{
			tx.PutAsset(ctx, asset, asset), tx.PutVersion(ctx, s, version), tx.AddReview(ctx, s, review),
			tx.AddEvent(ctx, event), tx.PutRequest(ctx, s, request),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	gotAsset, err := st.Asset(ctx, s, id)
	same(t, asset, gotAsset, err)
	list, err := st.Assets(ctx, s, assets.Filter{
		Approved: true, AgentSlug: s, RunID: s, CampaignID: s, BrandID: s, BriefID: s,
		CreatedBy: s, LastAction: assets.Action(s), MediaType: s,
		Types: []assets.Type{assets.Type(s)}, Statuses: []assets.Status{assets.Status(s)}, Tags: []assets.Tag{{Key: s, Value: s}},
	}, assets.Window{Limit: 2})
	same(t, []*assets.Asset{asset}, list, err)
	gotVersion, err := st.Version(ctx, s, id, 1)
	same(t, version, gotVersion, err)
	reviews, err := st.Reviews(ctx, s, id, 1, 1)
	same(t, []assets.Review{review}, reviews, err)
	events, err := st.Events(ctx, -1, 2)
	same(t, []assets.Event{event}, events, err)
	gotRequest, err := st.Requested(ctx, s, s, s, s)
	same(t, request, gotRequest, err)
}

func checkKeyVerbatim(t *testing.T, st apikey.Store, s string) {
	t.Helper()
	key := apikey.Key{
		Prefix: s, Name: s, Workspace: s, Owner: s, Kind: assets.Kind(s), Scopes: []assets.Scope{assets.Scope(s), "*"},
		CreatedAt: -1, LastUsedAt: -2, ExpiresAt: -3, RevokedAt: -4, SecretSHA256: [32]byte{0, 1, 255},
	}
	if err := st.AddKey(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	keys, err := st.Keys(t.Context(), apikey.Filter{Workspace: s, Prefix: s})
	same(t, []apikey.Key{key}, keys, err)
}

func same(t *testing.T, want, got any, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("stored (-), read (+):\n%s", d)
	}
}
