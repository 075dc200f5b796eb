// Package clients uses the REST interface as programs do that are generated from
// docs/openapi.json: with oapi-codegen, ogen, openapi-typescript and openapi-fetch,
// hey-api, and orval. Its test generates the clients, compiles them and runs one story
// with each against the program of examples/server. It is a module of its own, so that
// nobody else downloads the generators.
package clients
