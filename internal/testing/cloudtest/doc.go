// Package cloudtest has the tests of what the product does when its bucket
// misbehaves: a real S3 server behind toxiproxy, which spoils connections, and
// behind a relay that spoils requests and answers. It is a module of its own, so
// that nobody else downloads what it needs.
package cloudtest
