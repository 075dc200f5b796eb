// Package contract holds the HTTP interface against what others expect of it:
// every exchange of httpx's tests against the OpenAPI document, by an independent
// validator, and the routes against the router chi. It is a module of its own, so
// that nobody else downloads what it needs.
package contract
