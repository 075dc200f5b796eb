// Package release tests that a release can be used: scripts/release makes one in
// a copy of the repository, and an empty module fetches and builds it.
package release
