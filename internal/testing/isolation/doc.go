// Package isolation has the tests that no call, whatever its actor, reads or
// changes what belongs to another workspace.
package isolation
