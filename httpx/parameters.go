package httpx

import (
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// assetPath has the asset id in a path.
type assetPath struct {
	ID assets.ID `path:"asset_id"`
}

// versionPath has the asset id and the version in a path.
type versionPath struct {
	assetPath
	Version assets.Selector `path:"version"`
}

// idempotencyKey is the value of the header Idempotency-Key: 1–255 visible
// ASCII characters.
type idempotencyKey string

func (k *idempotencyKey) UnmarshalText(text []byte) error {
	visible := func(c rune) bool { return c > ' ' && c <= '~' }
	if len(text) > 255 || strings.ContainsFunc(string(text), func(c rune) bool { return !visible(c) }) {
		return assets.Invalid(assets.TypeMalformed, "must be 1 to 255 visible ASCII characters")
	}
	*k = idempotencyKey(text)
	return nil
}

// Types of parameters that package mcpx uses for the arguments of tools too.
type (
	instant     = rest.Instant
	lifetime    = rest.Lifetime
	order       = rest.Order
	tagFilter   = rest.TagFilter
	perspective = rest.Perspective
	width       = rest.Width
)

// givenSelector is a version whose default is none of the selectors. It is nil if the
// parameter is not sent.
type givenSelector struct{ *assets.Selector }

func (v *givenSelector) UnmarshalText(text []byte) error {
	sel, err := assets.ParseSelector(string(text))
	v.Selector = &sel
	return err
}

// boolean is a parameter with the value true or false.
type boolean bool

func (b *boolean) UnmarshalText(text []byte) error {
	switch string(text) {
	case "true":
		*b = true
	case "false":
		*b = false
	default:
		return assets.Invalid(assets.TypeNotAllowed, "must be true or false")
	}
	return nil
}

// flag is a parameter whose only value is 1.
type flag bool

func (f *flag) UnmarshalText(text []byte) error {
	if string(text) != "1" {
		return assets.Invalid(assets.TypeNotAllowed, "must be 1")
	}
	*f = true
	return nil
}
