package blob_test

import (
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
)

// The sweep with a store and a Library that know nothing of it.
func TestCRA06DeletedDraftIsSwept(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		cfg := assetstest.Config()
		cfg.Blobs = s
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		by := assetstest.User("acme", "ann")
		create := func(text string) assets.ID {
			w, err := lib.Create(t.Context(), by, assets.NewAsset{
				Type: assets.TypeCopy, Title: text, NewVersion: assets.NewVersion{Text: text},
			})
			if err != nil {
				t.Fatal(err)
			}
			return w.ID
		}
		kept, deleted := create("kept"), create("deleted")
		if err := lib.Delete(t.Context(), by, deleted, nil); err != nil {
			t.Fatal(err)
		}
		sweep := blob.SweepConfig{
			Bucket: s, Ledger: cfg.Store.(blob.Ledger), Now: func() time.Time { return time.Now().Add(25 * time.Hour) },
		}
		for _, want := range []int{1, 0} {
			report, err := blob.Sweep(t.Context(), sweep)
			if err != nil || report.Deleted != want || report.Referenced != 1 || report.Foreign != 0 {
				t.Errorf("report %+v, %v, want %d deleted", report, err, want)
			}
		}
		f, err := lib.Open(t.Context(), by, kept, assets.SelectCurrent)
		if err != nil {
			t.Fatal(err)
		}
		content := make([]byte, 4)
		if n, err := f.Read(content); string(content[:n]) != "kept" {
			t.Errorf("the kept content is %q, %v", content[:n], err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}
