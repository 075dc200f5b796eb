package assets_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
)

func TestValidateQueries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   validator
		want []string
	}{
		{"status approved with another LST07", &assets.Query{Statuses: []assets.Status{assets.StatusApproved, assets.StatusDraft}}, []string{"status conflict"}},
		{"perspective, order and last action", &assets.Query{Perspective: "newest", Sort: "title", LastAction: "comment"}, []string{"perspective not_allowed", "sort not_allowed", "last_action not_allowed"}},
		{"status in the approved perspective", &assets.Query{Perspective: assets.PerspectiveApproved, Statuses: []assets.Status{assets.StatusDraft, assets.StatusApproved}}, []string{"perspective conflict"}},
		{"all statuses in the current perspective", &assets.Query{Perspective: assets.PerspectiveCurrent, Statuses: assets.Statuses()}, nil},
		{"by submission without a status", &assets.Query{Sort: assets.SortSubmitted}, []string{"sort conflict"}},
		{"by submission with another status", &assets.Query{Sort: assets.SortSubmitted, Statuses: []assets.Status{assets.StatusPendingReview, assets.StatusDraft}}, []string{"sort conflict"}},
		{"by submission with one status twice", &assets.Query{Sort: assets.SortSubmitted, Statuses: []assets.Status{assets.StatusPendingReview, assets.StatusPendingReview}}, nil},
		{"by submission of what is approved", &assets.Query{Sort: assets.SortSubmitted, Perspective: assets.PerspectiveApproved}, []string{"sort conflict"}},
		{"filters by media type and creator", &assets.Query{MediaType: "image/*", CreatedBy: strings.Repeat("x", assets.MaxHostID+1)}, []string{"created_by too_long", "media_type malformed"}},
		{"width without a link", &assets.Query{PreviewWidth: 640}, []string{"preview_width conflict"}},
		{"another width", &assets.Query{PreviewWidth: 641, PreviewExpiresIn: 1}, []string{"preview_width not_allowed"}},
		{"negative limit", &assets.Query{Limit: -1}, []string{"limit too_small"}},
		{"key of tags", &assets.TagQuery{Key: "a:b"}, []string{"key malformed"}},
		{"events of unknown types and ids", &assets.EventQuery{Types: []assets.EventType{"asset.read"}, AssetIDs: []assets.ID{"x"}}, []string{"type not_allowed", "asset_id malformed"}},
		{"counts by status", &assets.CountQuery{Query: assets.Query{Statuses: []assets.Status{assets.StatusDraft}, Perspective: assets.PerspectiveCurrent}}, []string{"status conflict", "perspective conflict"}},
		{"a type 201 times", &assets.Query{Types: slices.Repeat([]assets.Type{assets.TypeCopy}, assets.MaxRepeated+1)}, []string{"type too_long"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, problemsOf(tt.in)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// A query without a limit gets the default, one above the maximum the maximum, and a media
// type becomes the one that contents are stored with.
func TestValidateCompletesQueries(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{0: assets.DefaultListLimit, 1: 1, assets.MaxListLimit + 1: assets.MaxListLimit} {
		q := assets.Query{Limit: limit, MediaType: "image/jpg"}
		if err := q.Validate(); err != nil || q.Limit != want || q.MediaType != "image/jpeg" {
			t.Errorf("limit %d became %d of %s, %v; want %d of image/jpeg", limit, q.Limit, q.MediaType, err, want)
		}
	}
}
