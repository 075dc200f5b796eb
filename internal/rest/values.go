package rest

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets"
)

// Instant is a time in RFC 3339 with a zone. It is rounded up to the millisecond,
// so that it stays an exact lower and upper bound of stored times, which have
// milliseconds. A time before 1970 becomes the first millisecond of 1970.
type Instant assets.Time

// UnmarshalText implements [encoding.TextUnmarshaler].
func (i *Instant) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, strings.ToUpper(string(text))) // t and z may be small
	if err != nil {
		return assets.Invalid(assets.TypeMalformed, "must be RFC 3339 with a zone, such as 2026-01-31T09:00:00Z (a + is %2B in a query)")
	}
	*i = Instant(max(1, assets.TimeOf(t.Add(time.Millisecond-time.Nanosecond))))
	return nil
}

// Lifetime is a positive whole number of seconds.
type Lifetime time.Duration

const maxLifetime = 1 << 31 // seconds; any more might overflow a time.Duration

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *Lifetime) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 64) // returns the nearest number if text is out of range
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return assets.Invalid(assets.TypeMalformed, "must be a whole number of seconds")
	case n < 1:
		return assets.Invalid(assets.TypeTooSmall, "must be at least 1")
	case err != nil, n > maxLifetime:
		return assets.Invalid(assets.TypeTooLarge, "is longer than allowed")
	}
	*l = Lifetime(time.Duration(n) * time.Second)
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler]. In JSON a lifetime is a number.
func (l *Lifetime) UnmarshalJSON(b []byte) error { return l.UnmarshalText(b) }

// Order is the order of a list: asc if true, desc, the default, if false.
type Order bool

// UnmarshalText implements [encoding.TextUnmarshaler].
func (o *Order) UnmarshalText(text []byte) error {
	switch string(text) {
	case "asc":
		*o = true
	case "desc":
		*o = false
	default:
		return assets.Invalid(assets.TypeNotAllowed, "must be asc or desc")
	}
	return nil
}

// TagFilter is key:value, or key:* for any value, which is then empty. The key
// ends at the first colon.
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
		return assets.Invalid(assets.TypeNotAllowed, "must be current or approved")
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
	return assets.Invalid(assets.TypeNotAllowed, "must be 160, 320, 640 or 1280")
}

// UnmarshalJSON implements [json.Unmarshaler]. In JSON a width is a number.
func (w *Width) UnmarshalJSON(b []byte) error { return w.UnmarshalText(b) }

// Version is a version number, current or approved. In JSON it is a number or a
// string.
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

// Many are the values of a filter that matches any of them. In JSON they are one
// string or an array of strings.
type Many[T ~string] []T

// UnmarshalJSON implements [json.Unmarshaler].
func (m *Many[T]) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		b = append(append([]byte{'['}, b...), ']')
	}
	var list []*T
	if err := json.Unmarshal(b, &list); err != nil {
		return assets.Invalid(assets.TypeWrong, "must be a string or an array of strings")
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
