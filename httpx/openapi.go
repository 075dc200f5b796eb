package httpx

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/apidoc"
	"github.com/10ex/assets/internal/rest"
)

// openapi serves the OpenAPI document of all routes, including the public ones.
func (a *api) openapi() rest.Route {
	return rest.Fixed(rest.Operation{
		Name: "get_openapi", Method: http.MethodGet, Path: "/openapi.json",
		Group: groupMeta, Summary: "Get this document",
		Description: "The OpenAPI 3.1 document of the routes that this server has.",
	}, a.document)
}

func (a *api) document() []byte {
	return rest.Document(
		a.documentInfo(),
		rest.Mounted{Prefix: strings.TrimSuffix(a.lib.BasePath(), "/"), Server: a.lib.BaseURL(), Routes: a.routes()},
		rest.Mounted{Prefix: strings.TrimSuffix(a.lib.PublicPath(), "/"), Server: a.lib.PublicURL(), Routes: a.publicRoutes()},
	)
}

func (a *api) documentInfo() rest.About {
	return rest.About{
		Title:   "Assets",
		Version: "1",
		Summary: "Content made by generative agents, with versions, provenance and approval.",
		Description: "Every asset has immutable numbered versions and an approval state. Publishers read the approved version: exactly the bytes that a person approved, or an error if no version is approved.\n\n" +
			"JSON is strict: unknown members, members in another letter case and duplicate members are refused, as are unknown, empty and repeated parameters. One response lists all problems. " +
			"Every GET route also accepts HEAD. Times are RFC 3339 in UTC with milliseconds. Ids are UUIDs of version 7.",
		License: rest.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"},
		Contact: rest.Contact{Name: "The assets module of 10ex", URL: "https://github.com/10ex/assets"},
		Server:  a.lib.BaseURL(),
		Groups: []rest.Group{
			{Name: groupAssets, Description: "Assets and their tags."},
			{Name: groupVersions, Description: "Immutable versions and their content."},
			{Name: groupReviews, Description: "Decisions on versions."},
			{Name: groupPreviews, Description: "Content made safe to show, in the host's application or behind a signed link."},
			{Name: groupUploads, Description: "Content that is uploaded separately, before the version that uses it."},
			{Name: groupExports, Description: "Archives of approved versions. Downloads can be resumed."},
			{Name: groupEvents, Description: "What has happened to assets: pages and a stream."},
			{Name: groupWebhooks, Description: "Endpoints that are told of events."},
			{Name: groupMeta, Description: "The caller, and the description of this interface."},
		},
		Bearer:  "An API key, or another credential that the host accepts. It determines the workspace, the caller and the scopes.",
		Types:   a.schemas(),
		Names:   apidoc.Names(),
		Details: apidoc.Details(),
		Members: apidoc.Members(),
		PathExamples: map[string]any{
			"asset_id": exampleAssetID, "export_id": exampleExportID, "webhook_id": exampleWebhookID, "delivery_id": exampleDeliveryID, "version": "approved", "token": "AZytxpqA.c2lnbmF0dXJl",
		},
	}
}

// schemas returns the schemas of the types that are a single JSON value, and of
// those that only headers and queries have.
func (a *api) schemas() map[reflect.Type]*jsonschema.Schema {
	all := apidoc.Values(a.lib.Limits())
	all[reflect.TypeFor[idempotencyKey]()] = &jsonschema.Schema{Type: "string", Pattern: `^[!-~]{1,255}$`, MinLength: new(1), MaxLength: new(255), Description: "Chosen by the caller. The same request with the same key within 7 days returns the result of the first request."}
	all[reflect.TypeFor[givenSelector]()] = all[reflect.TypeFor[assets.Selector]()]
	all[reflect.TypeFor[boolean]()] = &jsonschema.Schema{Type: "boolean", Default: json.RawMessage(`false`)}
	all[reflect.TypeFor[flag]()] = &jsonschema.Schema{Type: "string", Enum: apidoc.Enum("1")}
	all[reflect.TypeFor[downloadValues]()] = &jsonschema.Schema{Type: "string", Description: "With the value `1` the response has the stored bytes as an attachment."}
	return all
}
