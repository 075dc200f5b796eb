package servercmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/10ex/assets"
)

// eraseVersion is the command erase.
func eraseVersion(ctx context.Context, s *session, args []string) error {
	storage, flags := s.storage(Erasing), s.flags
	workspace := flags.String("workspace", "", "`workspace` of the asset")
	id := flags.String("asset", "", "`id` of the asset")
	version := flags.Int("version", 0, "`number` of the version; versions that share its content are erased too")
	reason := flags.String("reason", "", "why, for the journal")
	yes := flags.Bool("yes", false, "erase; nobody can undo it")
	if err := s.parse(args, 0); err != nil {
		return err
	}
	if *workspace == "" {
		return UsageErrorf("-workspace: is required")
	}
	if !*yes {
		return UsageErrorf("-yes: is required, since nobody can undo an erasure")
	}
	return s.withLibrary(ctx, storage, Erasing, func(lib *assets.Library) error {
		by := assets.Actor{Workspace: *workspace, Subject: "cli", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeApprove}}
		a, err := lib.Erase(ctx, by, assets.ID(*id), assets.Number(*version), *reason)
		if problems := assets.FieldErrors(err); len(problems) > 0 {
			return UsageErrorf("%s", aboutErasure(problems))
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.stdout, "version %d of asset %s is erased; the asset is %s\n", *version, a.ID, a.Status)
		return err
	})
}

// aboutErasure names the flag of each problem.
func aboutErasure(problems []*assets.FieldError) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = "-" + strings.TrimSuffix(fmt.Sprint(p.Loc[0]), "_id") + ": " + p.Msg
	}
	return strings.Join(lines, "\n")
}

// purgeWorkspace is the command purge.
func purgeWorkspace(ctx context.Context, s *session, args []string) error {
	storage, flags := s.storage(Sweeping), s.flags
	workspace := flags.String("workspace", "", "`workspace` to purge")
	yes := flags.Bool("yes", false, "purge; nobody can undo it")
	if err := s.parse(args, 0); err != nil {
		return err
	}
	if *workspace == "" {
		return UsageErrorf("-workspace: is required")
	}
	if !*yes {
		return UsageErrorf("-yes: is required, since nobody can undo a purge")
	}
	return s.withLibrary(ctx, storage, Sweeping, func(lib *assets.Library) error {
		done, err := lib.PurgeWorkspace(ctx, *workspace)
		if len(assets.FieldErrors(err)) > 0 {
			return UsageErrorf("-%v", err)
		}
		if err != nil {
			err = fmt.Errorf("%w; the same command goes on", err)
		}
		_, printed := fmt.Fprintf(s.stdout, "%d rows and %d objects removed\n", done.Rows, done.Objects)
		return errors.Join(err, printed)
	})
}

// withLibrary opens rows and content, which must exist, and what else the use needs, and
// calls fn with a Library on them.
func (s *session) withLibrary(ctx context.Context, storage Storage, use Use, fn func(*assets.Library) error) error {
	data, err := storage.Open(ctx, use, s.log)
	if err != nil {
		return err
	}
	data.SigningKeys = unusedKeys()
	lib, _, err := s.newLibrary(data, "")
	if err != nil {
		return errors.Join(err, data.Close())
	}
	return errors.Join(fn(lib), data.Close())
}

// unusedKeys returns signing keys for a Library that signs nothing, which is not worth the
// warning that it has none.
func unusedKeys() [][]byte { return [][]byte{make([]byte, 32)} }
