package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"

	gcblob "gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/s3blob"    // s3://

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/blob/s3"
	"github.com/10ex/assets/internal/examples/servercmd"
)

// The environment variables with keys. That of attestations may be missing.
const (
	signingKeysVariable = "ASSETS_SIGNING_KEYS"
	attestKeyVariable   = "ASSETS_ATTEST_KEY"
)

// storage has the values of the flags: the URL of a database and, for commands that
// need the content, of a bucket.
type storage struct{ db, bucket *string }

func storageOf(flags *flag.FlagSet, use servercmd.Use) servercmd.Storage {
	s := storage{db: flags.String("db", "", "`URL` of the PostgreSQL database, such as postgres://user@host/name")}
	if use.NeedsContent() {
		s.bucket = flags.String("bucket", "", "`URL` of the bucket, such as s3://name?region=eu-central-1, gs://name or azblob://name")
	}
	return s
}

// Open implements [servercmd.Storage].
func (s storage) Open(ctx context.Context, use servercmd.Use, log *slog.Logger) (*servercmd.Data, error) {
	switch {
	case *s.db == "":
		return nil, servercmd.UsageErrorf("-db: is required")
	case s.bucket != nil && *s.bucket == "":
		return nil, servercmd.UsageErrorf("-bucket: is required")
	}
	var signing [][]byte
	var attester *attest.Attester
	var err error
	if use == servercmd.Serving || use == servercmd.ServingMCP { // before anything is created
		if signing, err = assets.ParseSigningKeys(os.Getenv(signingKeysVariable)); err != nil {
			return nil, fmt.Errorf("%s: %w", signingKeysVariable, err)
		}
	}
	if use.Attests() {
		if attester, err = attesterOf(os.Getenv(attestKeyVariable)); err != nil {
			return nil, fmt.Errorf("%s: %w", attestKeyVariable, err)
		}
	}
	data, err := servercmd.OpenPostgres(ctx, *s.db, use, log)
	if err != nil {
		return nil, err
	}
	data.SigningKeys, data.Attester = signing, attester
	if s.bucket != nil {
		if err := openBucket(ctx, *s.bucket, data); err != nil {
			return nil, errors.Join(fmt.Errorf("-bucket: %w", err), data.Close())
		}
	}
	return data, nil
}

// attesterOf returns what signs attestations with keys in PEM; nil without any.
func attesterOf(text string) (*attest.Attester, error) {
	if text == "" {
		return nil, nil
	}
	cfg, err := attest.ParseKeyFile([]byte(text))
	if err != nil {
		return nil, err
	}
	return attest.New(cfg)
}

// openBucket opens a bucket, which must exist.
func openBucket(ctx context.Context, url string, data *servercmd.Data) error {
	opened, err := gcblob.OpenBucket(ctx, url)
	if err != nil {
		return err
	}
	closeStore := data.Close
	data.Close = func() error { return errors.Join(opened.Close(), closeStore()) }
	switch exists, err := opened.IsAccessible(ctx); {
	case err != nil:
		return err
	case !exists:
		return errors.New("there is no such bucket")
	}
	data.Blobs, err = s3.New(opened)
	if errors.Is(err, s3.ErrNotS3) {
		data.Blobs, err = bucket.New(opened), nil
	}
	return err
}
