package wire

import (
	"io"

	"github.com/10ex/assets/internal/canonjson"
)

// Marshal returns v as it is written in responses, deterministically. Because
// "omitempty" means what it means in encoding/json, stores write the same types
// in the same form.
func Marshal(v any) ([]byte, error) { return canonjson.Marshal(v) }

// Write writes what Marshal returns, without having all of it in memory.
func Write(w io.Writer, v any) error { return canonjson.Write(w, v) }
