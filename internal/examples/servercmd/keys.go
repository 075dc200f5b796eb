package servercmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

func mintKey(ctx context.Context, s *session, args []string) error {
	storage, flags := s.storage(MintingKeys), s.flags
	workspace := flags.String("workspace", "", "`workspace` of the key")
	owner := flags.String("owner", "", "`subject` that the key acts for")
	name := flags.String("name", "", "`name` of the key, for people")
	kind := flags.String("kind", "", "kind of the owner: user, agent or service")
	scopes := flags.String("scopes", "", "scopes, separated by commas: assets:read, assets:write, assets:approve, or * for all")
	expires := flags.Duration("expires", 0, "lifetime, such as 720h; 0 is for ever")
	if err := s.parse(args, 0); err != nil {
		return err
	}
	switch {
	case *scopes == "":
		return UsageErrorf("-scopes: is required")
	case *expires < 0:
		return UsageErrorf("-expires: must not be negative")
	}
	in := apikey.NewKey{Workspace: *workspace, Owner: *owner, Name: *name, Kind: assets.Kind(*kind)}
	for scope := range strings.SplitSeq(*scopes, ",") {
		in.Scopes = append(in.Scopes, assets.Scope(strings.TrimSpace(scope)))
	}
	if *expires > 0 {
		in.ExpiresAt = assets.TimeOf(time.Now().Add(*expires))
	}
	return s.withKeys(ctx, storage, MintingKeys, func(ring *apikey.Ring) error {
		bearer, _, err := ring.Mint(ctx, in)
		if problems := assets.FieldErrors(err); len(problems) > 0 {
			return UsageErrorf("%s", aboutFlags(problems))
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.stdout, bearer)
		return err
	})
}

// aboutFlags names the flag of each problem with a key.
func aboutFlags(problems []*assets.FieldError) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		field := fmt.Sprint(p.Loc[0])
		lines[i] = "-" + strings.TrimSuffix(field, "_at") + ": " + p.Msg
	}
	return strings.Join(lines, "\n")
}

func listKeys(ctx context.Context, s *session, args []string) error {
	storage := s.storage(ManagingKeys)
	if err := s.parse(args, 0); err != nil {
		return err
	}
	return s.withKeys(ctx, storage, ManagingKeys, func(ring *apikey.Ring) error {
		keys, err := ring.ListAll(ctx)
		if err != nil {
			return err
		}
		return writeKeys(s.stdout, keys)
	})
}

func writeKeys(w io.Writer, keys []apikey.Key) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(table, strings.Join(cells, "\t")) }
	row("PREFIX", "NAME", "WORKSPACE", "OWNER", "KIND", "SCOPES", "CREATED", "LAST USED", "EXPIRES")
	for _, k := range keys {
		scopes := make([]string, len(k.Scopes))
		for i, s := range k.Scopes {
			scopes[i] = string(s)
		}
		row(k.Prefix, or(k.Name, "-"), k.Workspace, k.Owner, string(k.Kind), strings.Join(scopes, ","),
			k.CreatedAt.String(), timeOr(k.LastUsedAt, "never"), timeOr(k.ExpiresAt, "never"))
	}
	return table.Flush() // it returns the first error of a row too
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func timeOr(t assets.Time, fallback string) string {
	if t == 0 {
		return fallback
	}
	return t.String()
}

func revokeKey(ctx context.Context, s *session, args []string) error {
	storage := s.storage(ManagingKeys)
	if err := s.parse(args, 1); err != nil {
		return err
	}
	return s.withKeys(ctx, storage, ManagingKeys, func(ring *apikey.Ring) error {
		prefix := s.flags.Arg(0)
		err := ring.RevokeAny(ctx, prefix)
		if errors.Is(err, assets.ErrNotFound) {
			return errors.New("PREFIX: there is no such key; keys list shows them all")
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.stdout, "revoked", prefix)
		return err
	})
}

// withKeys opens the store and calls fn with its keys.
func (s *session) withKeys(ctx context.Context, storage Storage, use Use, fn func(*apikey.Ring) error) error {
	data, err := storage.Open(ctx, use, s.log)
	if err != nil {
		return err
	}
	ring, err := apikey.New(apikey.Config{Store: data.Store})
	if err == nil {
		err = fn(ring)
	}
	return errors.Join(err, data.Close())
}
