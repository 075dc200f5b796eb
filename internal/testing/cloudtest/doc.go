// Package cloudtest tests the product with a bucket that misbehaves: a real S3 server, or an
// emulator of Azure or Google Cloud Storage, behind toxiproxy, which disturbs connections,
// and behind a relay that disturbs requests and responses. It is a module of its own, so
// that others do not download what it needs.
package cloudtest
