package servercmd_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/examples/servercmd"
)

func TestSigningKeys(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"bmV3":             {"new"},
		"bmV3,b2xk":        {"new", "old"},
		"bmV3\r\n\nb2xk\n": {"new", "old"},
	} {
		keys, err := servercmd.SigningKeys(text)
		got := make([]string, len(keys))
		for i, k := range keys {
			got[i] = string(k)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", " ,\n", "bmV3,c2VjcmV0!"} {
		if _, err := servercmd.SigningKeys(text); err == nil || strings.Contains(err.Error(), "c2Vj") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
