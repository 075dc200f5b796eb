package rest_test

import (
	"encoding"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

func TestValuesOfParameters(t *testing.T) {
	t.Parallel()
	const invalid = "invalid"
	for _, tt := range []struct {
		into encoding.TextUnmarshaler
		text string
		want string // as %v, or invalid
	}{
		{new(rest.Instant), "1970-01-01T00:00:01.5Z", "1500"},
		{new(rest.Instant), "1970-01-01T01:00:01+01:00", "1000"},
		{new(rest.Instant), "1970-01-01T00:00:01.0001Z", "1001"}, // rounded up
		{new(rest.Instant), "1969-12-31T23:59:59Z", "1"},
		{new(rest.Instant), "1970-01-01t00:00:01.5z", "1500"},
		{new(rest.Instant), "1970-01-01t01:00:01+01:00", "1000"},
		{new(rest.Instant), "1970-01-01T00:00:01", invalid},
		{new(rest.Instant), "yesterday", invalid},
		{new(rest.Lifetime), "90", fmt.Sprint(int64(90 * time.Second))},
		{new(rest.Lifetime), "0", invalid},
		{new(rest.Lifetime), "1.5", invalid},
		{new(rest.Lifetime), "3000000000", invalid},
		{new(rest.Lifetime), "99999999999999999999", invalid},
		{new(rest.Order), "asc", "true"},
		{new(rest.Order), "desc", "false"},
		{new(rest.Order), "ASC", invalid},
		{new(rest.TagFilter), "a:b:c", "{a b:c}"},
		{new(rest.TagFilter), "a:*", "{a }"},
		{new(rest.TagFilter), "a", invalid},
		{new(rest.TagFilter), "a:", invalid},
		{new(rest.TagFilter), ":b", invalid},
		{new(rest.Perspective), "current", fmt.Sprint(assets.SelectCurrent)},
		{new(rest.Perspective), "approved", fmt.Sprint(assets.SelectApproved)},
		{new(rest.Perspective), "3", invalid},
		{new(rest.Width), "640", "640"},
		{new(rest.Width), "641", invalid},
		{new(rest.Width), "0640", invalid},
	} {
		err := tt.into.UnmarshalText([]byte(tt.text))
		if tt.want == invalid {
			if len(assets.FieldErrors(err)) != 1 {
				t.Errorf("%T %s: %v, want a field error", tt.into, tt.text, err)
			}
			continue
		}
		got := fmt.Sprint(deref(tt.into))
		if err != nil || got != tt.want {
			t.Errorf("%T %s: %s, %v; want %s", tt.into, tt.text, got, err, tt.want)
		}
	}
}

func deref(v encoding.TextUnmarshaler) any {
	switch v := v.(type) {
	case *rest.Instant:
		return int64(*v)
	case *rest.Lifetime:
		return int64(*v)
	case *rest.Order:
		return bool(*v)
	case *rest.TagFilter:
		return *v
	case *rest.Perspective:
		return assets.Selector(*v)
	case *rest.Width:
		return int(*v)
	}
	return nil
}

func TestValuesInJSON(t *testing.T) {
	t.Parallel()
	type values struct {
		Lifetime rest.Lifetime
		Width    rest.Width
		Version  rest.Version
		Many     rest.Many[assets.Type]
	}
	for text, want := range map[string]values{
		`{"Lifetime":2,"Width":320}`:       {Lifetime: rest.Lifetime(2 * time.Second), Width: 320},
		`{"Version":"approved"}`:           {Version: rest.Version(assets.SelectApproved)},
		`{"Version":3,"Many":"copy"}`:      {Version: 3, Many: rest.Many[assets.Type]{"copy"}},
		`{"Version":"3","Many":["a","b"]}`: {Version: 3, Many: rest.Many[assets.Type]{"a", "b"}},
		`{"Many":[]}`:                      {Many: rest.Many[assets.Type]{}},
	} {
		var got values
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for _, text := range []string{`{"Lifetime":"2"}`, `{"Width":100}`, `{"Version":0}`, `{"Version":"newest"}`, `{"Many":""}`, `{"Many":[null]}`, `{"Many":[1]}`, `{"Many":{}}`} {
		if err := json.Unmarshal([]byte(text), new(values)); len(assets.FieldErrors(err)) != 1 {
			t.Errorf("%s: %v, want a field error", text, err)
		}
	}
}
