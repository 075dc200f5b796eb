package races_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestUploadAtOnce: of several contents for one upload one is stored, and of
// several versions that claim the upload one gets it.
func TestUploadAtOnce(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		ticket, err := lib.NewUpload(t.Context(), fixture.Bot, assets.NewUpload{})
		if err != nil {
			t.Fatal(err)
		}
		race := func(what string, call func(i int) error) {
			var mu sync.Mutex
			succeeded := 0
			fixture.AtOnce(8, func(i int) {
				err := call(i)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					succeeded++
				} else if !errors.Is(err, assets.ErrUploadUsed) {
					t.Errorf("%s: %v", what, err)
				}
			})
			if n := len(fixture.Objects(t, cfg.Blobs)); succeeded != 1 || n != 1 {
				t.Errorf("%s: %d succeeded, %d objects; want 1 and 1", what, succeeded, n)
			}
		}
		race("put", func(i int) error {
			content := bytes.Repeat([]byte{byte('a' + i)}, 1000)
			_, err := lib.PutUpload(t.Context(), fixture.Token(ticket.URL), assets.UploadContent{Content: bytes.NewReader(content), Size: -1})
			return err
		})
		race("use", func(int) error {
			_, err := lib.Create(t.Context(), fixture.Bot, assets.NewAsset{
				Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{UploadID: ticket.UploadID},
			})
			return err
		})
	})
}
