package wire_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

func TestMarshalIsDeterministicAndKeepsNumbers(t *testing.T) {
	t.Parallel()
	v := assets.Version{
		Number:     2,
		Content:    assets.Content{Filename: "a&b<c>.txt"},
		Provenance: assets.Provenance{Parameters: json.RawMessage(`{"a":0.10,"n":9007199254740993}`)},
	}
	want := `{"asset_id":"","version":2,"content":{"media_type":"","size_bytes":0,"sha256":"","filename":"a&b<c>.txt"},` +
		`"provenance":{"parameters":{"a":0.10,"n":9007199254740993}},"rolled_back_from":null,"approval":null,"erased_at":null,"created_by":"","created_at":null}`
	got, err := wire.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	tags := assets.Tags{}
	for i := range 50 {
		tags[fmt.Sprint("k", i)] = nil
	}
	first, _ := wire.Marshal(tags)
	for range 20 {
		if again, _ := wire.Marshal(tags); !bytes.Equal(again, first) {
			t.Fatal("the same tags were written in another order")
		}
	}
}
