package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
)

func ledgerSuite(t *testing.T, seed func(wholeStore) wholeStore) {
	onStore(assetstest.TestLedger[assetstest.LedgerStore])(t, seed)
}

func TestVolumeLedger(t *testing.T) { accepts(t, ledgerSuite) }

func TestVolumeLedgerRefuses(t *testing.T) {
	refuses(
		t, ledgerSuite,
		fault[wholeStore]{"all stores have one id", func(s wholeStore) wholeStore { return sameID{s} }, "each store has an id of its own CRA04"},
		fault[wholeStore]{"keys in use are condemned", func(s wholeStore) wholeStore { return condemnsAll{s} }, "a key is kept while any version names it CRA06"},
		fault[wholeStore]{"keys of open uploads are condemned", func(s wholeStore) wholeStore { return condemnsAll{s} }, "a key is kept while an upload can be used CRA03"},
		fault[wholeStore]{"a condemned key can be used", func(s wholeStore) wholeStore { return forgetsCondemned{s} }, "a condemned key is refused for good CRA03"},
		fault[wholeStore]{"records expire one millisecond early", func(s wholeStore) wholeStore { return expiresEarly{s} }, "expiry removes what is older than the time"},
	)
}

type sameID struct{ wholeStore }

func (s sameID) State(ctx context.Context) (storeID string, latest blob.Mark, err error) {
	_, latest, err = s.wholeStore.State(ctx)
	return "the store", latest, err
}

type condemnsAll struct{ wholeStore }

func (condemnsAll) Condemn(_ context.Context, keys []string, _ assets.Time, _ bool) (unreferenced []string, err error) {
	return keys, nil
}

type forgetsCondemned struct{ wholeStore }

func (s forgetsCondemned) Condemn(ctx context.Context, keys []string, at assets.Time, _ bool) (unreferenced []string, err error) {
	return s.wholeStore.Condemn(ctx, keys, at, true)
}

type expiresEarly struct{ wholeStore }

func (s expiresEarly) Expire(ctx context.Context, before assets.Time) (int, error) {
	return s.wholeStore.Expire(ctx, before+1)
}
