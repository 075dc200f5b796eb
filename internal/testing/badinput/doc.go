// Package badinput has the tests of input that only a Go caller can give: text
// that JSON cannot carry, numbers and durations of any size, fields that exclude
// each other. Tables of HTTP requests are in httpx.
package badinput
