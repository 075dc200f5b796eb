// Package upgrade has the tests that data of earlier releases is there with the
// present one. The data is committed below testdata; it never changes.
package upgrade
