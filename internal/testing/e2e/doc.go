// Package e2e tests the product as a process of its own, under what it must
// survive: SIGKILL in the middle of its work, hostile clients, and clocks that differ.
// The tests compare every row and every byte with what the server acknowledged over
// HTTP. Package e2e/server tests the program of examples/server.
//
// What a hostile agent does (HOS-01 to HOS-10) is done to a process that may have 512 MiB
// of memory. HOS-11 to HOS-13 are not about memory. A vanished signing key is tested in
// package internal/examples/datafolder, other schemas in packages e2e/server and upgrade,
// and aborted transfers behind middleware in package httpx.
//
// It is a module of its own, so that nobody else downloads what its tests need.
package e2e
