package apikey

import "errors"

// ErrPrefixTaken: another key has this prefix.
var ErrPrefixTaken = errors.New("key prefix taken")
