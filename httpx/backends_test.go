package httpx_test

import (
	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// option changes what a world is made of.
type option = func(*assets.Config, *httpx.Options)

// on puts a world's rows into db.
func on(db backends.Database) option {
	return func(c *assets.Config, _ *httpx.Options) { c.Store = db }
}
