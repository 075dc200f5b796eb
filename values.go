package assets

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets/internal/id"
)

// ID is a UUIDv7 (RFC 9562) in its canonical lower-case form. The IDs that one process
// mints strictly ascend, also as text, so an ID is also a position in time.
type ID string

// ParseID parses an ID. It accepts upper-case digits and returns lower-case ones. The
// error is a [*FieldError].
func ParseID(s string) (ID, error) {
	v, err := id.Parse(s)
	if err != nil {
		return "", Invalid(TypeMalformed, "must be a UUID", "asset_id")
	}
	return ID(v), nil
}

// Number is the number of a version, from 1. Zero means none and is null in JSON.
type Number int

// MarshalJSON returns the number, or null for none.
func (n Number) MarshalJSON() ([]byte, error) {
	if n == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(n), 10), nil
}

// Optional is text that may be absent. Absent text is empty, and null in JSON.
type Optional string

// MarshalJSON returns the text, or null for none.
func (o Optional) MarshalJSON() ([]byte, error) { return nullable(string(o)) }

func nullable(s string) ([]byte, error) { return orNull(s != "", s) }

// orNull returns v as JSON if it is given, and otherwise null.
func orNull(given bool, v any) ([]byte, error) {
	if !given {
		return []byte("null"), nil
	}
	return json.Marshal(v)
}

// MarshalJSON returns given, withdrawn, or null for none.
func (a Approval) MarshalJSON() ([]byte, error) { return nullable(string(a)) }

// Time is an instant in milliseconds since the Unix epoch, the precision of an ID and
// of every store. Zero means none and is null in JSON. Any other Time is RFC 3339 in
// UTC with three decimals in JSON.
type Time int64

const timeLayout = "2006-01-02T15:04:05.000Z"

// TimeOf returns t, truncated to the millisecond.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// Time returns the instant in UTC.
func (t Time) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Add returns the instant d later.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// String returns the instant as in JSON.
func (t Time) String() string { return t.Time().Format(timeLayout) }

// MarshalJSON returns the instant, or null for none.
func (t Time) MarshalJSON() ([]byte, error) {
	if t == 0 {
		return []byte("null"), nil
	}
	return []byte(`"` + t.String() + `"`), nil
}

// UnmarshalJSON parses RFC 3339 with any zone, or null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = 0
		return nil
	}
	s, err := strconv.Unquote(string(b))
	if err != nil {
		return fmt.Errorf("time: %w", err)
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(s)) // t and z may be small
	if err != nil {
		return fmt.Errorf("time: %w", err)
	}
	*t = TimeOf(at)
	return nil
}

// Selector selects one version of an asset: a number from 1, or one of the two
// constants.
type Selector int

// The selectors that are not numbers.
const (
	SelectCurrent  Selector = 0  // the newest version
	SelectApproved Selector = -1 // the version in force; ErrNotApproved if there is none
)

// ParseSelector parses a positive number, "current" or "approved". The error is a
// [*FieldError].
func ParseSelector(s string) (Selector, error) {
	switch s {
	case "current":
		return SelectCurrent, nil
	case "approved":
		return SelectApproved, nil
	}
	if s == "" || s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, Invalid(TypeMalformed, `must be a positive number, "current" or "approved"`, "version")
	}
	n, _ := strconv.ParseInt(s, 10, 32) // out of range it is the largest, which no asset has
	return Selector(n), nil
}

// String returns the selector as ParseSelector accepts it.
func (s Selector) String() string {
	switch s {
	case SelectCurrent:
		return "current"
	case SelectApproved:
		return "approved"
	}
	return strconv.Itoa(int(s))
}
