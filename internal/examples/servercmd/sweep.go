package servercmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/10ex/assets/blob"
)

func sweep(ctx context.Context, s *session, args []string) error {
	storage, flags := s.storage(Sweeping), s.flags
	older := flags.Duration("older", 24*time.Hour, "`age` from which content that no asset refers to is deleted; keep it above the longest upload")
	dryRun := flags.Bool("dry-run", false, "only report")
	force := flags.Bool("force", false, "sweep although database and content do not look as if they belonged together")
	if err := s.parse(args, 0); err != nil {
		return err
	}
	if *older < 0 {
		return UsageErrorf("-older: must not be negative")
	}
	data, err := storage.Open(ctx, Sweeping, s.log)
	if err != nil {
		return err
	}
	report, err := blob.Sweep(ctx, blob.SweepConfig{
		Bucket: data.Blobs, Ledger: data.Store,
		Age: max(*older, 1), AllowAnyAge: true, // 0 would mean the default
		DryRun: *dryRun, Force: *force,
	})
	return errors.Join(err, s.report(report, *dryRun), data.Close())
}

// report prints the report of a sweep, also of one that failed half-way.
func (s *session) report(r blob.SweepReport, dryRun bool) error {
	deleted := "deleted"
	if dryRun {
		deleted = "to delete"
	}
	left := ""
	if r.Left > 0 {
		left = fmt.Sprintf(" %d left to the next sweep,", r.Left)
	}
	_, err := fmt.Fprintf(s.stdout, "%d objects: %d in use, %d young, %d not ours,%s %d %s (%d bytes); %d expired records removed\n",
		r.Scanned, r.Referenced, r.Young, r.Foreign, left, r.Deleted, deleted, r.Bytes, r.Expired)
	return err
}
