package assetstest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesWrongUploads(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"a field is lost", withTx(func(tx assets.Tx) assets.Tx { return losesText{tx} }), "an upload is kept in every field, and replaced"},
		fault[wholeStore]{"an upload is found in a workspace of another case", func(s wholeStore) wholeStore { return caselessUpload{s} }, "an upload belongs to its workspace TEN01"},
		fault[wholeStore]{"an upload is written although its Update failed", func(s wholeStore) wholeStore { return writesUploadsAfter{s} }, "an upload goes with its Update"},
	)
}

type losesText struct{ assets.Tx }

func (tx losesText) PutUpload(ctx context.Context, u assets.Upload) error {
	u.Text = false
	return tx.Tx.PutUpload(ctx, u)
}

type caselessUpload struct{ wholeStore }

func (s caselessUpload) Upload(ctx context.Context, workspace string, id assets.ID) (assets.Upload, error) {
	return s.wholeStore.Upload(ctx, strings.ToLower(workspace), id)
}

type writesUploadsAfter struct{ wholeStore }

func (s writesUploadsAfter) Update(ctx context.Context, fn func(assets.Tx) error) error {
	var all []assets.Upload
	err := s.wholeStore.Update(ctx, func(tx assets.Tx) error { return fn(collectsUploads{tx, &all}) })
	after := s.wholeStore.Update(ctx, func(tx assets.Tx) error {
		for _, u := range all {
			if err := tx.PutUpload(ctx, u); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, after)
}

type collectsUploads struct {
	assets.Tx
	all *[]assets.Upload
}

func (tx collectsUploads) PutUpload(_ context.Context, u assets.Upload) error {
	*tx.all = append(*tx.all, u)
	return nil
}
