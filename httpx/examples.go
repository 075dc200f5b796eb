package httpx

import (
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/wire"
)

// The story of the examples in the OpenAPI document: an agent has made a headline for a
// campaign, Ann has approved its first version, and the second one waits for her. Each
// request is accepted by a server on which that is so; TestExamplesAreAccepted has one.
const (
	exampleAssetID  = "019cadc6-9a80-7c0a-9d6e-3b1f5a7c2e44"
	exampleBlogID   = "019cadcb-2e60-7a51-8c1d-90e2d4b6f713"
	exampleUploadID = "019cadcf-c240-7e37-b2a4-5d8c0f6e1a92"
	exampleExportID = "019cae34-7780-7d18-a5f3-7e9b2c4d6081"

	exampleFirstSHA256  = "0a0da153fa0461b70da7c53ebbc0501e5d255333090bd3814e5793abb126d3b9" // Spring is in the air.
	exampleSecondSHA256 = "f41362c2ab7dd8f28aeb5a25bb98581a57417c1e92acafad0fb01b05f454392e" // Spring is in the air: 20 % off all bouquets.
)

// exampleTime returns a time on the day of the examples.
func exampleTime(hour, minute int) assets.Time {
	return assets.TimeOf(time.Date(2026, time.March, 2, hour, minute, 0, 0, time.UTC))
}

func exampleVersion(n assets.Number) assets.Version {
	v := assets.Version{
		AssetID: exampleAssetID, Number: n, CreatedBy: "copywriter",
		Content: assets.Content{MediaType: "text/plain", SizeBytes: 21, SHA256: exampleFirstSHA256, Filename: "content.txt"},
		Provenance: assets.Provenance{
			AgentSlug: "copywriter", RunID: "run-17", BrandID: "bloom", BriefID: "brief-4", Model: "writer-large",
			Parameters: []byte(`{"temperature":0.7}`),
		},
		Approval: assets.ApprovalGiven, CreatedAt: exampleTime(9, 0),
	}
	if n == 2 {
		v.Content.SizeBytes, v.Content.SHA256 = 44, exampleSecondSHA256
		v.Provenance.RunID, v.Provenance.DerivedFrom = "run-18", []assets.Ref{{AssetID: exampleAssetID, Version: 1}}
		v.Approval, v.CreatedAt = assets.ApprovalNone, exampleTime(10, 0)
	}
	return v
}

func exampleReview(action assets.Action, n assets.Number) assets.Review {
	r := assets.Review{
		ID: "019cadcb-2e60-7f02-8e5b-1a2b3c4d5e6f", AssetID: exampleAssetID, Version: 1, SHA256: exampleFirstSHA256,
		Action: action, FromStatus: assets.StatusDraft, ToStatus: assets.StatusPendingReview,
		By: "copywriter", ByKind: assets.KindAgent, Via: assets.ViaREST, KeyPrefix: "a1b2c3d4", At: exampleTime(9, 5),
	}
	if action == assets.ActionApprove {
		r.ID, r.FromStatus, r.ToStatus, r.Comment = "019cadcf-c240-7b6d-9f10-2c3d4e5f6a7b", assets.StatusPendingReview, assets.StatusApproved, "Short and clear."
		r.By, r.ByKind, r.KeyPrefix, r.At = "ann", assets.KindUser, "e5f6a7b8", exampleTime(9, 10)
	}
	if n == 2 {
		r.ID, r.Version, r.SHA256, r.At = "019cae02-1ce0-7c93-8d21-3e4f5a6b7c8d", 2, exampleSecondSHA256, exampleTime(10, 5)
	}
	return r
}

// exampleComment returns a comment on the second version while it waits.
func exampleComment() assets.Review {
	r := exampleReview(assets.ActionComment, 2)
	r.ID, r.FromStatus, r.ToStatus = "019cae0b-47c0-7e15-a2b4-4f5a6b7c8d9e", assets.StatusPendingReview, assets.StatusPendingReview
	r.Comment, r.At = "Is 20 % agreed with the shops?", exampleTime(10, 15)
	return r
}

// exampleAsset returns the asset as it is while the second version waits.
func exampleAsset() *assets.Asset {
	v := exampleVersion(2)
	return &assets.Asset{
		ID: exampleAssetID, Workspace: "bloom", Type: assets.TypeCopy, Title: "Spring headline", Status: assets.StatusPendingReview,
		Version: 2, CurrentVersion: 2, ApprovedVersion: 1, ApprovedAt: exampleTime(9, 10),
		Content: v.Content, Provenance: v.Provenance, CampaignID: "spring", Tags: assets.Tags{"channel": {"email", "web"}},
		PreviewURL: "/api/v1/assets/" + exampleAssetID + "/preview?version=2",
		CreatedBy:  "copywriter", CreatedAt: exampleTime(9, 0), UpdatedAt: exampleTime(10, 5), Revision: 5,
	}
}

// exampleCreated returns the asset as it was when it was created.
func exampleCreated() *assets.Asset {
	a, v := exampleAsset(), exampleVersion(1)
	a.Status, a.Version, a.CurrentVersion, a.ApprovedVersion, a.ApprovedAt = assets.StatusDraft, 1, 1, 0, 0
	a.Content, a.Provenance, a.UpdatedAt, a.Revision = v.Content, v.Provenance, v.CreatedAt, 1
	a.PreviewURL = "/api/v1/assets/" + exampleAssetID + "/preview?version=1"
	return a
}

