// Package verifiers has the attestations of an export verified by others: by the Go
// implementation of DSSE, by Python's securesystemslib, and by openssl. It is a module of
// its own, so that nobody else downloads what it needs.
package verifiers
