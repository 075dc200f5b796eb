package assets

import "time"

// Stats are what a process is doing at a moment. They are for gauges.
type Stats struct {
	Work      WorkStats   // see [Library.Admit]
	Searches  TurnStats   // searches and other long reads of many rows
	Diffs     TurnStats   // comparisons of texts
	Streams   int         // of events that are open
	Following []Following // followers of this process, by name
	Ready     bool        // the last [Library.Check] found nothing wrong
	Store     StoreStats  // zero if the store has none
}

// WorkStats are about expensive work and large results, which share Limits.WorkMemory.
type WorkStats struct {
	Memory   int64 // bytes that can be reserved
	Reserved int64 // bytes
	Running  int
	Waiting  int
}

// TurnStats are about work of which few run at the same time.
type TurnStats struct{ Running, Waiting int }

// StoreStats are about the connections of a store to its database, and its fills.
type StoreStats struct {
	MaxConnections  int // 0: no limit
	OpenConnections int
	UsedConnections int
	Waits           int64         // for a connection, since the store was opened
	Waited          time.Duration // in all of them

	Fills []Fill // that are under way in this process
}

// Fill is how far a [Filler] is with the rows that a migration has left incomplete.
type Fill struct {
	Name string // of what is completed, such as search
	Done int    // rows, since the process began or went on with it
	Of   int    // rows that there were then, also those completed before; 0: not counted
}

// Gauged is what a [Store] with connections has for [Library.Stats].
type Gauged interface {
	// StoreStats returns the present state. It must not wait.
	StoreStats() StoreStats
}

// Stats returns what the process is doing now, in this Library and all that With returned.
func (l *Library) Stats() Stats {
	s := Stats{Streams: l.feed.count(), Following: l.Following(), Ready: l.readiness.ready.Load()}
	s.Work.Memory = l.work.Memory()
	s.Work.Reserved, s.Work.Running, s.Work.Waiting = l.work.Stats()
	s.Searches.Running, s.Searches.Waiting = l.searches.Stats()
	s.Diffs.Running, s.Diffs.Waiting = l.diffs.Stats()
	if g, ok := StoreAs[Gauged](l.readiness.store); ok {
		s.Store = g.StoreStats()
	}
	return s
}
