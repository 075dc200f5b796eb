package servercmd

import (
	"encoding/json"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
)

// Paths of the probes of load balancers and orchestrators. They need no credential.
const (
	alivePath = "/healthz" // the process serves
	readyPath = "/readyz"  // it can serve every call, by Library.Check
)

// probeResult is the body of a probe that fails.
type probeResult struct {
	Detail string `json:"detail"`
	Code   string `json:"code"`
}

func mountProbes(mux *http.ServeMux, lib *assets.Library) {
	mux.HandleFunc("GET "+alivePath, func(w http.ResponseWriter, _ *http.Request) { writeProbe(w, nil) })
	mux.HandleFunc("GET "+readyPath, func(w http.ResponseWriter, r *http.Request) { writeProbe(w, lib.Check(r.Context())) })
}

// writeProbe writes the status 200, or that of err with a text that contains nothing
// internal.
func writeProbe(w http.ResponseWriter, err error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "application/json")
	status, body := http.StatusOK, []byte(`{"status":"ok"}`)
	if err != nil {
		var code string
		status, code = httpx.Status(err)
		body, _ = json.Marshal(probeResult{assets.Detail(err), code}) // texts only
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only if the client is gone
}
