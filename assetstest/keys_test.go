package assetstest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/assetstest"
)

func keysSuite(t *testing.T, seed func(wholeStore) wholeStore) {
	onStore(assetstest.TestKeys[apikey.Store])(t, seed)
}

func TestVolumeKeys(t *testing.T) { accepts(t, keysSuite) }

func TestVolumeKeysRefuses(t *testing.T) {
	refuses(
		t, keysSuite,
		fault[wholeStore]{"a taken prefix is accepted", func(s wholeStore) wholeStore { return takesAnyPrefix{s} }, "a taken prefix is refused"},
		fault[wholeStore]{"a revocation is not stored", func(s wholeStore) wholeStore { return neverRevokes{s} }, "a change touches its key and its fields only"},
		fault[wholeStore]{"a revocation beside a use is lost", func(s wholeStore) wholeStore { return neverRevokes{s} }, "noting a use never undoes a revocation AUTH02"},
		fault[wholeStore]{"a revoked key is listed as valid", func(s wholeStore) wholeStore { return hidesRevocation{s} }, "every field comes back"},
		fault[wholeStore]{"keys of all workspaces are listed", func(s wholeStore) wholeStore { return everyWorkspace{s} }, "filters select, by prefix"},
		fault[wholeStore]{"keys are listed in descending order", func(s wholeStore) wholeStore { return descendingKeys{s} }, "filters select, by prefix"},
	)
}

type takesAnyPrefix struct{ wholeStore }

func (s takesAnyPrefix) AddKey(ctx context.Context, k apikey.Key) error {
	if err := s.wholeStore.AddKey(ctx, k); !errors.Is(err, apikey.ErrPrefixTaken) {
		return err
	}
	return nil
}

type neverRevokes struct{ wholeStore }

func (s neverRevokes) ChangeKey(ctx context.Context, prefix string, c apikey.Change) error {
	c.RevokedAt = 0
	return s.wholeStore.ChangeKey(ctx, prefix, c)
}

type hidesRevocation struct{ wholeStore }

func (s hidesRevocation) Keys(ctx context.Context, f apikey.Filter) ([]apikey.Key, error) {
	keys, err := s.wholeStore.Keys(ctx, f)
	for i := range keys {
		keys[i].RevokedAt = 0
	}
	return keys, err
}

type everyWorkspace struct{ wholeStore }

func (s everyWorkspace) Keys(ctx context.Context, f apikey.Filter) ([]apikey.Key, error) {
	f.Workspace = ""
	return s.wholeStore.Keys(ctx, f)
}

type descendingKeys struct{ wholeStore }

func (s descendingKeys) Keys(ctx context.Context, f apikey.Filter) ([]apikey.Key, error) {
	keys, err := s.wholeStore.Keys(ctx, f)
	slices.Reverse(keys)
	return keys, err
}
