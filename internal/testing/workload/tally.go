package workload

import (
	"fmt"
	"sync/atomic"
)

// Tally counts the outcomes of calls of all workers.
type Tally struct {
	Acknowledged atomic.Int64 // carried out, says the response
	Refused      atomic.Int64 // refused: nothing may have changed
	Failed       atomic.Int64 // no response, or 503: carried out or not
	Found        atomic.Int64 // failed calls that were carried out
	Read         atomic.Int64 // contents read completely
	Wrong        atomic.Int64 // inconsistencies
	Lost         atomic.Int64 // acknowledged changes that are not there
}

func (t *Tally) String() string {
	return fmt.Sprintf("acknowledged %d, refused %d, read whole %d, failed %d (%d of them done), lost %d, wrong %d",
		t.Acknowledged.Load(), t.Refused.Load(), t.Read.Load(), t.Failed.Load(), t.Found.Load(), t.Lost.Load(), t.Wrong.Load())
}
