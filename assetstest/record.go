package assetstest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/10ex/assets"
)

// record is everything that a store has of one asset.
type record struct {
	current, approved *assets.Asset
	versions          []assets.Version
	reviews           []assets.Review
}

// write writes the rows in the order in which the Library does.
func (r *record) write(ctx context.Context, tx assets.Tx) error {
	for _, v := range r.versions {
		if err := tx.PutVersion(ctx, r.current.Workspace, v); err != nil {
			return err
		}
	}
	if err := tx.PutAsset(ctx, r.current, r.approved); err != nil {
		return err
	}
	for _, review := range r.reviews {
		if err := tx.AddReview(ctx, r.current.Workspace, review); err != nil {
			return err
		}
	}
	return nil
}

// baseTime is the millisecond of the first sample.
const baseTime assets.Time = 1_750_000_000_000

// idAt returns a UUIDv7 of a millisecond; n orders the ids within it.
func idAt(at assets.Time, n int) assets.ID {
	return assets.ID(fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", int64(at)>>16, int64(at)&0xffff, n>>12&0xfff, n&0xfff, n*7919))
}

// idOf returns the n-th sample id.
func idOf(n int) assets.ID { return idAt(baseTime+assets.Time(n), n) }

// sample returns a record with a value in every field: version 1 is approved,
// version 2 is under review.
func sample(workspace string, n int) *record {
	id := idOf(n)
	first, second := sampleVersion(workspace, id, 1), sampleVersion(workspace, id, 2)
	first.Approval = assets.ApprovalGiven
	second.RolledBackFrom = 1
	current := &assets.Asset{
		ID:              id,
		Workspace:       workspace,
		Type:            assets.TypeCopy,
		Title:           fmt.Sprintf("Title %d in %s", n, workspace),
		Status:          assets.StatusPendingReview,
		Version:         2,
		CurrentVersion:  2,
		ApprovedVersion: 1,
		ApprovedAt:      baseTime + 17,
		Content:         second.Content,
		Provenance:      second.Provenance,
		CampaignID:      "campaign-1",
		Tags:            assets.Tags{"channel": {"mail", "web"}, "locale": {"de"}},
		CreatedBy:       "ann",
		CreatedAt:       baseTime + assets.Time(n),
		UpdatedAt:       baseTime + 18,
		Revision:        4,
		Submitted:       assets.Submission{Version: 2, At: baseTime + 4, By: "bob"},
		EverApproved:    true,
	}
	r := &record{current: current, versions: []assets.Version{first, second}}
	r.approved = shownAs(current, first)
	r.reviews = []assets.Review{
		sampleReview(workspace, first, 2, assets.ActionApprove),
		sampleReview(workspace, second, 4, assets.ActionSubmit),
	}
	r.reviews[0].ToStatus = assets.StatusApproved
	r.approved.LastReview, r.current.LastReview = lastReview(r.reviews[0]), lastReview(r.reviews[1])
	return r
}

// shownAs returns the approved perspective of an asset whose approved version
// is v.
func shownAs(current *assets.Asset, v assets.Version) *assets.Asset {
	a := *current
	a.Status, a.Version, a.Content, a.Provenance = assets.StatusApproved, v.Number, v.Content, v.Provenance
	a.Submitted = assets.Submission{}
	return &a
}

// sampleVersion returns a version with a value in every field but Approval and
// RolledBackFrom.
func sampleVersion(workspace string, id assets.ID, n assets.Number) assets.Version {
	return assets.Version{
		AssetID: id,
		Number:  n,
		Content: assets.Content{
			MediaType: "text/markdown",
			SizeBytes: 5<<32 + int64(n),
			SHA256:    strings.Repeat(fmt.Sprintf("%02x", n), 32),
			Filename:  fmt.Sprintf("copy-%d.md", n),
		},
		Provenance: assets.Provenance{
			AgentSlug:   fmt.Sprintf("copy-writer-%d", n),
			RunID:       fmt.Sprintf("run-%d", n),
			TraceID:     "trace-1",
			BrandID:     "brand-1",
			BriefID:     "brief-1",
			Model:       "model-1",
			Parameters:  json.RawMessage(`{"seed":9007199254740993,"temperature":0.10}`),
			DerivedFrom: []assets.Ref{{AssetID: idOf(900), Version: 3}, {AssetID: idOf(901), Version: 1}},
			Inputs:      []assets.Input{{Kind: "brief", ID: "b", SHA256: strings.Repeat("ab", 32)}, {Kind: "url", ID: "x"}},
			SourceType:  "trainedAlgorithmicMedia",
		},
		CreatedBy: "agent-7",
		CreatedAt: baseTime + 10 + assets.Time(n),
		Key:       fmt.Sprintf("%s/202506/%s-%d", workspace, id, n),
		CRC32:     0xffffffff,
		Words:     "hello welt",
	}
}

// sampleReview returns a review of v with a value in every field.
func sampleReview(workspace string, v assets.Version, revision int64, action assets.Action) assets.Review {
	return assets.Review{
		ID:          assets.ID(fmt.Sprintf("%s%04x%08x", v.AssetID[:24], revision, hash(workspace))),
		AssetID:     v.AssetID,
		Version:     v.Number,
		SHA256:      v.Content.SHA256,
		Action:      action,
		FromStatus:  assets.StatusDraft,
		ToStatus:    assets.StatusPendingReview,
		Comment:     "looks good\nto me",
		CarriedFrom: 1,
		By:          "bob",
		ByKind:      assets.KindUser,
		Via:         assets.ViaREST,
		KeyPrefix:   "abcd1234",
		InvitedBy:   "ann",
		At:          baseTime + assets.Time(revision),
		Revision:    revision,
	}
}

// hash makes the review ids of equal assets in different workspaces differ.
func hash(s string) (h uint32) {
	for _, b := range []byte(s) {
		h = h*31 + uint32(b)
	}
	return h
}

// sampleRequest returns an idempotency record with a value in every field.
func sampleRequest(key string) assets.Request {
	return assets.Request{
		Subject:     "ann",
		Operation:   "POST /",
		Key:         key,
		Fingerprint: strings.Repeat("cd", 32),
		AssetID:     idOf(1),
		Version:     2,
		Unchanged:   true,
		At:          baseTime,
	}
}

// verbatim returns texts that a store must keep and compare byte for byte.
func verbatim() []string {
	return []string{
		`\'`, `'`, `''; DROP TABLE x; --`, `"`, `\`, `\\`, `\n`, `\x00`, `?`, `?0 ??`, `??`, `$1 :name @p`, `--`, `-1`, `--1`, `- -1`,
		`/* */`, `%`, `_`, `a_c`, `a:b`, `k:a:b`, `*`, `:*`, `a AND`, `NEAR(`, `{a,b}`, `{}`, `[]`, `null`, `NULL`, `true`, `007`, `1e5`,
		`0.10`, `a`, `A`, `ab`, `a `, ` a`, `a/b`, `../b`, `<b>&amp;`, "line\nbreak", "tab\tand \u2028", "café", "cafe\u0301", "ß", "SS",
		"İstanbul", "😀", "👩\u200d🚀", "\u202eabc", "日本語", "\ufffd", "\ufeff", "\U0010ffff", strings.Repeat("é", 127),
	}
}
