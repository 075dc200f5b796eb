package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/10ex/assets/httpx"
)

// cors lets pages of the given origins call routes. Requests of other pages, and those
// that are not from a page, reach the routes unchanged.
func cors(routes http.Handler, origins ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); slices.Contains(origins, origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", strings.Join(httpx.ExposedHeaders(), ", "))
			if r.Method == http.MethodOptions { // the browser asks before it sends the request
				h.Set("Access-Control-Allow-Methods", strings.Join(httpx.AllowedMethods(), ", "))
				h.Set("Access-Control-Allow-Headers", strings.Join(httpx.AllowedHeaders(), ", "))
				h.Set("Access-Control-Max-Age", "600")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		routes.ServeHTTP(w, r)
	})
}
