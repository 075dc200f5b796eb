package assets

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets/internal/id"
)

// ID is a UUIDv7 (RFC 9562) in its canonical lower-case form. IDs of one
// process strictly ascend, as text too, so an ID is also a position in time.
type ID string

// ParseID reads an ID; upper-case digits are accepted and lowered. The error
// is a [*FieldError].
func ParseID(s string) (ID, error) {
	v, err := id.Parse(s)
	if err != nil {
		return "", Invalid(TypeMalformed, "must be a UUID", "asset_id")
	}
	return ID(v), nil
}

// Number is a version number, from 1. Zero means none and is null in JSON.
type Number int

// MarshalJSON writes the number, or null for none.
func (n Number) MarshalJSON() ([]byte, error) {
	if n == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(n), 10), nil
}

// Optional is text that may be absent: empty, and null in JSON.
type Optional string

// MarshalJSON writes the text, or null for none.
func (o Optional) MarshalJSON() ([]byte, error) { return nullable(string(o)) }

func nullable(s string) ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return json.Marshal(s)
}

// MarshalJSON writes given, withdrawn, or null for none.
func (a Approval) MarshalJSON() ([]byte, error) { return nullable(string(a)) }

// Time is an instant in milliseconds since the Unix epoch: the precision of
// an ID and of every store. Zero means none and is null in JSON; else JSON
// has RFC 3339 in UTC with exactly three decimals.
type Time int64

const timeLayout = "2006-01-02T15:04:05.000Z"

// TimeOf cuts t to the millisecond.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// Time answers the instant in UTC.
func (t Time) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Add answers the instant d later.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// String writes the instant as JSON does.
func (t Time) String() string { return t.Time().Format(timeLayout) }

// MarshalJSON writes the instant, or null for none.
func (t Time) MarshalJSON() ([]byte, error) {
	if t == 0 {
		return []byte("null"), nil
	}
	return []byte(`"` + t.String() + `"`), nil
}

// UnmarshalJSON reads RFC 3339 with any zone, or null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = 0
		return nil
	}
	s, err := strconv.Unquote(string(b))
	if err != nil {
		return fmt.Errorf("time: %w", err)
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return fmt.Errorf("time: %w", err)
	}
	*t = TimeOf(at)
	return nil
}

// Selector names one version of an asset: a number from 1, or one of the two
// constants.
type Selector int

// The selectors that are not numbers.
const (
	SelectCurrent  Selector = 0  // the newest version
	SelectApproved Selector = -1 // the version in force; ErrNotApproved when none is
)

// ParseSelector reads a positive number, "current" or "approved". The error is
// a [*FieldError].
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
	n, _ := strconv.ParseInt(s, 10, 32) // of one that is out of range the largest, which no asset has
	return Selector(n), nil
}

// String writes what ParseSelector reads.
func (s Selector) String() string {
	switch s {
	case SelectCurrent:
		return "current"
	case SelectApproved:
		return "approved"
	}
	return strconv.Itoa(int(s))
}
