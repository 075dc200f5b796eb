package rest

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets"
)

// Instant is a time in RFC 3339 with a zone, rounded up to the millisecond:
// both bounds of a list stay exact then. What lies before 1970 bounds as 1970
// does.
type Instant assets.Time

// UnmarshalText implements [encoding.TextUnmarshaler].
func (i *Instant) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return assets.Invalid(assets.TypeMalformed, "must be RFC 3339 with a zone, such as 2026-01-31T09:00:00Z (a + is %2B in a query)")
	}
	*i = Instant(max(1, assets.TimeOf(t.Add(time.Millisecond-time.Nanosecond))))
	return nil
}

// Lifetime is a whole number of seconds.
type Lifetime time.Duration

const longestLifetime = 1 << 31 // seconds that a time.Duration surely holds

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *Lifetime) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 64) // out of range answers the nearest number
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return assets.Invalid(assets.TypeMalformed, "must be a whole number of seconds")
	case n < 1:
		return assets.Invalid(assets.TypeTooSmall, "must be at least 1")
	case err != nil, n > longestLifetime:
		return assets.Invalid(assets.TypeTooLarge, "is longer than allowed")
	}
	*l = Lifetime(time.Duration(n) * time.Second)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler]: in JSON it is a number.
func (l *Lifetime) UnmarshalJSON(b []byte) error { return l.UnmarshalText(b) }

// Order is asc or desc; false, the default, is desc.
type Order bool

// UnmarshalText implements [encoding.TextUnmarshaler].
func (o *Order) UnmarshalText(text []byte) error {
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

// TagFilter is key:value, or key:* for any value; the first colon splits.
type TagFilter assets.Tag

// UnmarshalText implements [encoding.TextUnmarshaler].
func (t *TagFilter) UnmarshalText(text []byte) error {
	key, value, ok := strings.Cut(string(text), ":")
	if !ok || key == "" || value == "" {
		return assets.Invalid(assets.TypeMalformed, "must be key:value, or key:* for any value")
	}
	if value == "*" {
		value = ""
	}
	*t = TagFilter{Key: key, Value: value}
	return nil
}

// Perspective is current or approved.
type Perspective assets.Selector

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Perspective) UnmarshalText(text []byte) error {
	switch string(text) {
	case "current":
		*p = Perspective(assets.SelectCurrent)
	case "approved":
		*p = Perspective(assets.SelectApproved)
	default:
		return assets.Invalid(assets.TypeUnknown, "must be current or approved")
	}
	return nil
}

// Width is one of [assets.Widths].
type Width int

// UnmarshalText implements [encoding.TextUnmarshaler].
func (w *Width) UnmarshalText(text []byte) error {
	for _, n := range assets.Widths() {
		if string(text) == strconv.Itoa(n) {
			*w = Width(n)
			return nil
		}
	}
	return assets.Invalid(assets.TypeUnknown, "must be 160, 320, 640 or 1280")
}

// UnmarshalJSON implements [json.Unmarshaler]: in JSON it is a number.
func (w *Width) UnmarshalJSON(b []byte) error { return w.UnmarshalText(b) }

// Version is a number, current or approved; in JSON a number or a string.
type Version assets.Selector

// UnmarshalJSON implements [json.Unmarshaler].
func (v *Version) UnmarshalJSON(b []byte) error {
	text := string(b)
	if b[0] == '"' {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
	}
	sel, err := assets.ParseSelector(text)
	if err != nil {
		return assets.Invalid(assets.TypeMalformed, `must be a positive number, "current" or "approved"`)
	}
	*v = Version(sel)
	return nil
}

// Many are values of which a filter matches any; in JSON one of them or an
// array.
type Many[T ~string] []T

// UnmarshalJSON implements [json.Unmarshaler].
func (m *Many[T]) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		b = append(append([]byte{'['}, b...), ']')
	}
	var list []*T
	if err := json.Unmarshal(b, &list); err != nil {
		return assets.Invalid(assets.TypeWrong, "must be a string, or an array of them")
	}
	*m = make(Many[T], len(list))
	for i, v := range list {
		if v == nil || *v == "" {
			return assets.Invalid(assets.TypeTooShort, "must not be empty")
		}
		(*m)[i] = *v
	}
	return nil
}
