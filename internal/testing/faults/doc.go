// Package faults has the tests of what the Library does when something around it
// fails: each step of each call on each back end, the power of the disk, the
// database server, the disk that is full, the clock that steps, a backup that is
// restored.
package faults
