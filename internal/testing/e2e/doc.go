// Package e2e holds no code of the product: its tests put the whole of it,
// as a process of its own, under what it must survive. It is killed in the
// middle of its work, besieged by hostile clients, and run on clocks that differ.
//
// The one rule to know: the tests believe only what the server acknowledged
// over HTTP, and then look at every row and every byte for themselves.
package e2e
