package apidoc_test

import (
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/apidoc"
	"github.com/10ex/assets/internal/rest"
)

func TestValues(t *testing.T) {
	t.Parallel()
	all := apidoc.Values(assets.Limits{PreviewExpiry: 90*time.Minute + time.Millisecond})
	if diff := cmp.Diff(apidoc.Enum(assets.Statuses()...), all[reflect.TypeFor[assets.Status]()].Enum); diff != "" {
		t.Error(diff)
	}
	if got := *all[reflect.TypeFor[rest.Lifetime]()].Maximum; got != 5400 {
		t.Errorf("the maximum lifetime is %v s", got)
	}
	var widths []any
	for _, w := range assets.Widths() {
		widths = append(widths, w)
	}
	if diff := cmp.Diff(widths, all[reflect.TypeFor[rest.Width]()].Enum); diff != "" {
		t.Error(diff)
	}
}

// The pattern of a tag filter accepts what rest.TagFilter parses.
func TestTagFilterPattern(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(apidoc.Values(assets.Limits{})[reflect.TypeFor[rest.TagFilter]()].Pattern)
	for text, want := range map[string]bool{"channel:email": true, "channel:*": true, "channel:a:b": true, "channel": false, "channel:": false, ":x": false} {
		if pattern.MatchString(text) != want {
			t.Errorf("%s: %t", text, !want)
		}
		if err := new(rest.TagFilter).UnmarshalText([]byte(text)); (err == nil) != want {
			t.Errorf("%s is parsed as %v", text, err)
		}
	}
}

func TestEnum(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]any{"rest", "mcp"}, apidoc.Enum(assets.ViaREST, assets.ViaMCP)); diff != "" {
		t.Error(diff)
	}
}
