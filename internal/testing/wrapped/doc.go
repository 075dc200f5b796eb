// Package wrapped has the tests of a host's Store that wraps one of this module, for
// example to count calls: the Library and the packages beside it must find what the inner
// one can do besides.
package wrapped
