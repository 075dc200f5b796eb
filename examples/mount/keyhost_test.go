package main

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

func TestKeyHost(t *testing.T) {
	t.Parallel()
	h, err := newKeyHost(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	person, err := h.mint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	agent, _, err := h.keys.Mint(t.Context(), apikey.NewKey{
		Workspace: "acme", Owner: "copywriter", Kind: assets.KindAgent, Scopes: []assets.Scope{assets.ScopeAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := h.handler()
	const base = "/api/v1/assets"

	want(t, send(t, mux, "GET", "/healthz", "", ""), http.StatusOK, "ok")
	want(t, send(t, mux, "GET", base, "", ""), http.StatusUnauthorized, `"code":"unauthorized"}`)
	var asset string
	for _, path := range []string{base, base + "/"} { // ServeMux redirects neither
		w := send(t, mux, "POST", path, agent, tagline)
		want(t, w, http.StatusCreated, `"created_by":"copywriter"`)
		want(t, send(t, mux, "GET", path, person, ""), http.StatusOK, `"items":[{`)
		asset = w.Header().Get("Location")
	}
	want(t, send(t, mux, "GET", asset+"/", person, ""), http.StatusNotFound, `"code":"not_found"`)

	approve := `{"action":"approve","version":1}`
	w := send(t, mux, "POST", asset+"/approval", agent, approve)
	want(t, w, http.StatusForbidden, `"code":"agent_cannot_approve"}`) // no review_url: the host has none
	want(t, send(t, mux, "POST", asset+"/approval", person, approve), http.StatusOK, `"status":"approved"`)

	w = send(t, mux, "GET", asset+"/preview-url", person, "")
	want(t, w, http.StatusOK, `"url":"/api/v1/public/assets/preview/`)
	_, link, _ := strings.Cut(w.Body.String(), `"url":"`)
	link, _, _ = strings.Cut(link, `"`)
	want(t, send(t, mux, "GET", link, "", ""), http.StatusOK, "Spring is here.")
}
