package review

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"
)

// staticFolder is where the stylesheets and the script are below the queue.
const staticFolder = "static"

//go:embed static
var embedded embed.FS

// files are what does not change while the process runs. Their addresses contain a
// digest, so they may be kept for ever.
type files struct {
	names map[string]string // address below the queue, by name
	texts map[string]file   // by address below static/
}

type file struct{ mediaType, text string }

func newFiles(theme Theme) *files {
	f := &files{names: map[string]string{}, texts: map[string]file{}}
	for name, mediaType := range map[string]string{
		"review.css": "text/css; charset=utf-8", "review.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		text, err := embedded.ReadFile("static/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		f.add(name, mediaType, string(text))
	}
	if css := theme.css(); css != "" {
		f.add("theme.css", "text/css; charset=utf-8", css)
	}
	return f
}

func (f *files) add(name, mediaType, text string) {
	digest := sha256.Sum256([]byte(text))
	at := hex.EncodeToString(digest[:8]) + "/" + name
	f.names[name], f.texts[at] = staticFolder+"/"+at, file{mediaType, text}
}

// serve serves the file at the segments below static/.
func (f *files) serve(w http.ResponseWriter, r *http.Request, segments []string) {
	found, ok := f.texts[strings.Join(segments, "/")]
	if !ok || !isRead(r) {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Del("Vary")
	h.Set("Content-Type", found.mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodGet {
		_, _ = w.Write([]byte(found.text)) // fails only if the client has disconnected
	}
}
