package apidoc_test

import (
	"reflect"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/apidoc"
	"github.com/10ex/assets/webhook/record"
)

// TestPauseReasons: the document has each reason for a pause, and null for none.
func TestPauseReasons(t *testing.T) {
	t.Parallel()
	s := apidoc.Values(assets.Limits{})[reflect.TypeFor[record.Pause]()]
	want := []any{"by_caller", "gone", "failures", "secret", nil}
	if !reflect.DeepEqual(s.Enum, want) {
		t.Errorf("the reasons are %v, want %v", s.Enum, want)
	}
}
