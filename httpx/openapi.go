package httpx

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets/internal/apidoc"
	"github.com/10ex/assets/internal/rest"
)

// openapi answers the document of all routes, the public ones too.
func (a *api) openapi() rest.Route {
	return rest.Fixed(rest.Operation{
		Name: "get_openapi", Method: http.MethodGet, Path: "/openapi.json",
		Group: groupMeta, Summary: "This document",
		Description: "OpenAPI 3.1 of exactly the routes that this server has.",
	}, a.document)
}

func (a *api) document() []byte {
	return rest.Document(
		a.about(),
		rest.Mounted{Prefix: strings.TrimSuffix(a.lib.BasePath(), "/"), Routes: a.routes()},
		rest.Mounted{Prefix: strings.TrimSuffix(a.lib.PublicPath(), "/"), Routes: a.publicRoutes()},
	)
}

func (a *api) about() rest.About {
	return rest.About{
		Title:   "Assets",
		Version: "1",
		Summary: "What generative agents produce, with versions, provenance and approval.",
		Description: "Every asset has immutable numbered versions and an approval state. Publishers read with the approved perspective and are handed exactly the bytes that a person approved, or nothing.\n\n" +
			"JSON is strict: members that are unknown, differently cased or given twice are refused, as are unknown, empty and repeated parameters; all problems are answered at once. " +
			"GET also serves HEAD. Times are RFC 3339 in UTC with milliseconds. Ids are UUIDs of version 7.",
		License: rest.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"},
		Server:  a.lib.PublicURL(),
		Groups: []rest.Group{
			{Name: groupAssets, Description: "Assets and their tags."},
			{Name: groupVersions, Description: "Immutable versions and their content."},
			{Name: groupReviews, Description: "Decisions on versions."},
			{Name: groupPreviews, Description: "Content made safe to look at, in the host's application or by a signed link."},
			{Name: groupUploads, Description: "Contents that are sent by themselves, before the version that is to have them."},
			{Name: groupExports, Description: "Archives of what is approved, which resume."},
			{Name: groupMeta, Description: "The interface itself."},
		},
		Bearer:  "An API key, or what else the host accepts. It names the workspace, the caller and the scopes.",
		Types:   a.values(),
		Members: apidoc.Members(),
	}
}

// values are the types that are one value on the wire, those of headers and
// queries alone among them.
func (a *api) values() map[reflect.Type]*jsonschema.Schema {
	all := apidoc.Values(a.lib.Limits())
	all[reflect.TypeFor[idempotencyKey]()] = &jsonschema.Schema{Type: "string", Pattern: `^[!-~]{1,255}$`, MinLength: new(1), MaxLength: new(255), Description: "Chosen by the caller: the same request with the same key within 7 days answers what the first try answered."}
	all[reflect.TypeFor[boolean]()] = &jsonschema.Schema{Type: "boolean", Default: json.RawMessage(`false`)}
	all[reflect.TypeFor[flag]()] = &jsonschema.Schema{Type: "string", Enum: apidoc.Enum("1")}
	all[reflect.TypeFor[downloads]()] = &jsonschema.Schema{Type: "string", Description: "With the value 1 the stored bytes are answered as an attachment."}
	return all
}
