package apidoc_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/apidoc"
)

func TestExportBodyRequest(t *testing.T) {
	t.Parallel()
	body := apidoc.ExportBody{
		Types: []assets.Type{assets.TypeImage}, CampaignID: "spring", Tags: []string{"channel:email", "region:*"},
		CreatedAfter: "1970-01-01T00:00:01Z", ExpiresIn: 60,
	}
	got, err := body.Request()
	if err != nil {
		t.Fatal(err)
	}
	want := export.Request{
		Query: assets.Query{
			Types: []assets.Type{assets.TypeImage}, CampaignID: "spring", CreatedAfter: 1000,
			Tags: []assets.Tag{{Key: "channel", Value: "email"}, {Key: "region"}},
		},
		ExpiresIn: time.Minute,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExportBodyReportsEveryProblem(t *testing.T) {
	t.Parallel()
	body := apidoc.ExportBody{Tags: []string{"ok:1", "no"}, CreatedBefore: "yesterday", Types: []assets.Type{"poem"}}
	_, requestErr := body.Request()
	for name, err := range map[string]error{"Request": requestErr, "Validate": body.Validate()} {
		found := map[string]bool{}
		for _, f := range assets.FieldErrors(err) {
			found[f.Error()] = true
		}
		if len(found) != 3 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := new(apidoc.ExportBody).Validate(); err != nil {
		t.Errorf("an export without filters is refused: %v", err)
	}
}
