package servercmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/examples/demo"
	"github.com/10ex/assets/versioning"
)

// fillDemo fills a workspace with a small campaign.
func fillDemo(ctx context.Context, s *session, args []string) error {
	storage := s.storage(Filling)
	workspace := s.flags.String("workspace", "default", "`workspace` to fill, which must be empty; the first API key is of the workspace default")
	if err := s.parse(args, 0); err != nil {
		return err
	}
	data, err := storage.Open(ctx, Filling, s.log)
	if err != nil {
		return err
	}
	made, err := s.fill(ctx, data, *workspace)
	if err == nil {
		_, err = fmt.Fprintf(s.stdout, "%d assets in the workspace %s; serve shows them on the review page\n", made, *workspace)
	}
	return errors.Join(err, data.Close())
}

func (s *session) fill(ctx context.Context, d *Data, workspace string) (int, error) {
	key := make([]byte, 32) // signs nothing that anybody gets
	rand.Read(key)
	clock := demo.NewClock(time.Now())
	lib, err := assets.New(assets.Config{
		Store: d.Store, Blobs: d.Blobs, Versioner: versioning.Linear{}, Approver: s.server.Policy,
		SigningKeys: [][]byte{key}, Logger: s.log, Now: clock.Now,
	})
	if err != nil {
		return 0, err
	}
	return demo.Fill(ctx, lib, clock, workspace)
}
