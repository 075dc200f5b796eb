package program

import (
	"log/slog"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/versioning"
)

// handler wires the product: a Library on the data, and its routes for
// whoever has an API key.
func (d *Data) handler(publicURL string, log *slog.Logger) (http.Handler, error) {
	keys, err := apikey.New(apikey.Config{Store: d.Store, Logger: log})
	if err != nil {
		return nil, err
	}
	lib, err := assets.New(assets.Config{
		Store: d.Store, Blobs: d.Blobs,
		Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SigningKeys: d.SigningKeys, PublicURL: publicURL, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Logger: log})
	return mux, nil
}