// exampleApproved returns the asset after the second version was approved.
func exampleApproved() *assets.Asset {
	a := exampleAsset()
	a.Status, a.ApprovedVersion, a.ApprovedAt = assets.StatusApproved, 2, exampleTime(10, 30)
	a.UpdatedAt, a.Revision = a.ApprovedAt, 6
	return a
}

// exampleAdded returns the asset after a third version was added, with the content of
// the first one.
func exampleAdded() *assets.Asset {
	a, v := exampleAsset(), exampleVersion(1)
	a.Version, a.CurrentVersion, a.Content, a.Provenance = 3, 3, v.Content, v.Provenance
	a.PreviewURL = "/api/v1/assets/" + exampleAssetID + "/preview?version=3"
	a.UpdatedAt, a.Revision = exampleTime(10, 30), 6
	return a
}

func exampleDetail() *assets.Asset {
	a := exampleAsset()
	a.Versions = []assets.Version{exampleVersion(1), exampleVersion(2)}
	for i := range a.Versions { // are summaries
		a.Versions[i].Provenance.Parameters, a.Versions[i].Provenance.DerivedFrom = nil, nil
	}
	a.Reviews = []assets.Review{exampleReview(assets.ActionSubmit, 1), exampleReview(assets.ActionApprove, 1), exampleReview(assets.ActionSubmit, 2)}
	return a
}

// exampleEventCursor is the place behind exampleEvent.
const exampleEventCursor = "mN3x7Qb0cJ1yT5wK9dZ2fA8hL4vR6sE0uG7iO3pBqXkYtWnCzVjMaDlHgFeSrU5I"

// exampleEvent returns the event of the approval of the first version.
func exampleEvent() assets.Event {
	r := exampleReview(assets.ActionApprove, 1)
	return assets.Event{
		ID: "5f1d7a3c-2b4e-4c8a-9d6f-0e1a2b3c4d5e", Type: assets.EventApproved, At: r.At, Workspace: "bloom",
		Data: assets.EventData{
			AssetID: exampleAssetID, AssetType: assets.TypeCopy, CampaignID: "spring", Tags: assets.Tags{"channel": {"email", "web"}},
			Status: assets.StatusApproved, Version: 1, SHA256: exampleFirstSHA256, Revision: 3, InForce: &assets.InForce{After: 1},
			ReviewID: assets.Optional(r.ID), By: r.By, ByKind: r.ByKind, Via: r.Via, Comment: r.Comment,
		},
	}
}

func exampleExport() export.Export {
	return export.Export{
		ID: exampleExportID, Items: 1, SizeBytes: 3518,
		URL:       "/api/v1/public/assets/exports/AZyuTMKA.c2lnbmF0dXJl",
		ExpiresAt: exampleTime(11, 0).Add(24 * time.Hour), CreatedBy: "ann", CreatedAt: exampleTime(11, 0),
	}
}

func exampleExportDetail() export.Export {
	x := exampleExport()
	x.StaleItems = []assets.Ref{}
	return x
}

func exampleBulkReply() wire.BulkReply {
	return wire.BulkReplyOf([]assets.BulkResult{
		{AssetID: exampleAssetID, Asset: exampleApproved()},
		{AssetID: exampleBlogID, Err: assets.ErrVersionConflict},
	})
}

// exampleDiff compares the two versions of exampleAsset.
func exampleDiff() *assets.Diff {
	first, second := exampleVersion(1), exampleVersion(2)
	return &assets.Diff{
		From: &assets.DiffVersion{Version: 1, Content: first.Content}, To: assets.DiffVersion{Version: 2, Content: second.Content},
		Segments: []assets.DiffSegment{
			{Op: assets.DiffEqual, Text: "Spring is "}, {Op: assets.DiffDelete, Text: "here."}, {Op: assets.DiffInsert, Text: "in the air."},
		},
	}
}

// exampleEnvelope is the statement about the first version of exampleAsset, shortened.
func exampleEnvelope() assets.Envelope {
	a := assets.Attestation{
		Statement: []byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"content.txt","digest":{"sha256":"` + exampleFirstSHA256 + `"}}],` +
			`"predicateType":"https://10ex.ai/attestations/asset-approval/v1","predicate":{"asset_id":"` + exampleAssetID + `","version":1}}`),
		KeyID: "90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89", Signature: []byte("64 bytes of Ed25519"),
	}
	return a.Envelope()
}

// examplePublishability explains the second version of exampleAsset while it waits.
func examplePublishability() *assets.Publishability {
	return &assets.Publishability{
		Version: 2, SHA256: exampleSecondSHA256, Because: []assets.Review{},
		Policy: &assets.PolicyRules{Quorum: 1, Kinds: []assets.Kind{assets.KindUser}},
		Missing: []assets.Missing{{
			Code: assets.MissingApprovals, Who: "1 user with the scope assets:approve",
			How: "Approve version 2, naming its SHA-256.",
		}},
	}
}

// examplePermissions returns what an agent may decide about exampleAsset.
func examplePermissions() []assets.Permission {
	var all []assets.Permission
	for _, action := range assets.Actions() {
		p := assets.Permission{Action: action}
		if action == assets.ActionApprove {
			p.Err = assets.Errorf(assets.ErrKindCannotApprove, "a person has to decide this: an actor of kind agent may not approve or withdraw an approval")
		}
		all = append(all, p)
	}
	return all
}
