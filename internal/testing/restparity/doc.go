// Package restparity tests that the responses of the REST interface are the same on
// every database.
package restparity
