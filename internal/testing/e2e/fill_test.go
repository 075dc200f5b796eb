package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// The attacker's rows, as hundreds of thousands of requests would make them.
const (
	fatAssets   = 500
	fatVersions = 1000 // of the first asset
	fatReviews  = 2000 // of the first asset

	// approvedEntries is so many that their metadata.json is larger than that of one
	// export may be.
	approvedEntries = 2300

	decisions    = 18_000 // of decidedID
	agentsShare  = 900    // of the versions of fullID, which agents may add
	maxFillBatch = 500    // rows in each transaction
)

// The ids of what is filled in.
const (
	decidedID = assets.ID("01970003-0000-7000-8000-000000000000")
	fullID    = assets.ID("01970004-0000-7000-8000-000000000000")
)

// exportEntries is how many assets fillExport has: with ASSETS_TEST_ALL as many as an
// export may have.
func exportEntries() int {
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		return 10_000
	}
	return 500
}

func fatID(n int) assets.ID { return assets.ID(fmt.Sprintf("01970001-0000-7000-8000-%012x", n)) }

func approvedID(n int) assets.ID { return assets.ID(fmt.Sprintf("01970002-0000-7000-8000-%012x", n)) }

// ids returns the first n ids.
func ids(id func(int) assets.ID, n int) (all []assets.ID) {
	for i := range n {
		all = append(all, id(i))
	}
	return all
}

// filledAt is when all of it was made.
const filledAt = assets.Time(1_750_000_000_000)

// fill is the name of rows of the workspace "attacker". The process that has the rows
// writes them.
type fill string

const (
	fillFat      fill = "fat"      // with large provenances, tags and reviews
	fillApproved fill = "approved" // assets with 62 KiB of provenance, to export
	fillExport   fill = "export"   // assets with 11 KiB of provenance, which fit into an export
	fillDecided  fill = "decided"  // an approved asset with many decisions
	fillFull     fill = "full"     // an asset with as many versions as agents may add
)

func (f fill) write(ctx context.Context, db database, content *blob.Dir) error {
	switch f {
	case fillFat:
		return writeFat(ctx, db)
	case fillApproved:
		return writeApproved(ctx, db, content, approvedEntries, 62<<10)
	case fillExport:
		return writeApproved(ctx, db, content, exportEntries(), 11<<10)
	case fillDecided:
		return writeDecided(ctx, db, content)
	case fillFull:
		return writeFull(ctx, db, content)
	}
	return fmt.Errorf("no fill %q", string(f))
}

