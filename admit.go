package assets

import (
	"context"
	"errors"

	"github.com/10ex/assets/internal/admission"
)

// maxWorkers is the number of expensive works that run at the same time.
const maxWorkers = 8

// Admit waits until expensive work, which needs much memory or much time of a
// processor, may run: decoding images, rendering text, searching, freezing, encoding
// large responses. It reserves bytes of Limits.WorkMemory and one of 8 workers, which
// the Library and all that With returns share, until release is called. Calls of
// release after the first have no effect. It is for packages that extend the Library.
//
// The bytes must be what the work allocates at most, not what its input claims about
// itself. A caller must not call Admit while it holds an admission, a transaction, a
// snapshot or a connection. Authentication and reads of single rows need no
// admission.
//
// It returns ErrOverBudget if bytes is more than Limits.WorkMemory, ErrUnavailable if
// the work has waited for Limits.WorkWait, or the cause of the end of ctx.
func (l *Library) Admit(ctx context.Context, bytes int64) (release func(), err error) {
	release, err = l.work.Acquire(ctx, bytes)
	switch {
	case errors.Is(err, admission.ErrTooLarge):
		return nil, ErrOverBudget
	case errors.Is(err, admission.ErrBusy):
		return nil, Errorf(ErrUnavailable, "the server is busy; try again")
	}
	return release, err
}
