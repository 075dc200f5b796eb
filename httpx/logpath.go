package httpx

import (
	"strings"

	"github.com/10ex/assets"
)

// LogPath returns the path of a request as an access log or a span may show it. The token
// of a public route, which opens what it names without any other credential, is replaced
// by "…". Every other path is returned unchanged. The query has no token.
func LogPath(lib *assets.Library, path string) string {
	below, public := strings.CutPrefix(path, lib.PublicPath()+"/")
	if !public {
		return path
	}
	route, _, _ := strings.Cut(below, "/")
	switch route {
	case "preview", "exports", "uploads":
		return lib.PublicPath() + "/" + route + "/…"
	}
	return lib.PublicPath() + "/…" // perhaps a token in a wrong place
}
