package apidoc

import (
	"maps"
	"reflect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/rest"
)

// Names returns the names of components of the OpenAPI document: of the types in
// [Values] that have one, and of types whose name in Go needs its package. Types that
// generators declare get a name, so that each has one declaration.
func Names() map[reflect.Type]string {
	all := map[reflect.Type]string{
		reflect.TypeFor[assets.Type]():        "AssetType",
		reflect.TypeFor[assets.Status]():      "Status",
		reflect.TypeFor[assets.Action]():      "Action",
		reflect.TypeFor[assets.Kind]():        "Kind",
		reflect.TypeFor[assets.MissingCode](): "MissingCode",
		reflect.TypeFor[assets.DiffOp]():      "DiffOp",
		reflect.TypeFor[assets.Via]():         "Via",
		reflect.TypeFor[assets.EventType]():   "EventType",
		reflect.TypeFor[assets.Scope]():       "Scope",
		reflect.TypeFor[assets.Approval]():    "Approval",
		reflect.TypeFor[assets.LinkRight]():   "LinkRight",
		reflect.TypeFor[assets.Page]():        "AssetPage",
		reflect.TypeFor[assets.Sort]():        "Sort",
		reflect.TypeFor[assets.Perspective](): "ListPerspective",
		reflect.TypeFor[export.Exports]():     "ExportPage",
		reflect.TypeFor[rest.Order]():         "Order",
		reflect.TypeFor[rest.Perspective]():   "Perspective",
		reflect.TypeFor[rest.Width]():         "PreviewWidth",
	}
	maps.Copy(all, webhookNames())
	return all
}

// Details returns the members of types that only the operations on a single one return.
func Details() map[reflect.Type]rest.Detail {
	all := map[reflect.Type]rest.Detail{
		reflect.TypeFor[assets.Asset]():  {Name: "AssetDetail", Members: []string{"versions", "reviews"}},
		reflect.TypeFor[export.Export](): {Name: "ExportDetail", Members: []string{"stale_items"}},
	}
	maps.Copy(all, webhookDetails())
	maps.Copy(all, linkDetails())
	return all
}
