// Package races has the tests of calls that run at once: approvals beside new
// versions, bulk reviews in opposite orders, one idempotency key many times,
// several processes that make one rendition.
package races
