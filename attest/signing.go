package attest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/10ex/assets"
)

// How statements are signed that were not signed in their transaction.
const (
	signBatch   = 100 // statements that are read at once
	signTimeout = 30 * time.Second

	firstRetry = time.Second // after the first failure of a statement, doubled with each further one
	maxRetry   = time.Minute
	retryTime  = 5 * time.Second // of a pass, in which statements are tried again
	maxFailed  = 10_000          // statements of which is known when to try them again

	maxFailures = 3 // in a row, after which the signer may be away
	failurePace = 100 * time.Millisecond
)

// signing signs the statements of a store. A signer that is away cannot be told from one
// that refuses a statement, so each statement has its own time for the next attempt.
type signing struct {
	attester *Attester
	store    assets.Attestations
	log      *slog.Logger

	failed map[place]failure
	due    time.Time // when the next pass is due without events
}

// place identifies a statement.
type place struct {
	workspace string
	asset     assets.ID
	version   assets.Number
	revision  int64
}

// failure is what is known of a statement that could not be signed.
type failure struct {
	wait time.Duration // before the next attempt
	next time.Time     // of which this is the time
	pass time.Time     // the beginning of the last pass that found it unsigned
}

// follow makes a pass if there are events or if one is due. It returns an error if the
// store fails, and then the events come again. What the signer does not sign is no reason
// for that.
func (s *signing) follow(ctx context.Context, events []assets.Event) error {
	if len(events) == 0 && time.Now().Before(s.due) {
		return nil
	}
	p := pass{signing: s, began: time.Now()}
	if err := p.run(ctx); err != nil {
		return err
	}
	s.due = p.began.Add(maxRetry) // another process may have left some
	for _, f := range s.failed {
		if f.next.Before(s.due) {
			s.due = f.next
		}
	}
	if p.failures > 0 {
		s.log.ErrorContext(ctx, "assets: statements were not signed and will be tried again",
			slog.Int("statements", p.failures), slog.String("error", p.last.Error()))
	}
	return nil
}

// pass is one walk over all statements that are not signed.
type pass struct {
	*signing

	began    time.Time
	retrying time.Duration // was spent with statements that had failed before
	inRow    int           // failures
	failures int
	last     error // of these
}

// run tries all statements whose time has come. It returns an error if the store fails or
// ctx has ended.
func (p *pass) run(ctx context.Context) error {
	var after assets.Attestation
	for {
		batch, err := p.store.Unsigned(ctx, after, signBatch)
		if err != nil {
			return err
		}
		for _, a := range batch {
			after = a
			if err := p.try(ctx, a); err != nil {
				return err
			}
		}
		if len(batch) < signBatch {
			break
		}
	}
	// Those that this pass did not find are signed, or removed.
	maps.DeleteFunc(p.failed, func(_ place, f failure) bool { return !f.pass.Equal(p.began) })
	return nil
}

// try signs a statement, unless its time has not come. It returns an error if the store
// fails or ctx has ended.
func (p *pass) try(ctx context.Context, a assets.Attestation) error {
	at := place{a.Workspace, a.AssetID, a.Version, a.Revision}
	f, again := p.failed[at]
	if again && (p.retrying >= retryTime || time.Now().Before(f.next)) {
		f.pass = p.began
		p.failed[at] = f
		return nil
	}
	began := time.Now()
	if p.inRow >= maxFailures {
		wait(ctx, failurePace)
	}
	signature, err := p.signature(ctx, a)
	if again {
		p.retrying += time.Since(began)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		p.fail(at, f, fmt.Errorf("signing the statement about version %d of asset %s: %w", a.Version, a.AssetID, err))
		return nil
	}
	p.inRow = 0
	a.KeyID, a.Signature = p.attester.keys[0].ID, signature
	return p.store.SignAttestation(ctx, a)
}

// fail notes that a statement could not be signed.
func (p *pass) fail(at place, f failure, err error) {
	p.inRow++
	p.failures++
	p.last = err
	f.wait = min(max(2*f.wait, firstRetry), maxRetry)
	f.next, f.pass = time.Now().Add(f.wait), p.began
	if _, known := p.failed[at]; known || len(p.failed) < maxFailed {
		p.failed[at] = f
	}
}

// signature signs a statement, outside of any transaction, and verifies the signature.
func (s *signing) signature(ctx context.Context, a assets.Attestation) ([]byte, error) {
	message := encoding(assets.StatementType, a.Statement)
	signature, err := s.attester.signature(ctx, message)
	if err != nil {
		return nil, err
	}
	if !ed25519.Verify(s.attester.keys[0].Key, message, signature) {
		return nil, errors.New("the signer returned a wrong signature")
	}
	return signature, nil
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
