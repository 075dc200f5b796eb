package assets

import (
	"context"
	"errors"
	"sync"
	"time"
)

// How long leases last.
const (
	leaseTime    = 30 * time.Second // after which a holder that was killed is replaced
	leaseRenewal = 10 * time.Second
	leaseRetry   = time.Second // between attempts to take a lease that another holder has
)

// holdLease calls work, and renews the lease until work has returned. The context of work
// ends when ctx does, or when the lease is lost or could not be renewed before its end;
// holdLease then returns why. It does not give the lease back.
func holdLease(ctx context.Context, f Followers, lease Lease, work func(context.Context) error) error {
	held, cancel := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { renewLease(held, f, lease, cancel) })
	err := work(held)
	if cause := context.Cause(held); cause != nil && ctx.Err() == nil {
		err = cause
	}
	cancel(nil)
	renewing.Wait()
	return err
}

// renewLease renews a lease until ctx has ended. It calls lost when another holder has it,
// or when it could not be renewed before its end.
func renewLease(ctx context.Context, f Followers, first Lease, lost context.CancelCauseFunc) {
	until := time.Now().Add(leaseTime)
	for wait(ctx, leaseRenewal) {
		asked := time.Now()
		lease, err := f.LeaseFollower(ctx, first.Name, first.Holder, leaseTime)
		switch {
		case err == nil && lease.Fence == first.Fence:
			until = asked.Add(leaseTime)
		case err == nil, errors.Is(err, ErrLeased):
			lost(ErrLeased)
			return
		case time.Now().Add(leaseRenewal).After(until):
			lost(err)
			return
		}
	}
}
