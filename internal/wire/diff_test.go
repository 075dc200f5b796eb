package wire_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

func TestDiffOf(t *testing.T) {
	t.Parallel()
	to := assets.DiffVersion{Version: 1, Content: assets.Content{MediaType: "text/plain"}}
	const begin = `{"from":null,"to":{"version":1,"content":{"media_type":"text/plain","size_bytes":0,"sha256":"","filename":""}},"segments":`
	for want, d := range map[string]assets.Diff{
		begin + `null}`:                         {To: to},
		begin + `[]}`:                           {To: to, Segments: []assets.DiffSegment{}},
		begin + `[{"op":"insert","text":"a"}]}`: {To: to, Segments: []assets.DiffSegment{{Op: assets.DiffInsert, Text: "a"}}},
	} {
		if got, err := wire.Marshal(wire.DiffOf(&d)); err != nil || string(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}
