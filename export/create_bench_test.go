package export_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

const maxAttested = 2 * time.Second // of 10,000 assets with attestations

// BenchmarkCreate exports 10,000 assets, without and with attestations, and 2,000 with
// 60 KiB of provenance, on SQLite with synchronous=FULL, beside another writer:
// ms-longest-wait is the longest time that one write of that writer took. With
// ASSETS_TEST_QUIET it fails if the median of the 10,000 with attestations is more than 2 s.
func BenchmarkCreate(b *testing.B) {
	b.Run("10000", func(b *testing.B) { benchmarkCreate(b, 10_000, 1, false) })
	b.Run("10000-attested", func(b *testing.B) { benchmarkCreate(b, 10_000, 1, true) })
	b.Run("2000-fat", func(b *testing.B) { benchmarkCreate(b, 2000, 60<<10, false) })
}

func benchmarkCreate(b *testing.B, n, prompt int, attested bool) {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "assets.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.Update(b.Context(), func(tx assets.Tx) error { return approveMany(b.Context(), tx, n, prompt) }); err != nil {
		b.Fatal(err)
	}
	if attested {
		if err := s.Update(b.Context(), func(tx assets.Tx) error { return tx.AddAttestations(b.Context(), attestations(n)) }); err != nil {
			b.Fatal(err)
		}
	}
	lib, err := assets.New(assets.Config{Store: s, Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{}})
	if err != nil {
		b.Fatal(err)
	}
	x, err := export.New(export.Config{Library: lib})
	if err != nil {
		b.Fatal(err)
	}
	by := assets.Actor{Workspace: "w", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeRead}}
	var longest time.Duration
	var took []time.Duration
	for b.Loop() {
		ended, waited := make(chan struct{}), make(chan time.Duration)
		go func() { waited <- write(b.Context(), s, ended) }()
		began := time.Now()
		made, err := x.Create(b.Context(), by, export.Request{ExpiresIn: time.Second})
		took = append(took, time.Since(began))
		close(ended)
		longest = max(longest, <-waited)
		if err != nil || made.Items != int64(n) {
			b.Fatalf("%d items, %v", made.Items, err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/export")
	b.ReportMetric(float64(longest.Milliseconds()), "ms-longest-wait")
	slices.Sort(took)
	if median := took[len(took)/2]; os.Getenv("ASSETS_TEST_QUIET") == "1" && attested && median > maxAttested {
		b.Errorf("%d assets with attestations take %v, want at most %v", n, median, maxAttested)
	}
}

// write writes one row after the other until ended is closed, and returns the longest
// time that one took.
func write(ctx context.Context, s assets.Store, ended chan struct{}) (longest time.Duration) {
	for {
		select {
		case <-ended:
			return longest
		default:
		}
		begin := time.Now()
		if err := s.Update(ctx, func(tx assets.Tx) error { return tx.AddEvent(ctx, assets.Event{Workspace: "w"}) }); err != nil {
			return time.Hour
		}
		longest = max(longest, time.Since(begin))
	}
}

// attestations returns a signed attestation of each of n assets, of the usual size.
func attestations(n int) []assets.Attestation {
	all := make([]assets.Attestation, n)
	for i := range all {
		all[i] = attestationOf(idOf(i), fmt.Sprintf("%064x", i))
		all[i].Workspace = "w"
		all[i].Statement = append(all[i].Statement, strings.Repeat(" ", 900)...)
	}
	return all
}

// approveMany stores approved assets, each with a prompt of so many bytes.
func approveMany(ctx context.Context, tx assets.Tx, n, prompt int) error {
	parameters := fmt.Appendf(nil, `{"prompt":"%s"}`, strings.Repeat("x", prompt))

	for i := range n {
		v := assets.Version{
			AssetID: idOf(i), Number: 1, Approval: assets.ApprovalGiven, Key: fmt.Sprint("w/202506/", i),
			Content:    assets.Content{MediaType: "image/png", SizeBytes: 100_000, SHA256: fmt.Sprintf("%064x", i), Filename: "a.png"},
			Provenance: assets.Provenance{AgentSlug: "painter", RunID: "run-1", Model: "m", Parameters: parameters},
		}
		a := &assets.Asset{
			ID: idOf(i), Workspace: "w", Type: assets.TypeImage, Title: "Hero", Status: assets.StatusApproved,
			Version: 1, CurrentVersion: 1, ApprovedVersion: 1, Content: v.Content, Provenance: v.Provenance,
			Tags: assets.Tags{"channel": {"mail", "web"}}, Revision: 2, EverApproved: true,
		}
		r := assets.Review{
			ID: idOf(i), AssetID: idOf(i), Version: 1, SHA256: v.Content.SHA256, Action: assets.ActionApprove,
			FromStatus: assets.StatusDraft, ToStatus: assets.StatusApproved, By: "ann", ByKind: assets.KindUser, Revision: 2,
		}
		if err := tx.PutVersion(ctx, "w", v); err != nil {
			return err
		}
		if err := tx.PutAsset(ctx, a, a); err != nil {
			return err
		}
		if err := tx.AddReview(ctx, "w", r); err != nil {
			return err
		}
	}
	return nil
}
