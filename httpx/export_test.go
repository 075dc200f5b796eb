package httpx

import (
	"reflect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// Operations returns the operations below the base path and below the public
// path. Tests use it to check that their tables have every operation.
func Operations(lib *assets.Library) (own, public []rest.Operation) {
	a := newAPI(lib, Options{})
	return operations(a.routes()), operations(a.publicRoutes())
}

func operations(routes []rest.Route) []rest.Operation {
	ops := make([]rest.Operation, len(routes))
	for i, r := range routes {
		ops[i] = r.Operation
	}
	return ops
}

// Inputs returns the input type of each operation. Tests use it to check that their
// tables have every parameter and member.
func Inputs() map[string]reflect.Type {
	return map[string]reflect.Type{
		"list_assets":           reflect.TypeFor[listInput](),
		"create_asset":          reflect.TypeFor[createInput](),
		"get_asset":             reflect.TypeFor[getInput](),
		"edit_asset":            reflect.TypeFor[editInput](),
		"delete_asset":          reflect.TypeFor[deleteInput](),
		"list_asset_versions":   reflect.TypeFor[pageInput](),
		"list_asset_reviews":    reflect.TypeFor[pageInput](),
		"add_asset_version":     reflect.TypeFor[addVersionInput](),
		"get_asset_version":     reflect.TypeFor[versionPath](),
		"get_asset_attestation": reflect.TypeFor[versionPath](),
		"get_asset_content":     reflect.TypeFor[versionPath](),
		"rollback_asset":        reflect.TypeFor[rollbackInput](),
		"diff_asset":            reflect.TypeFor[diffInput](),
		"count_assets":          reflect.TypeFor[countsInput](),
		"get_usage":             reflect.TypeFor[usageInput](),
		"get_allowed_actions":   reflect.TypeFor[assetPath](),
		"explain_asset":         reflect.TypeFor[publishableInput](),
		"review_asset":          reflect.TypeFor[reviewInput](),
		"comment_asset":         reflect.TypeFor[commentInput](),
		"create_review_link":    reflect.TypeFor[newLinkInput](),
		"list_review_links":     reflect.TypeFor[pageInput](),
		"revoke_review_link":    reflect.TypeFor[linkPath](),
		"bulk_review_assets":    reflect.TypeFor[bulkInput](),
		"preview_asset":         reflect.TypeFor[previewInput](),
		"get_asset_preview_url": reflect.TypeFor[previewURLInput](),
		"list_asset_tags":       reflect.TypeFor[tagsInput](),
		"create_asset_upload":   reflect.TypeFor[newUploadInput](),
		"open_public_preview":   reflect.TypeFor[publicInput](),
		"put_upload":            reflect.TypeFor[putUploadInput](),
		"create_export":         reflect.TypeFor[createExportInput](),
		"list_exports":          reflect.TypeFor[listExportsInput](),
		"get_export":            reflect.TypeFor[exportPath](),
		"download_export":       reflect.TypeFor[publicExportInput](),
		"list_events":           reflect.TypeFor[eventsInput](),
		"stream_events":         reflect.TypeFor[eventStreamInput](),

		"create_webhook":          reflect.TypeFor[newWebhookInput](),
		"list_webhooks":           reflect.TypeFor[listWebhooksInput](),
		"get_webhook":             reflect.TypeFor[webhookPath](),
		"edit_webhook":            reflect.TypeFor[editWebhookInput](),
		"delete_webhook":          reflect.TypeFor[webhookPath](),
		"rotate_webhook_secret":   reflect.TypeFor[webhookPath](),
		"test_webhook":            reflect.TypeFor[webhookPath](),
		"list_webhook_deliveries": reflect.TypeFor[deliveriesInput](),
		"retry_webhook_delivery":  reflect.TypeFor[deliveryPath](),
		"replay_webhook":          reflect.TypeFor[replayInput](),
	}
}
