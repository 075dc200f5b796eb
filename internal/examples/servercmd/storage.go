package servercmd

import (
	"context"
	"log/slog"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
)

// Use is what a command needs of a place.
type Use int

const (
	// Serving needs everything, made if it is missing.
	Serving Use = iota
	// Minting needs the store alone, made if it is missing.
	Minting
	// Keeping needs the store alone, which must exist, so that a mistyped
	// place is not taken for an empty one.
	Keeping
	// Sweeping needs the store and the content, which must exist; so does
	// exporting.
	Sweeping
	// Joining needs everything, as a server has made it.
	Joining
)

// Place is where a program keeps its data.
type Place interface {
	// Open opens as much of the data as a use needs. An error of [Misuse] is
	// about the flags.
	Open(ctx context.Context, use Use, log *slog.Logger) (*Data, error)
}

// Data is an open place. Only Serving and Joining have signing keys.
type Data struct {
	Store       Store
	Blobs       Blobs
	SigningKeys [][]byte
	FirstKey    string // an API key made by the first start, to be shown once
	Close       func() error
}

// Store keeps the rows.
type Store interface {
	assets.Store
	apikey.Store
	blob.Ledger
	export.Store
}

// Blobs keeps the bytes.
type Blobs interface {
	assets.Blobs
	blob.Sweepable
}
