package httpx

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

type schema = jsonschema.Schema

// valueSchemas are the types that are one value on the wire, as they are
// parsed and written.
func (a *api) valueSchemas() map[reflect.Type]*schema {
	return map[reflect.Type]*schema{
		reflect.TypeFor[assets.ID]():       {Type: "string", Format: "uuid"},
		reflect.TypeFor[assets.Type]():     {Type: "string", Enum: enum(assets.Types()...), Description: "What kind of artifact it is."},
		reflect.TypeFor[assets.Status]():   {Type: "string", Enum: enum(assets.Statuses()...), Description: "Where the current version stands."},
		reflect.TypeFor[assets.Action]():   {Type: "string", Enum: enum(assets.Actions()...), Description: "The decision."},
		reflect.TypeFor[assets.Kind]():     {Type: "string", Enum: enum(assets.KindUser, assets.KindAgent, assets.KindService), Description: "What the actor is."},
		reflect.TypeFor[assets.Via]():      {Type: "string", Enum: enum(assets.ViaREST, assets.ViaMCP, assets.ViaGo, assets.ViaReview), Description: "The door that the decision came through."},
		reflect.TypeFor[assets.Approval](): {Types: []string{"string", "null"}, Enum: []any{string(assets.ApprovalGiven), string(assets.ApprovalWithdrawn), nil}, Description: "Whether this version's approval was given or withdrawn."},
		reflect.TypeFor[assets.Number]():   {Type: "integer", Minimum: new(1.0)},
		reflect.TypeFor[assets.Time]():     {Type: "string", Format: "date-time"},
		reflect.TypeFor[assets.Optional](): {Types: []string{"string", "null"}},
		reflect.TypeFor[assets.Tags]():     tagsSchema(),
		reflect.TypeFor[assets.Selector](): {Type: "string", Pattern: `^([1-9][0-9]*|current|approved)$`, Description: "A version number, `current` or `approved`."},
		reflect.TypeFor[json.RawMessage](): {Type: "object", Description: "What the model was called with, at most 16 KiB and 32 levels. Numbers keep their digits."},
		reflect.TypeFor[rest.Revisions]():  {Type: "string", Description: "Entity tags of the asset, or `*`: one must hold, else nothing changes."},
		reflect.TypeFor[idempotencyKey]():  {Type: "string", Pattern: `^[!-~]{1,255}$`, MinLength: new(1), MaxLength: new(255), Description: "Chosen by the caller: the same request with the same key within 7 days answers what the first try answered."},
		reflect.TypeFor[instant]():         {Type: "string", Format: "date-time"},
		reflect.TypeFor[lifetime]():        {Type: "integer", Minimum: new(1.0), Maximum: new(a.lib.Limits().PreviewExpiry.Truncate(time.Second).Seconds()), Description: "How long the link lives, in seconds."},
		reflect.TypeFor[order]():           {Type: "string", Enum: enum("asc", "desc"), Default: json.RawMessage(`"desc"`), Description: "Oldest or newest first."},
		reflect.TypeFor[boolean]():         {Type: "boolean", Default: json.RawMessage(`false`)},
		reflect.TypeFor[tagFilter]():       {Type: "string", Pattern: tagPattern()},
		reflect.TypeFor[perspective]():     {Type: "string", Enum: enum("current", "approved"), Default: json.RawMessage(`"current"`), Description: "Which version the asset is shown with."},
		reflect.TypeFor[width]():           {Type: "integer", Minimum: new(160.0), Maximum: new(1280.0), Enum: []any{160, 320, 640, 1280}, Description: "How wide a png, jpeg, gif or webp is shown: scaled down, of an animation the first frame. Anything else is shown as it is."},
		reflect.TypeFor[flag]():            {Type: "string", Enum: enum("1")},
		reflect.TypeFor[downloads]():       {Type: "string", Description: "With the value 1 the stored bytes are answered as an attachment."},
	}
}

func tagPattern() string { return strings.TrimSuffix(assets.TagKeyPattern(), "$") + ":.+$" }

func enum[T ~string](values ...T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

func tagsSchema() *schema {
	return &schema{
		Type:          "object",
		Description:   "Sets of values by key, at most 100 pairs.",
		PropertyNames: &schema{Pattern: assets.TagKeyPattern()},
		MaxProperties: new(assets.MaxTagPairs),
		AdditionalProperties: &schema{
			Type: "array", MaxItems: new(assets.MaxTagPairs), Items: &schema{Type: "string", MinLength: new(1), MaxLength: new(assets.MaxTagValue)},
		},
	}
}
