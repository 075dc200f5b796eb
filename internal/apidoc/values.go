package apidoc

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type schema = jsonschema.Schema

// Values returns the schemas of the Go types that are written as one JSON value or
// parsed from one parameter. limits is that of the library.
func Values(limits assets.Limits) map[reflect.Type]*schema {
	all := map[reflect.Type]*schema{
		reflect.TypeFor[assets.ID]():          {Type: "string", Format: "uuid"},
		reflect.TypeFor[assets.Type]():        {Type: "string", Enum: Enum(assets.Types()...), Description: "The kind of artifact."},
		reflect.TypeFor[assets.Status]():      {Type: "string", Enum: Enum(assets.Statuses()...), Description: "The status of the current version."},
		reflect.TypeFor[assets.Action]():      {Type: "string", Enum: Enum(assets.Actions()...), Description: "The decision."},
		reflect.TypeFor[assets.Kind]():        {Type: "string", Enum: Enum(assets.KindUser, assets.KindAgent, assets.KindService), Description: "The kind of the actor."},
		reflect.TypeFor[assets.Scope]():       {Type: "string", Enum: Enum(assets.ScopeRead, assets.ScopeWrite, assets.ScopeApprove, assets.ScopeAll)},
		reflect.TypeFor[assets.MissingCode](): {Type: "string", Enum: Enum(assets.MissingCodes()...), Description: "What is missing."},
		reflect.TypeFor[assets.DiffOp]():      {Type: "string", Enum: Enum(assets.DiffEqual, assets.DiffInsert, assets.DiffDelete), Description: "Whether both texts have the piece, only `to`, or only `from`."},
		reflect.TypeFor[assets.Via]():         {Type: "string", Enum: Enum(assets.ViaREST, assets.ViaMCP, assets.ViaGo, assets.ViaReview, assets.ViaLink), Description: "The interface through which the decision was made."},
		reflect.TypeFor[assets.EventType]():   {Type: "string", Enum: Enum(assets.EventTypes()...), Description: "What has happened. `asset.approval_recorded` is an approval short of the quorum."},
		reflect.TypeFor[assets.Approval]():    {Types: []string{"string", "null"}, Enum: []any{string(assets.ApprovalGiven), string(assets.ApprovalWithdrawn), nil}, Description: "Whether the approval of this version was given or withdrawn; null if it was never given."},
		reflect.TypeFor[assets.Number]():      {Type: "integer", Minimum: new(1.0)},
		reflect.TypeFor[assets.Time]():        {Type: "string", Format: "date-time"},
		reflect.TypeFor[assets.Optional]():    {Types: []string{"string", "null"}},
		reflect.TypeFor[assets.Tags]():        tagsSchema(),
		reflect.TypeFor[assets.Selector]():    {Type: "string", Pattern: `^([1-9][0-9]*|current|approved)$`, Description: "A version number, `current` or `approved`."},
		reflect.TypeFor[[]byte]():             {Type: "string", ContentEncoding: "base64"},
		reflect.TypeFor[json.RawMessage]():    {Type: "object", AdditionalProperties: &schema{}, Description: "The parameters of the model, at most 16 KiB and nested at most 32 levels. Numbers keep their digits."},
		reflect.TypeFor[rest.Revisions]():     {Type: "string", Description: "Entity tags of the asset, or `*`. If none of them matches, nothing changes and the response is 412."},
		reflect.TypeFor[rest.Instant]():       {Type: "string", Format: "date-time"},
		reflect.TypeFor[rest.Lifetime]():      {Type: "integer", Minimum: new(1.0), Maximum: new(limits.PreviewExpiry.Truncate(time.Second).Seconds()), Description: "The lifetime of the link in seconds."},
		reflect.TypeFor[rest.Order]():         {Type: "string", Enum: Enum("asc", "desc"), Default: json.RawMessage(`"desc"`), Description: "The order by time of creation: `asc` is oldest first, `desc` newest first."},
		reflect.TypeFor[rest.TagFilter]():     {Type: "string", Pattern: tagPattern()},
		reflect.TypeFor[assets.Perspective](): {Type: "string", Enum: Enum(assets.PerspectiveCurrent, assets.PerspectiveApproved), Description: "The version of each asset that is compared with the filters and shown: the newest, or the approved one. The default is `approved` for `status=approved` alone, otherwise `current`. `approved` takes no other status; with `current` all statuses can be combined."},
		reflect.TypeFor[assets.Sort]():        {Type: "string", Enum: Enum(assets.SortCreated, assets.SortSubmitted), Default: json.RawMessage(`"created"`), Description: "What the list is sorted by. `submitted` requires `status=pending_review` and no other status; an asset that is submitted again during the walk may come twice or be missed."},
		reflect.TypeFor[assets.ShortText]():   {Types: []string{"string", "null"}, Description: "The content as text, with `include_text`, if the asset is a copy or a blog; null above 16 KiB."},
		reflect.TypeFor[rest.Perspective]():   {Type: "string", Enum: Enum("current", "approved"), Default: json.RawMessage(`"current"`), Description: "The version that the asset is shown with."},
		reflect.TypeFor[rest.Width]():         {Type: "integer", Minimum: new(160.0), Maximum: new(1280.0), Enum: []any{160, 320, 640, 1280}, Description: "The maximum width in pixels. PNG, JPEG, GIF and WebP images that are wider are scaled down; of an animation, only the first frame is shown. Images no wider, images that cannot be decoded, and other formats are returned unchanged."},
	}
	maps.Copy(all, webhookValues())
	maps.Copy(all, linkValues())
	return all
}

func tagPattern() string { return strings.TrimSuffix(assets.TagKeyPattern(), "$") + ":.+$" }

// Enum returns values as the enum of a schema.
func Enum[T ~string](values ...T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

func tagsSchema() *schema {
	return &schema{
		Type:          "object",
		Description:   "The tags: sets of values by key, at most 100 pairs of key and value.",
		PropertyNames: &schema{Pattern: assets.TagKeyPattern()},
		MaxProperties: new(assets.MaxTagPairs),
		AdditionalProperties: &schema{
			Type: "array", MaxItems: new(assets.MaxTagPairs), Items: &schema{Type: "string", MinLength: new(1), MaxLength: new(assets.MaxTagValue)},
		},
	}
}
