package httpx

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets"
)

// assetPath is the asset that a path names.
type assetPath struct {
	ID assets.ID `path:"asset_id"`
}

// versionPath is the version that a path names.
type versionPath struct {
	assetPath
	Version assets.Selector `path:"version"`
}

// idempotencyKey is the header Idempotency-Key: 1–255 visible ASCII
// characters.
type idempotencyKey string

func (k *idempotencyKey) UnmarshalText(text []byte) error {
	visible := func(c rune) bool { return c > ' ' && c <= '~' }
	if len(text) > 255 || strings.ContainsFunc(string(text), func(c rune) bool { return !visible(c) }) {
		return assets.Invalid(assets.TypeMalformed, "must be 1 to 255 visible ASCII characters")
	}
	*k = idempotencyKey(text)
	return nil
}

// instant is a time in RFC 3339 with a zone, rounded up to the millisecond:
// both bounds of a list stay exact then. What lies before 1970 bounds as 1970
// does.
type instant assets.Time

func (i *instant) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return assets.Invalid(assets.TypeMalformed, "must be RFC 3339 with a zone, such as 2026-01-31T09:00:00Z (a + is %2B in a query)")
	}
	*i = instant(max(1, assets.TimeOf(t.Add(time.Millisecond-time.Nanosecond))))
	return nil
}

// lifetime is a whole number of seconds.
type lifetime time.Duration

const longestLifetime = 1 << 31 // seconds that a time.Duration surely holds

func (l *lifetime) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 64) // out of range answers the nearest number
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return assets.Invalid(assets.TypeMalformed, "must be a whole number of seconds")
	case n < 1:
		return assets.Invalid(assets.TypeTooSmall, "must be at least 1")
	case err != nil, n > longestLifetime:
		return assets.Invalid(assets.TypeTooLarge, "is longer than allowed")
	}
	*l = lifetime(time.Duration(n) * time.Second)
	return nil
}

// order is asc or desc; false, the default, is desc.
type order bool

func (o *order) UnmarshalText(text []byte) error {
	switch string(text) {
	case "asc":
		*o = true
	case "desc":
		*o = false
	default:
		return assets.Invalid(assets.TypeUnknown, "must be asc or desc")
	}
	return nil
}

// boolean is true or false.
type boolean bool

func (b *boolean) UnmarshalText(text []byte) error {
	switch string(text) {
	case "true":
		*b = true
	case "false":
		*b = false
	default:
		return assets.Invalid(assets.TypeUnknown, "must be true or false")
	}
	return nil
}

// tagFilter is key:value, or key:* for any value; the first colon splits.
type tagFilter assets.Tag

func (t *tagFilter) UnmarshalText(text []byte) error {
	key, value, ok := strings.Cut(string(text), ":")
	if !ok || key == "" || value == "" {
		return assets.Invalid(assets.TypeMalformed, "must be key:value, or key:* for any value")
	}
	if value == "*" {
		value = ""
	}
	*t = tagFilter{Key: key, Value: value}
	return nil
}

// perspective is current or approved.
type perspective assets.Selector

func (p *perspective) UnmarshalText(text []byte) error {
	switch string(text) {
	case "current":
		*p = perspective(assets.SelectCurrent)
	case "approved":
		*p = perspective(assets.SelectApproved)
	default:
		return assets.Invalid(assets.TypeUnknown, "must be current or approved")
	}
	return nil
}

// width is one of [assets.Widths].
type width int

func (w *width) UnmarshalText(text []byte) error {
	for _, n := range assets.Widths() {
		if string(text) == strconv.Itoa(n) {
			*w = width(n)
			return nil
		}
	}
	return assets.Invalid(assets.TypeUnknown, "must be 160, 320, 640 or 1280")
}

// flag is a parameter whose only value is 1.
type flag bool

func (f *flag) UnmarshalText(text []byte) error {
	if string(text) != "1" {
		return assets.Invalid(assets.TypeUnknown, "must be 1")
	}
	*f = true
	return nil
}
