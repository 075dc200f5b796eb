package apikey

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/10ex/assets"
)

const (
	maxID     = 255 // bytes
	mintTries = 8   // there are 36⁸ prefixes: a second try is very rare
)

// NewKey describes a key to mint.
type NewKey struct {
	Workspace string // the tenant, 1–255 bytes
	Owner     string // the subject it acts for, 1–255 bytes
	Name      string // for people, at most 255 bytes; may be empty
	Kind      assets.Kind
	Scopes    []assets.Scope // none: the key authenticates, but allows nothing
	ExpiresAt assets.Time    // 0: never
}

// Mint stores a new key and returns it with its bearer, which is not stored and
// cannot be recovered. It returns every [assets.FieldError] of the input,
// joined, or [assets.ErrUnavailable] if the store failed. The key may have been
// stored then, but without its bearer it cannot be used.
func (r *Ring) Mint(ctx context.Context, in NewKey) (bearer string, k Key, err error) {
	now := assets.TimeOf(r.now())
	if err := in.validate(now); err != nil {
		return "", Key{}, err
	}
	k = Key{
		Name:      in.Name,
		Workspace: in.Workspace,
		Owner:     in.Owner,
		Kind:      in.Kind,
		Scopes:    slices.Compact(slices.Sorted(slices.Values(in.Scopes))),
		CreatedAt: now,
		ExpiresAt: in.ExpiresAt,
	}
	for range mintTries {
		c := newCredential()
		k.Prefix, k.SecretSHA256 = c.prefix, sha256.Sum256(c.secret[:])
		switch err = r.store.AddKey(ctx, k); {
		case err == nil:
			return c.bearer(), k, nil
		case !errors.Is(err, ErrPrefixTaken):
			return "", Key{}, unavailable("mint", err)
		}
	}
	return "", Key{}, fmt.Errorf("apikey: mint: %d attempts: %w", mintTries, err)
}

func (in NewKey) validate(now assets.Time) error {
	var problems []error
	add := func(typ, msg string, loc ...any) { problems = append(problems, assets.Invalid(typ, msg, loc...)) }

	problems = append(problems, checkID(in.Workspace, "workspace"), checkID(in.Owner, "owner"))
	if strings.HasPrefix(in.Owner, assets.GuestPrefix) {
		add(assets.TypeNotAllowed, "must not begin with "+assets.GuestPrefix+", which is for people with a review link", "owner")
	}
	if in.Name != "" {
		problems = append(problems, checkID(in.Name, "name"))
	}
	switch in.Kind {
	case assets.KindUser, assets.KindAgent, assets.KindService:
	case "":
		add(assets.TypeMissing, "is required: user, agent or service", "kind")
	default:
		add(assets.TypeNotAllowed, "must be user, agent or service", "kind")
	}
	for i, s := range in.Scopes {
		switch s {
		case assets.ScopeRead, assets.ScopeWrite, assets.ScopeApprove, assets.ScopeAll:
		default:
			add(assets.TypeNotAllowed, "must be assets:read, assets:write, assets:approve or *", "scopes", i)
		}
	}
	if in.ExpiresAt != 0 && in.ExpiresAt <= now {
		add(assets.TypeTooSmall, "must be in the future", "expires_at")
	}
	return errors.Join(problems...)
}

// checkID returns a FieldError unless s is 1–255 bytes of UTF-8 without control
// characters.
func checkID(s, field string) error {
	switch {
	case s == "":
		return assets.Invalid(assets.TypeMissing, "is required", field)
	case len(s) > maxID:
		return assets.Invalid(assets.TypeTooLong, "must be at most 255 bytes", field)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return assets.Invalid(assets.TypeMalformed, "must be UTF-8 without control characters", field)
	}
	return nil
}
