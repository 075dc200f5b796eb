// Package isolation has the tests that no call of any actor reads or changes what belongs to
// another workspace.
package isolation
