package assets

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// Limits that are part of the contract and cannot be configured.
const (
	MaxTextBytes     = 1 << 20  // of inline text
	MaxShortText     = 16 << 10 // bytes of a Text in a list
	MaxListLimit     = 200
	DefaultListLimit = 50
	MaxBulkItems     = 500
	DefaultPreview   = 15 * time.Minute // how long a preview link is valid by default

	MaxTitle      = 300      // characters of a title
	MaxComment    = 4000     // characters of a comment or reason
	MaxHostID     = 255      // bytes of an id of a host thing and of a file name
	MaxTagPairs   = 100      // pairs of key and value of an asset
	MaxTagValue   = 200      // characters of a tag value
	MaxSearch     = 200      // characters of a search
	MaxProvenance = 64 << 10 // bytes of a provenance: see Provenance.StoredBytes
	MaxPageBytes  = 4 << 20  // bytes of the items of a page, which has at least one: see Asset.StoredBytes
	MaxReferences = 100      // entries of derived_from and of inputs
	MaxRepeated   = 200      // values of a repeated filter
)

// Types returns every asset type.
func Types() []Type { return slices.Clone(allTypes) }

// Statuses returns every status.
func Statuses() []Status { return slices.Clone(allStatus) }

// Actions returns every action.
func Actions() []Action { return slices.Clone(allActions) }

// TagKeyPattern returns the regular expression that tag keys match.
func TagKeyPattern() string { return tagKey.String() }

// SlugPattern returns the regular expression that agent slugs match.
func SlugPattern() string { return slug.String() }

// Limits are the configurable limits. A zero field has its default.
type Limits struct {
	ContentBytes  int64          // per content; default 4 GiB
	ContentByType map[Type]int64 // overrides ContentBytes for a type
	Versions      int            // per asset, of which agents and services have 9/10; default 1,000
	PreviewExpiry time.Duration  // of a preview link at most; default 7 days
	WriteTimeout  time.Duration  // of a write transaction including its commit; default 30 s
	BlobStall     time.Duration  // of a Blobs call without progress; default 30 s
	SearchTime    time.Duration  // of the database's work for one page of a list or search, with its total; default 5 s

	WorkMemory      int64         // bytes reserved by all expensive work at the same time; default 128 MiB
	WorkWait        time.Duration // that expensive work waits for its memory and a worker; default 10 s
	RenditionMemory int64         // bytes of WorkMemory that one image may take; default and at most WorkMemory
}

func (l *Limits) complete() error {
	l.ContentByType = maps.Clone(l.ContentByType)
	defaultTo(&l.ContentBytes, 4<<30)
	defaultTo(&l.Versions, 1000)
	defaultTo(&l.PreviewExpiry, 7*24*time.Hour)
	defaultTo(&l.WriteTimeout, 30*time.Second)
	defaultTo(&l.BlobStall, 30*time.Second)
	defaultTo(&l.SearchTime, 5*time.Second)
	defaultTo(&l.WorkMemory, 128<<20)
	defaultTo(&l.WorkWait, 10*time.Second)
	defaultTo(&l.RenditionMemory, l.WorkMemory)
	l.RenditionMemory = min(l.RenditionMemory, l.WorkMemory)
	smallest := min(l.ContentBytes, int64(l.Versions), int64(l.PreviewExpiry), int64(l.WriteTimeout), int64(l.BlobStall),
		int64(l.SearchTime), l.WorkMemory, int64(l.WorkWait), l.RenditionMemory)
	for _, n := range l.ContentByType {
		smallest = min(smallest, n)
	}
	if smallest < 0 {
		return errors.New("assets: Config.Limits: a limit is negative")
	}
	return nil
}

// Content returns the number of bytes that a content of an asset of type t may have.
func (l Limits) Content(t Type) int64 {
	if n, ok := l.ContentByType[t]; ok {
		return n
	}
	return l.ContentBytes
}

// LargestContent returns the number of bytes that a content of any type may have.
func (l Limits) LargestContent() int64 {
	largest := int64(0)
	for _, t := range allTypes {
		largest = max(largest, l.Content(t))
	}
	return largest
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
