// Command server is the runnable default of package assets: REST on SQLite and
// files in one data folder, with API keys.
//
//	go run ./examples/server
//
// prints where it listens and, at the first start, an API key. With -db the rows
// are in PostgreSQL, and the folder has the rest. The tools of MCP are at /mcp. Its
// further commands (mcp, migrate, demo, keys mint, keys list, keys revoke, export, sweep)
// work on the same data beside a running server. Results are written to standard
// output, the log to standard error.
package main

import (
	"github.com/10ex/assets/internal/examples/datafolder"
	"github.com/10ex/assets/internal/examples/servercmd"
)

func main() { server().Main() }

func server() servercmd.Server { return servercmd.Server{Name: "server", Storage: datafolder.Storage} }
