// Package e2e tests the product as a process of its own, under what it must
// survive: SIGKILL in the middle of its work, hostile clients, and clocks that differ.
// The tests compare every row and every byte with what the server acknowledged over
// HTTP. Package e2e/server tests the program of examples/server.
//
// It is a module of its own, so that nobody else downloads what its tests need.
package e2e