// inBatches calls write for 0 to n-1 in transactions of a number of rows each.
func inBatches(ctx context.Context, db database, n, batch int, write func(tx assets.Tx, i int) error) error {
	for from := 0; from < n; from += batch {
		err := db.Update(ctx, func(tx assets.Tx) error {
			for i := from; i < min(from+batch, n); i++ {
				if err := write(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// smallVersion returns a version whose content, one letter, is in the bucket.
func smallVersion(ctx context.Context, content *blob.Dir) (assets.Version, error) {
	v := assets.Version{
		Number: 1, Key: "attacker/202506/sharedbyalloftheseversions", CRC32: 0x8cdc1683, CreatedBy: "bot", CreatedAt: filledAt,
		Content: assets.Content{MediaType: "text/plain", SizeBytes: 1, SHA256: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},
	}
	err := content.Put(ctx, v.Key, "text/plain", strings.NewReader("x"))
	if errors.Is(err, blob.ErrExists) {
		err = nil
	}
	return v, err
}

// writeDecided writes an asset that was submitted and sent back again and again, and is
// approved now.
func writeDecided(ctx context.Context, db database, content *blob.Dir) error {
	v, err := smallVersion(ctx, content)
	if err != nil {
		return err
	}
	v.AssetID, v.Approval = decidedID, assets.ApprovalGiven
	a := &assets.Asset{
		ID: decidedID, Workspace: "attacker", Type: assets.TypeCopy, Title: "Decided", Status: assets.StatusApproved, Revision: decisions + 1, EverApproved: true,
		Version: 1, CurrentVersion: 1, ApprovedVersion: 1, Content: v.Content, CreatedBy: "bot", CreatedAt: filledAt, UpdatedAt: filledAt,
	}
	err = db.Update(ctx, func(tx assets.Tx) error {
		return errors.Join(tx.PutVersion(ctx, "attacker", v), tx.PutAsset(ctx, a, a))
	})
	if err != nil {
		return err
	}
	return inBatches(ctx, db, decisions, maxFillBatch, func(tx assets.Tx, i int) error {
		r := assets.Review{
			ID: assets.ID(fmt.Sprintf("01970003-0000-7001-8000-%012x", i)), AssetID: decidedID, Version: 1, SHA256: v.Content.SHA256, Revision: int64(i + 2),
			Action: assets.ActionSubmit, FromStatus: assets.StatusDraft, ToStatus: assets.StatusPendingReview, By: "bot", ByKind: assets.KindAgent, Via: assets.ViaREST, At: filledAt,
		}
		switch {
		case i == decisions-1:
			r.Action, r.FromStatus, r.ToStatus, r.By, r.ByKind = assets.ActionApprove, r.ToStatus, assets.StatusApproved, "ann", assets.KindUser
		case i%2 == 1:
			r.Action, r.FromStatus, r.ToStatus = assets.ActionRequestChanges, r.ToStatus, r.FromStatus
		}
		return tx.AddReview(ctx, "attacker", r)
	})
}

// writeFull writes an asset with as many versions as agents may add.
func writeFull(ctx context.Context, db database, content *blob.Dir) error {
	v, err := smallVersion(ctx, content)
	if err != nil {
		return err
	}
	v.AssetID = fullID
	err = inBatches(ctx, db, agentsShare, maxFillBatch, func(tx assets.Tx, i int) error {
		v := v
		v.Number = assets.Number(i + 1)
		if v.Number < agentsShare { // rolling back to it would make another version
			v.Content.SHA256 = strings.Repeat("0", 64)
		}
		return tx.PutVersion(ctx, "attacker", v)
	})
	if err != nil {
		return err
	}
	v.Number = agentsShare
	a := &assets.Asset{
		ID: fullID, Workspace: "attacker", Type: assets.TypeCopy, Title: "Full", Status: assets.StatusDraft, Revision: agentsShare,
		Version: v.Number, CurrentVersion: v.Number, Content: v.Content, CreatedBy: "bot", CreatedAt: filledAt, UpdatedAt: filledAt,
	}
	return db.Update(ctx, func(tx assets.Tx) error { return tx.PutAsset(ctx, a, nil) })
}

// writeApproved writes n approved assets with a provenance of so many bytes each.
func writeApproved(ctx context.Context, db database, content *blob.Dir, n, size int) error {
	v, err := smallVersion(ctx, content)
	if err != nil {
		return err
	}
	v.Approval = assets.ApprovalGiven
	v.Provenance = assets.Provenance{Parameters: fmt.Appendf(nil, `{"prompt":"%s"}`, bytes.Repeat([]byte("x"), size))}
	return inBatches(ctx, db, n, 100, func(tx assets.Tx, i int) error {
		v.AssetID = approvedID(i)
		a := &assets.Asset{
			ID: v.AssetID, Workspace: "attacker", Type: assets.TypeCopy, Title: "Fat", Status: assets.StatusApproved, Revision: 2, EverApproved: true,
			Version: 1, CurrentVersion: 1, ApprovedVersion: 1, Content: v.Content, Provenance: v.Provenance,
		}
		r := assets.Review{
			ID: v.AssetID, AssetID: v.AssetID, Version: 1, SHA256: v.Content.SHA256, Revision: 2, By: "ann", ByKind: assets.KindUser,
			Action: assets.ActionApprove, FromStatus: assets.StatusDraft, ToStatus: assets.StatusApproved,
		}
		return errors.Join(tx.PutVersion(ctx, "attacker", v), tx.PutAsset(ctx, a, a), tx.AddReview(ctx, "attacker", r))
	})
}

// writeFat writes assets of which the first has many versions and reviews; all have fat
// provenances.
func writeFat(ctx context.Context, db database) error {
	err := inBatches(ctx, db, fatAssets, 50, func(tx assets.Tx, i int) error {
		v := fatVersion(fatID(i), 1)
		return errors.Join(tx.PutVersion(ctx, "attacker", v), tx.PutAsset(ctx, fatAsset(v), nil))
	})
	if err != nil {
		return err
	}
	err = inBatches(ctx, db, fatVersions-1, 50, func(tx assets.Tx, i int) error {
		v := fatVersion(fatID(0), i+2)
		err := tx.PutVersion(ctx, "attacker", v)
		if v.Number == fatVersions {
			err = errors.Join(err, tx.PutAsset(ctx, fatAsset(v), nil))
		}
		return err
	})
	if err != nil {
		return err
	}
	return inBatches(ctx, db, fatReviews, maxFillBatch, func(tx assets.Tx, i int) error {
		return tx.AddReview(ctx, "attacker", assets.Review{
			ID: assets.ID(fmt.Sprintf("01970001-0000-7001-8000-%012x", i)), AssetID: fatID(0), Version: 1, SHA256: strings.Repeat("0", 64),
			Action: assets.ActionSubmit, FromStatus: assets.StatusDraft, ToStatus: assets.StatusPendingReview, Comment: strings.Repeat("\U0001F600", 4000),
			By: "bot", ByKind: assets.KindAgent, Via: assets.ViaREST, At: filledAt, Revision: int64(i + 2),
		})
	})
}

func fatVersion(id assets.ID, n int) assets.Version {
	return assets.Version{
		AssetID: id, Number: assets.Number(n), CreatedBy: "bot", CreatedAt: filledAt, Key: "attacker/" + string(id), Provenance: fatProvenance(n),
		Content: assets.Content{MediaType: "application/zip", SizeBytes: 1, SHA256: strings.Repeat("0", 64), Filename: "f"},
	}
}

// fatAsset returns the asset of which v is the current version.
func fatAsset(v assets.Version) *assets.Asset {
	a := &assets.Asset{
		ID: v.AssetID, Workspace: "attacker", Type: assets.TypeBundle, Title: "Fat", Status: assets.StatusDraft, Version: v.Number, CurrentVersion: v.Number,
		Content: v.Content, Provenance: v.Provenance, CreatedBy: "bot", CreatedAt: filledAt, UpdatedAt: filledAt, Revision: 1, Tags: assets.Tags{},
	}
	for i := range 100 {
		a.Tags[fmt.Sprint("key-", i)] = []string{strings.Repeat("t", 190) + string(v.AssetID[30:])}
	}
	return a
}

// fatProvenance returns a provenance of almost 64 KiB.
func fatProvenance(n int) assets.Provenance {
	p := assets.Provenance{AgentSlug: "fat", RunID: fmt.Sprint("run-", n), Parameters: json.RawMessage(`{"p":"` + strings.Repeat("p", 16_000) + `"}`)}
	for i := range 100 {
		p.Inputs = append(p.Inputs, assets.Input{Kind: strings.Repeat("k", 250), ID: fmt.Sprintf("%03d%s", i, strings.Repeat("i", 240)), SHA256: strings.Repeat("ab", 32)})
	}
	for p.StoredBytes() > assets.MaxProvenance {
		p.Inputs = p.Inputs[1:]
	}
	return p
}
