package mcpx

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

// MetadataPath is where clients look for the metadata of the handler on its host (RFC
// 9728): at MetadataPath followed by the path of the handler.
const MetadataPath = "/.well-known/oauth-protected-resource"

// Metadata returns a handler of the OAuth 2.0 protected resource metadata in opts, to be
// mounted at MetadataPath and below, as [Mount] does. If opts has none, each response is
// the 404 of the routes: clients look for metadata after a 401, and some can read
// nothing but JSON.
func Metadata(opts HTTPOptions) http.Handler {
	checkMetadata(opts.Metadata)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*") // it is public, and clients may be web pages
		h.Set("Access-Control-Allow-Headers", "MCP-Protocol-Version")
		h.Set("Cache-Control", "no-store")
		switch {
		case opts.Metadata == nil:
			writeError(w, assets.ErrNotFound)
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD, OPTIONS")
			writeError(w, wire.ErrMethodNotAllowed)
		default:
			writeJSON(w, http.StatusOK, opts.Metadata)
		}
	})
}

// Mount registers [Handler] on mux at a path, such as /mcp, and [Metadata] at its own. It
// panics as Handler does, and as mux does if a pattern is taken.
func Mount(mux *http.ServeMux, path string, lib *assets.Library, opts HTTPOptions) {
	mux.Handle(path, Handler(lib, opts))
	metadata := Metadata(opts)
	mux.Handle(MetadataPath, metadata)
	mux.Handle(MetadataPath+"/", metadata)
}

func writeError(w http.ResponseWriter, err error) {
	f := wire.Describe(err)
	writeJSON(w, f.Status, f.Body())
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := wire.Marshal(body)
	if err != nil {
		panic(err) // strings, numbers and lists only
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // fails only if the client has disconnected
}

// checkMetadata panics if the resource of the metadata is no URL.
func checkMetadata(m *oauthex.ProtectedResourceMetadata) {
	if m == nil {
		return
	}
	if u, err := url.Parse(m.Resource); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Fragment != "" {
		panic("mcpx: HTTPOptions.Metadata.Resource must be the URL of the handler, such as https://assets.example.com/mcp")
	}
}

// challenge returns the WWW-Authenticate of a 401. It names where the metadata is, if
// there is any.
func challenge(m *oauthex.ProtectedResourceMetadata) string {
	if m == nil {
		return ""
	}
	u, err := url.Parse(m.Resource)
	if err != nil {
		return "" // checkMetadata has refused it
	}
	u.Path = MetadataPath + strings.TrimSuffix(u.Path, "/")
	return `Bearer resource_metadata="` + u.String() + `"`
}
