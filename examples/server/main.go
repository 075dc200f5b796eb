// Command server is the runnable default of package assets: REST on SQLite and
// files in one data folder, with API keys.
//
//	go run ./examples/server
//
// prints where it listens and, at the first start, an API key. With -db the rows
// are in PostgreSQL, and the folder has the rest. Agents find tools at /mcp. Its
// further commands (mcp, keys mint, keys list, keys revoke, export, sweep) work on the
// same data beside a running server. Standard output has what was asked for,
// standard error the log.
package main

import (
	"github.com/10ex/assets/internal/examples/datafolder"
	"github.com/10ex/assets/internal/examples/servercmd"
)

func main() { servercmd.Program{Name: "server", Place: datafolder.Place}.Main() }
