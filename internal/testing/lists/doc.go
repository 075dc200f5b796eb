// Package lists has the tests of lists over many assets: every page is compared
// with what a plain comparison of all assets yields, every search with a table.
package lists
