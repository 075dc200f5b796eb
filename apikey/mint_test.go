package apikey_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

var bearerForm = regexp.MustCompile(`^tnx_[a-z0-9]{8}_[0-9A-Za-z]{49}$`)

func TestMint(t *testing.T) {
	t.Parallel()
	c, s := newClock(), new(mapStore)
	in := newKey()
	in.Scopes = []assets.Scope{assets.ScopeWrite, assets.ScopeRead, assets.ScopeWrite}
	in.ExpiresAt = assets.TimeOf(c.now()) + 1
	bearer, k := mint(t, newRing(t, s, c), in)

	if !bearerForm.MatchString(bearer) || bearer[4:12] != k.Prefix {
		t.Errorf("bearer %q of key %s", bearer, k.Prefix)
	}
	want := apikey.Key{
		Prefix: k.Prefix, Name: "laptop", Workspace: "acme", Owner: "ada",
		Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeRead, assets.ScopeWrite},
		CreatedAt: assets.TimeOf(c.now()), ExpiresAt: in.ExpiresAt, SecretSHA256: secretDigest(t, bearer),
	}
	if diff := cmp.Diff(want, k); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, s.keys[k.Prefix]); diff != "" {
		t.Error(diff)
	}
}

func TestMintedSecretsDiffer(t *testing.T) {
	t.Parallel()
	r := newRing(t, new(mapStore), newClock())
	secrets := map[string]bool{}
	for range 200 {
		bearer, _ := mint(t, r, newKey())
		secrets[bearer[13:]] = true
	}
	if len(secrets) != 200 {
		t.Errorf("%d different secrets of 200", len(secrets))
	}
}

func TestMintRejectsInvalidInput(t *testing.T) {
	t.Parallel()
	c := newClock()
	for name, tc := range map[string]struct {
		change func(*apikey.NewKey)
		want   []string // location and type
	}{
		"everything missing":    {func(k *apikey.NewKey) { *k = apikey.NewKey{} }, []string{"workspace missing", "owner missing", "kind missing"}},
		"no owner":              {func(k *apikey.NewKey) { k.Owner = "" }, []string{"owner missing"}},
		"no kind":               {func(k *apikey.NewKey) { k.Kind = "" }, []string{"kind missing"}},
		"unknown kind":          {func(k *apikey.NewKey) { k.Kind = "robot" }, []string{"kind not_allowed"}},
		"unknown scopes":        {func(k *apikey.NewKey) { k.Scopes = []assets.Scope{"assets:admin", assets.ScopeRead, ""} }, []string{"scopes.0 not_allowed", "scopes.2 not_allowed"}},
		"256 bytes":             {func(k *apikey.NewKey) { k.Workspace, k.Owner, k.Name = long(256), long(256), long(256) }, []string{"workspace too_long", "owner too_long", "name too_long"}},
		"control characters":    {func(k *apikey.NewKey) { k.Workspace, k.Owner, k.Name = "a\x00", "a\n", "\u0085" }, []string{"workspace malformed", "owner malformed", "name malformed"}},
		"invalid UTF-8":         {func(k *apikey.NewKey) { k.Owner = "\xff" }, []string{"owner malformed"}},
		"expiry now":            {func(k *apikey.NewKey) { k.ExpiresAt = assets.TimeOf(c.now()) }, []string{"expires_at too_small"}},
		"expiry before 1970":    {func(k *apikey.NewKey) { k.ExpiresAt = -1 }, []string{"expires_at too_small"}},
		"255 bytes are allowed": {func(k *apikey.NewKey) { k.Workspace, k.Owner, k.Name = long(255), long(255), long(255) }, nil},
		"no name, no scopes":    {func(k *apikey.NewKey) { k.Name, k.Scopes = "", nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newKey()
			tc.change(&in)
			s := new(mapStore)
			_, _, err := newRing(t, s, c).Mint(t.Context(), in)
			var got []string
			for _, e := range assets.FieldErrors(err) {
				loc, _, _ := strings.Cut(e.Error(), ":")
				got = append(got, loc+" "+e.Type)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			if stored := len(s.keys) > 0; stored != (tc.want == nil) {
				t.Errorf("stored: %t", stored)
			}
		})
	}
}

func long(n int) string { return strings.Repeat("x", n) }

func TestMintRetriesTakenPrefix(t *testing.T) {
	t.Parallel()
	s, tries := new(mapStore), 0
	s.onAdd = func() error {
		if tries++; tries < 4 {
			return apikey.ErrPrefixTaken
		}
		return nil
	}
	r := newRing(t, s, newClock())
	bearer, k := mint(t, r, newKey())
	if tries != 4 || len(s.keys) != 1 || bearer[4:12] != k.Prefix {
		t.Errorf("%d tries, keys %v", tries, s.keys)
	}
	if _, err := r.Authenticate(t.Context(), bearer); err != nil {
		t.Error(err)
	}

	s.onAdd = func() error { return apikey.ErrPrefixTaken }
	if bearer, _, err := r.Mint(t.Context(), newKey()); !errors.Is(err, apikey.ErrPrefixTaken) || bearer != "" {
		t.Errorf("when every prefix is taken: %q, %v", bearer, err)
	}
}

func TestMintWhenStoreFails(t *testing.T) {
	t.Parallel()
	s := &mapStore{onAdd: func() error { return errors.New("disk full") }}
	bearer, k, err := newRing(t, s, newClock()).Mint(t.Context(), newKey())
	if !errors.Is(err, assets.ErrUnavailable) || bearer != "" || k.Prefix != "" {
		t.Errorf("%q, %v, %v", bearer, k, err)
	}
}
