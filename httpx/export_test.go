package httpx

import (
	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// Operations answers what the handlers serve, below the base path and below
// the public one, for tables that must have a row for each.
func Operations(lib *assets.Library) (own, public []rest.Operation) {
	a := newAPI(lib)
	return operations(a.routes()), operations(a.publicRoutes())
}

func operations(routes []rest.Route) []rest.Operation {
	ops := make([]rest.Operation, len(routes))
	for i, r := range routes {
		ops[i] = r.Operation
	}
	return ops
}
