package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/10ex/assets/blob"
)

func sweep(ctx context.Context, s *session, flags *flag.FlagSet, args []string) error {
	data := dataFlag(flags)
	older := flags.Duration("older", 24*time.Hour, "`age` from which content that no asset names is deleted; keep it above the longest upload")
	dryRun := flags.Bool("dry-run", false, "only report")
	force := flags.Bool("force", false, "sweep although database and content do not look as if they belonged together")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	if *older < 0 {
		return misuse(flags, "-older: must not be negative")
	}
	if err := folder(*data).mustExist(); err != nil {
		return err
	}
	store, err := folder(*data).open(ctx)
	if err != nil {
		return err
	}
	blobs, err := blob.OpenDir(folder(*data).blobs())
	if err != nil {
		return errors.Join(err, store.Close())
	}
	report, err := blob.Sweep(ctx, blob.SweepConfig{
		Bucket: blobs, Ledger: store,
		Age: max(*older, 1), AllowAnyAge: true, // 0 would mean the default
		DryRun: *dryRun, Force: *force,
	})
	return errors.Join(err, s.report(report, *dryRun), blobs.Close(), store.Close())
}

// report says what a sweep did, also one that failed on its way.
func (s *session) report(r blob.SweepReport, dryRun bool) error {
	deleted := "deleted"
	if dryRun {
		deleted = "to delete"
	}
	_, err := fmt.Fprintf(s.stdout, "%d objects: %d in use, %d young, %d not ours, %d %s (%d bytes); %d expired records removed\n",
		r.Scanned, r.Referenced, r.Young, r.Foreign, r.Deleted, deleted, r.Bytes, r.Expired)
	return err
}
