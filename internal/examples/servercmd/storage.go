package servercmd

import (
	"context"
	"log/slog"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
)

// Use is the part of the data that a command needs.
type Use int

const (
	// Serving needs everything. What is missing is created, and an older schema is
	// brought up to date. Of the other uses only Migrating changes a schema.
	Serving Use = iota
	// Migrating needs the rows and brings their schema up to date.
	Migrating
	// MintingKeys needs the rows. They are created if there are none.
	MintingKeys
	// ManagingKeys needs the rows, which must exist, so that a mistyped name is not
	// taken for an empty store.
	ManagingKeys
	// Sweeping needs the rows and the content, which must exist. Exporting needs
	// the same.
	Sweeping
	// ServingMCP needs everything that Serving needs, created by a server before.
	ServingMCP
	// Filling needs the rows and the content. They are created if there are none.
	Filling
	// Erasing needs what Sweeping needs, and what signs attestations: an erasure withdraws
	// approvals.
	Erasing
)

// NeedsContent reports whether the use needs the content.
func (u Use) NeedsContent() bool {
	return u == Serving || u == Sweeping || u == ServingMCP || u == Filling || u == Erasing
}

// Attests reports whether the use needs what signs attestations, since it may change what
// is in force.
func (u Use) Attests() bool { return u == Serving || u == ServingMCP || u == Erasing }

// Storage is where a server keeps its data.
type Storage interface {
	// Open opens the part of the data that a use needs. log is also the store's. An
	// error made by [UsageErrorf] is about the flags.
	Open(ctx context.Context, use Use, log *slog.Logger) (*Data, error)
}

// Data is opened storage. It has signing keys for Serving and ServingMCP only.
type Data struct {
	Store       Store
	Blobs       Blobs
	SigningKeys [][]byte
	Attester    *attest.Attester // nil: nothing is attested
	FirstKey    string           // an API key made by the first start, to be printed once
	Close       func() error
}

// Store holds the rows.
type Store interface {
	assets.Store
	apikey.Store
	blob.Ledger
	export.Store
}

// Blobs holds the content.
type Blobs interface {
	assets.Blobs
	blob.Sweepable
}
