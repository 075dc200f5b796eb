// Package modeltest has the tests that compare the Library with the reference
// model in package oracle, over random calls of many actors under random policies.
package modeltest
