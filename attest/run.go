package attest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/10ex/assets"
)

// How statements are looked for that are not signed.
const (
	follower  = assets.ReservedFollowers + "attestations" // keeps the mark of the journal
	signEvery = time.Second                               // in which statements are looked for whose time has come
	retryWait = 5 * time.Second                           // after the mark could not be moved
)

// Run signs statements that are not signed yet, until ctx has ended, and then returns
// nil: those that Config.Signer has to sign and, with Config.Key, those that a Signer of
// before has left. It may be called in any number of processes, of which one works at a
// time; another goes on when that is killed.
//
// A statement that the signer does not sign is tried again after 1 s, then 2 s, up to a
// minute, and later if there are many. The others are signed meanwhile. After three
// failures in a row there is a pause of 0.1 s before each attempt until one succeeds: 1,000
// statements in a row that a signer refuses at once delay those behind them by 100 s, once.
//
// assets.Library.Run calls it. A host that does not call that calls this instead; both at
// once do no harm, since one of them works at a time.
//
// It returns an error if the store keeps no attestations or no journal.
func (a *Attester) Run(ctx context.Context, lib *assets.Library) error {
	store, ok := assets.StoreAs[assets.Attestations](lib.Store())
	if !ok {
		return fmt.Errorf("attest: %T keeps no attestations", lib.Store())
	}
	s := &signing{attester: a, store: store, log: lib.Logger(), failed: map[place]failure{}}
	for {
		err := lib.FollowReserved(ctx, follower, signEvery, s.follow)
		if ctx.Err() != nil || !errors.Is(err, assets.ErrEventsPruned) {
			return err
		}
		// What is unsigned is in the store, so nothing is lost with the events, and whoever
		// follows next begins with a pass over the store.
		if err := lib.SkipReserved(ctx, follower); err != nil && ctx.Err() == nil {
			lib.Logger().ErrorContext(ctx, "assets: signing of statements cannot go on", slog.String("error", err.Error()))
			wait(ctx, retryWait)
		}
	}
}

// wait waits for d, or until ctx has ended.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
