package workload

import (
	"fmt"
	"sync/atomic"
)

// Tally counts what became of calls, over all workers.
type Tally struct {
	Acknowledged atomic.Int64 // done, and the server said so
	Refused      atomic.Int64 // a clear no: nothing may have changed
	Failed       atomic.Int64 // no answer, or 503: done or not done
	Found        atomic.Int64 // of those, what turned out to be done
	Read         atomic.Int64 // contents that came whole
	Wrong        atomic.Int64 // what must never be
	Lost         atomic.Int64 // acknowledged, and not there
}

func (t *Tally) String() string {
	return fmt.Sprintf("acknowledged %d, refused %d, read whole %d, failed %d (%d of them done), lost %d, wrong %d",
		t.Acknowledged.Load(), t.Refused.Load(), t.Read.Load(), t.Failed.Load(), t.Found.Load(), t.Lost.Load(), t.Wrong.Load())
}
