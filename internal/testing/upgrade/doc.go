// Package upgrade has the tests that data of earlier releases is there with the
// present one, and that a program of an earlier release which still runs does no harm.
// The data is committed below testdata; it never changes.
package upgrade
