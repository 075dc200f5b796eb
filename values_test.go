package assets_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/10ex/assets"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	const id = "0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b"
	for _, tt := range []struct {
		in   string
		want assets.ID // empty: malformed
	}{
		{id, id},
		{"0190A0B1-7C2D-7E3F-8A4B-5C6D7E8F9A0B", id},
		{"", ""},
		{"nope", ""},
		{id[1:], ""},
		{id + "0", ""},
		{"{" + id + "}", ""},
		{"0190a0b17c2d7e3f8a4b5c6d7e8f9a0b", ""},
	} {
		got, err := assets.ParseID(tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("ParseID(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
		if err != nil && assets.Code(err) != "validation_error" {
			t.Errorf("ParseID(%q): %v is no field error", tt.in, err)
		}
	}
}

// TestNoneIsNull: zero values that mean none are null in JSON.
func TestNoneIsNull(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 7_999_999, time.FixedZone("east", 3600))
	for _, tt := range []struct {
		value any
		want  string
	}{
		{assets.Number(0), `null`},
		{assets.Number(12), `12`},
		{assets.Optional(""), `null`},
		{assets.Optional(`a "b"`), `"a \"b\""`},
		{assets.Approval(""), `null`},
		{assets.ApprovalGiven, `"given"`},
		{assets.Time(0), `null`},
		{assets.TimeOf(at), `"2026-03-01T11:00:00.007Z"`},
	} {
		if got, err := json.Marshal(tt.value); err != nil || string(got) != tt.want {
			t.Errorf("%#v is %s, %v; want %s", tt.value, got, err, tt.want)
		}
	}
}

func TestTimeFromJSON(t *testing.T) {
	t.Parallel()
	noon := assets.TimeOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	for _, tt := range []struct {
		in   string
		want assets.Time
		ok   bool
	}{
		{`null`, 0, true},
		{`"2026-03-01T12:00:00Z"`, noon, true},
		{`"2026-03-01T12:00:00.0079Z"`, noon.Add(7 * time.Millisecond), true},
		{`"2026-03-01T14:00:00+02:00"`, noon, true},
		{`"2026-03-01"`, 0, false},
		{`"noon"`, 0, false},
		{`1772366400`, 0, false},
	} {
		var got assets.Time
		if err := json.Unmarshal([]byte(tt.in), &got); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%s is %s, %v; want %s", tt.in, got, err, tt.want)
		}
	}
	if got := noon.Add(-time.Hour).Time(); !got.Equal(time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)) || got.Location() != time.UTC {
		t.Errorf("an hour earlier is %s", got)
	}
}

func TestSelector(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want assets.Selector
		ok   bool
	}{
		{"current", assets.SelectCurrent, true},
		{"approved", assets.SelectApproved, true},
		{"1", 1, true},
		{"1000", 1000, true},
		{"", 0, false},
		{"0", 0, false},
		{"01", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1.0", 0, false},
		{"Current", 0, false},
	} {
		got, err := assets.ParseSelector(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseSelector(%q) = %d, %v; want %d", tt.in, got, err, tt.want)
		}
		if err == nil && got.String() != tt.in {
			t.Errorf("%q is written as %q", tt.in, got)
		}
	}
	if got, err := assets.ParseSelector("99999999999999999999"); got < 1<<31-1 || err != nil {
		t.Errorf("a number that no asset has: %d, %v", got, err)
	}
}
