package wire_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

func TestBulkReplyOf(t *testing.T) {
	t.Parallel()
	asset := &assets.Asset{Title: "banner"}
	reply := wire.BulkReplyOf([]assets.BulkResult{
		{AssetID: "a", Asset: asset},
		{AssetID: "b", Asset: asset, Err: fmt.Errorf("outer: %w", assets.ErrNotDraft)},
	})
	want := wire.BulkReply{Results: []wire.BulkResult{
		{AssetID: "a", Asset: asset},
		{AssetID: "b", Error: wire.Describe(assets.ErrNotDraft).Body()},
	}}
	got, err := wire.Marshal(reply)
	if err != nil {
		t.Fatal(err)
	}
	text, err := wire.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestBulkReplyOfNothing(t *testing.T) {
	t.Parallel()
	got, err := wire.Marshal(wire.BulkReplyOf(nil))
	if err != nil || string(got) != `{"results":[]}` {
		t.Errorf("%s, %v", got, err)
	}
}
