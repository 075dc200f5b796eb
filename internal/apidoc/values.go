package apidoc

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

// Values are the types that are one value on the wire, as they are parsed and
// written.
func Values(limits assets.Limits) map[reflect.Type]*schema {
	return map[reflect.Type]*schema{
		reflect.TypeFor[assets.ID]():        {Type: "string", Format: "uuid"},
		reflect.TypeFor[assets.Type]():      {Type: "string", Enum: Enum(assets.Types()...), Description: "What kind of artifact it is."},
		reflect.TypeFor[assets.Status]():    {Type: "string", Enum: Enum(assets.Statuses()...), Description: "Where the current version stands."},
		reflect.TypeFor[assets.Action]():    {Type: "string", Enum: Enum(assets.Actions()...), Description: "The decision."},
		reflect.TypeFor[assets.Kind]():      {Type: "string", Enum: Enum(assets.KindUser, assets.KindAgent, assets.KindService), Description: "What the actor is."},
		reflect.TypeFor[assets.Via]():       {Type: "string", Enum: Enum(assets.ViaREST, assets.ViaMCP, assets.ViaGo, assets.ViaReview), Description: "The door that the decision came through."},
		reflect.TypeFor[assets.Approval]():  {Types: []string{"string", "null"}, Enum: []any{string(assets.ApprovalGiven), string(assets.ApprovalWithdrawn), nil}, Description: "Whether this version's approval was given or withdrawn."},
		reflect.TypeFor[assets.Number]():    {Type: "integer", Minimum: new(1.0)},
		reflect.TypeFor[assets.Time]():      {Type: "string", Format: "date-time"},
		reflect.TypeFor[assets.Optional]():  {Types: []string{"string", "null"}},
		reflect.TypeFor[assets.Tags]():      tagsSchema(),
		reflect.TypeFor[assets.Selector]():  {Type: "string", Pattern: `^([1-9][0-9]*|current|approved)$`, Description: "A version number, `current` or `approved`."},
		reflect.TypeFor[json.RawMessage]():  {Type: "object", Description: "What the model was called with, at most 16 KiB and 32 levels. Numbers keep their digits."},
		reflect.TypeFor[rest.Revisions]():   {Type: "string", Description: "Entity tags of the asset, or `*`: one must hold, else nothing changes."},
		reflect.TypeFor[rest.Instant]():     {Type: "string", Format: "date-time"},
		reflect.TypeFor[rest.Lifetime]():    {Type: "integer", Minimum: new(1.0), Maximum: new(limits.PreviewExpiry.Truncate(time.Second).Seconds()), Description: "How long the link lives, in seconds."},
		reflect.TypeFor[rest.Order]():       {Type: "string", Enum: Enum("asc", "desc"), Default: json.RawMessage(`"desc"`), Description: "Oldest or newest first."},
		reflect.TypeFor[rest.TagFilter]():   {Type: "string", Pattern: tagPattern()},
		reflect.TypeFor[rest.Perspective](): {Type: "string", Enum: Enum("current", "approved"), Default: json.RawMessage(`"current"`), Description: "Which version the asset is shown with."},
		reflect.TypeFor[rest.Width]():       {Type: "integer", Minimum: new(160.0), Maximum: new(1280.0), Enum: []any{160, 320, 640, 1280}, Description: "How wide a png, jpeg, gif or webp is shown: scaled down, of an animation the first frame. Anything else is shown as it is."},
	}
}

func tagPattern() string { return strings.TrimSuffix(assets.TagKeyPattern(), "$") + ":.+$" }

// Enum makes the values that a schema allows.
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
		Description:   "Sets of values by key, at most 100 pairs.",
		PropertyNames: &schema{Pattern: assets.TagKeyPattern()},
		MaxProperties: new(assets.MaxTagPairs),
		AdditionalProperties: &schema{
			Type: "array", MaxItems: new(assets.MaxTagPairs), Items: &schema{Type: "string", MinLength: new(1), MaxLength: new(assets.MaxTagValue)},
		},
	}
}
