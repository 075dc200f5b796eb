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

// errLeaseEnded is why work ends whose lease was not renewed in time.
var errLeaseEnded = errors.New("the lease could not be renewed before its end")

// heldLease is a lease and how it is kept.
type heldLease struct {
	Lease
	until time.Time // by the clock of this process; the lease does not end before
	// locked reports that work locks the row of the lease in its transaction, so that a
	// renewal may have to wait for its end. Nobody else can take the lease meanwhile.
	locked bool
}

// takeLease takes the lease of a name.
func takeLease(ctx context.Context, f Followers, name, holder string) (heldLease, error) {
	asked := time.Now()
	lease, err := f.LeaseFollower(ctx, name, holder, leaseTime)
	return heldLease{Lease: lease, until: asked.Add(leaseTime)}, err
}

// HoldLease takes the lease of a name, calls work, and gives the lease back. It renews the
// lease until work has returned. The context of work ends when ctx does, or when the lease
// is lost or could not be renewed before its end; HoldLease then returns why. It returns
// ErrLeased if another holder has the lease. It is for packages that extend the Library.
func HoldLease(ctx context.Context, f Followers, name, holder string, work func(context.Context) error) error {
	lease, err := takeLease(ctx, f, name, holder)
	if err != nil {
		return err
	}
	err = keepLease(ctx, f, lease, work)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxMarkTime)
	defer cancel()
	return errors.Join(err, f.ReleaseFollower(ending, lease.Lease))
}

// keepLease is HoldLease with a lease that was taken, and does not give it back.
func keepLease(ctx context.Context, f Followers, lease heldLease, work func(context.Context) error) error {
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
// or when it was not renewed before its end, also if a renewal hangs.
func renewLease(ctx context.Context, f Followers, first heldLease, lost context.CancelCauseFunc) {
	until := first.until
	ending := time.AfterFunc(time.Until(until), func() {
		if !first.locked {
			lost(errLeaseEnded)
		}
	})
	defer ending.Stop()
	for wait(ctx, leaseRenewal) {
		asked := time.Now()
		lease, err := f.LeaseFollower(ctx, first.Name, first.Holder, leaseTime)
		switch {
		case err == nil && lease.Fence == first.Fence:
			until = asked.Add(leaseTime)
			ending.Reset(time.Until(until))
		case err == nil, errors.Is(err, ErrLeased):
			lost(ErrLeased)
			return
		case time.Now().Add(leaseRenewal).After(until):
			lost(err)
			return
		}
	}
}
