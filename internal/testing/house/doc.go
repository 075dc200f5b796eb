// Package house holds the tests of what no compiler checks and every package
// must keep to: which package may import which, what the exported interface
// shows, and how comments and documents are written.
package house
