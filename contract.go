package assets

import (
	"slices"
	"time"
)

// Limits that are part of the contract and not configurable.
const (
	MaxTextBytes     = 1 << 20 // of inline text
	MaxListLimit     = 200
	DefaultListLimit = 50
	MaxBulkItems     = 500
	DefaultPreview   = 15 * time.Minute // how long a preview link lives

	MaxTitle      = 300  // characters of a title
	MaxComment    = 4000 // characters of a comment or reason
	MaxHostID     = 255  // bytes of an id of a host thing and of a file name
	MaxTagPairs   = 100  // pairs of key and value of an asset
	MaxTagValue   = 200  // characters of a tag value
	MaxSearch     = 200  // characters of a search
	MaxReferences = 100  // entries of derived_from and of inputs
	MaxRepeated   = 200  // values of a repeated filter
)

// Types answers every asset type.
func Types() []Type { return slices.Clone(allTypes) }

// Statuses answers every status.
func Statuses() []Status { return slices.Clone(allStatus) }

// Actions answers every action.
func Actions() []Action { return slices.Clone(allActions) }

// TagKeyPattern answers the regular expression that tag keys match.
func TagKeyPattern() string { return tagKey.String() }

// SlugPattern answers the regular expression that agent slugs match.
func SlugPattern() string { return slug.String() }
