package store_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/webhook/record"
)

// TestMalformedWebhooksAreReported: the error does not show what a column with secrets has.
func TestMalformedWebhooksAreReported(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		if err := st.AddWebhook(t.Context(), record.Webhook{ID: "w1", Workspace: "w"}, 1); err != nil {
			t.Fatal(err)
		}
		for _, set := range []string{"secrets = '[zqsecret'", "secrets = '[]', types = 'x'"} {
			if _, err := st.DB().ExecContext(t.Context(), "UPDATE asset_webhooks SET "+set); err != nil {
				t.Fatal(err)
			}
			_, err := st.Webhook(t.Context(), "w", "w1")
			_, listErr := st.AllWebhooks(t.Context(), "", 10)
			for _, err := range []error{err, listErr} {
				if assets.Code(err) != "internal_error" || strings.Contains(err.Error(), "zqsecret") {
					t.Errorf("%s: %v, want an internal error", set, err)
				}
			}
		}
	})
}
