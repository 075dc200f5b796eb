package attest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/10ex/assets"
)

// How statements are signed that were not signed in their transaction.
const (
	follower    = assets.ReservedFollowers + "attestations" // keeps the mark of the journal
	signBatch   = 100                                       // statements that are read at once
	signTimeout = 30 * time.Second
	maxFailures = 3 // in a row, after which a pass ends: the signer is probably away
	retryWait   = 5 * time.Second
)

// Run signs statements that are not signed yet, until ctx has ended, and then returns
// nil: those that Config.Signer has to sign and, with Config.Key, those that a Signer of
// before has left. It may be called in any number of processes, of which one works at a
// time; another goes on when that is killed. After an error of the signer the statement
// is tried again, after 1 s at first, and after a minute at last.
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
	s := &signing{attester: a, store: store}
	for {
		err := lib.FollowReserved(ctx, follower, func(ctx context.Context, _ []assets.Event) error { return s.pass(ctx) })
		if ctx.Err() != nil || !errors.Is(err, assets.ErrEventsPruned) {
			return err
		}
		s.skip(ctx, lib)
	}
}

// skip goes on behind pruned events until ctx has ended. What is unsigned is in the store, so
// nothing is lost with the events: it signs that, and again what came before the mark was
// moved.
func (s *signing) skip(ctx context.Context, lib *assets.Library) {
	move := func(ctx context.Context) error { return lib.SkipReserved(ctx, follower) }
	for _, step := range []func(context.Context) error{s.pass, move, s.pass} {
		for ctx.Err() == nil {
			err := step(ctx)
			if err == nil {
				break
			}
			if ctx.Err() == nil {
				lib.Logger().ErrorContext(ctx, "assets: signing of statements cannot go on", slog.String("error", err.Error()))
			}
			wait(ctx, retryWait)
		}
	}
}

// signing signs the statements of a store.
type signing struct {
	attester *Attester
	store    assets.Attestations
	after    assets.Attestation // where the next pass begins: behind those that failed
}

// pass signs all statements that are not signed. It skips one that cannot be signed, and
// returns its error in the end. After maxFailures it ends early, and the next pass goes on
// behind these, so that statements that are never signed keep no others from it.
func (s *signing) pass(ctx context.Context) error {
	whole := s.after.AssetID == ""
	err := s.passOn(ctx)
	if whole || s.after.AssetID != "" {
		return err
	}
	return errors.Join(err, s.passOn(ctx)) // those before the place where it began
}

// passOn signs the statements behind s.after, which is zero when it has reached the end.
func (s *signing) passOn(ctx context.Context) error {
	after := s.after
	var failed error
	failures := 0
	for {
		batch, err := s.store.Unsigned(ctx, after, signBatch)
		if err != nil {
			return err
		}
		for _, a := range batch {
			after = a
			err := s.sign(ctx, a)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case err == nil:
				failures = 0
				continue
			}
			failed = fmt.Errorf("signing the statement about version %d of asset %s: %w", a.Version, a.AssetID, err)
			if failures++; failures == maxFailures {
				s.after = after
				return failed
			}
		}
		if len(batch) < signBatch {
			s.after = assets.Attestation{}
			return failed
		}
	}
}

// sign signs one statement, outside of any transaction. A signature that is wrong is not
// stored.
func (s *signing) sign(ctx context.Context, a assets.Attestation) error {
	key, message := s.attester.keys[0], encoding(assets.StatementType, a.Statement)
	signature, err := s.attester.signature(ctx, message)
	if err != nil {
		return err
	}
	if !ed25519.Verify(key.Key, message, signature) {
		return errors.New("the signer returned a wrong signature")
	}
	a.KeyID, a.Signature = key.ID, signature
	return s.store.SignAttestation(ctx, a)
}

// signature signs a message with the key, or has it signed.
func (a *Attester) signature(ctx context.Context, message []byte) ([]byte, error) {
	if a.key != nil {
		return ed25519.Sign(a.key, message), nil
	}
	ctx, cancel := context.WithTimeout(ctx, signTimeout)
	defer cancel()
	return a.signer.Sign(ctx, message)
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
