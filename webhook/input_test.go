package webhook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
)

func TestInvalidInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	types := func(all ...assets.EventType) []assets.EventType { return all }
	for name, tt := range map[string]struct {
		in   webhook.NewWebhook
		want []string // places
	}{
		"nothing":         {webhook.NewWebhook{}, []string{"url"}},
		"everything long": {webhook.NewWebhook{URL: "https://" + long, CampaignID: assets.Optional(long), Description: long}, []string{"url", "campaign_id", "description"}},
		"control":         {webhook.NewWebhook{URL: "https://a\n", CampaignID: "\x00", Description: "\x07"}, []string{"url", "campaign_id", "description"}},
		"no UTF-8":        {webhook.NewWebhook{URL: "https://a", Description: "\xff"}, []string{"description"}},
		"no types":        {webhook.NewWebhook{URL: "https://a", Types: []assets.EventType{}}, []string{"types"}},
		"unknown types":   {webhook.NewWebhook{URL: "https://a", Types: types("asset.approved", "Asset.approved", "workspace.purged", "")}, []string{"types.1", "types.2", "types.3"}},
		"a type twice":    {webhook.NewWebhook{URL: "https://a", Types: types("asset.approved", "asset.edited", "asset.approved")}, []string{"types.2"}},
		"right":           {webhook.NewWebhook{URL: "https://a", Types: webhook.EventTypes(), Description: strings.Repeat("é", 300)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edit := webhook.Edit{URL: &tt.in.URL, CampaignID: &tt.in.CampaignID, Description: &tt.in.Description}
			if tt.in.Types != nil {
				edit.Types = &tt.in.Types
			}
			for how, err := range map[string]error{"New": tt.in.Validate(), "Edit": edit.Validate()} {
				var got []string
				for _, f := range assets.FieldErrors(err) {
					got = append(got, strings.ReplaceAll(strings.Trim(fmt.Sprint(f.Loc), "[]"), " ", "."))
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("%s: %v, want %v", how, got, tt.want)
				}
			}
		})
	}
}

func TestEventTypes(t *testing.T) {
	t.Parallel()
	for _, typ := range webhook.EventTypes() {
		if !strings.HasPrefix(string(typ), "asset.") {
			t.Errorf("%s is about no asset", typ)
		}
	}
	if n := len(webhook.EventTypes()); n != len(assets.EventTypes())-1 {
		t.Errorf("%d types", n)
	}
}
