package servercmd

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// SigningKeys parses the keys that sign links and cursors: in base64, newest
// first, separated by white space or commas. It returns an error if there is none
// or if one is not base64; the error does not contain the key.
func SigningKeys(text string) ([][]byte, error) {
	var keys [][]byte
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		key, err := base64.StdEncoding.DecodeString(word)
		if err != nil {
			return nil, fmt.Errorf("signing key %d is not base64", len(keys)+1) // never its text
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no signing key")
	}
	return keys, nil
}
