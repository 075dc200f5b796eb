package main

import (
	"net/http/httptest"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

func TestUsersReadWhatAgentsMake(t *testing.T) {
	lib := assetstest.New(t)
	in := assets.NewAsset{Type: assets.TypeCopy, Title: "Tagline", NewVersion: assets.NewVersion{Text: "Spring is here."}}
	made, err := lib.Create(t.Context(), assetstest.Agent("acme", "copywriter"), in)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", made.PreviewURL, nil)
	r.SetBasicAuth("ana", "secret")
	w := httptest.NewRecorder()
	if routes(lib).ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}
