package httpx

import "net/http"

// AllowedMethods returns the methods of the routes, for the header
// Access-Control-Allow-Methods of a host that lets pages of other origins call them.
// See docs/browsers.md.
func AllowedMethods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

// AllowedHeaders returns the names of the request headers that the routes read, for
// the header Access-Control-Allow-Headers.
func AllowedHeaders() []string {
	return []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "If-Range", "Last-Event-ID", "Range", "Traceparent", "X-Request-Id"}
}

// ExposedHeaders returns the names of the response headers that a page may need, for
// the header Access-Control-Expose-Headers.
func ExposedHeaders() []string {
	return []string{
		"Accept-Ranges", "Allow", "Content-Digest", "Content-Disposition", "Content-Length", "Content-Range",
		"ETag", "Idempotency-Replayed", "Location", "Repr-Digest", "WWW-Authenticate", "X-Request-Id",
	}
}
