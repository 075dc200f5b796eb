// Package resttest sends requests to the REST routes of a Library in memory and
// checks the responses. It is for the tests of package httpx and of the packages
// next to this one.
//
// The one rule to know: a [Call] and a [Want] may contain {name}, which is
// replaced by a variable of the [Server]. {id} is the asset that was created last
// by CreateText or Upload.
package resttest
