// Command cloud is package assets for several machines: rows in PostgreSQL,
// content in a bucket of S3, Google Cloud Storage or Azure, and as many of these
// servers as it takes.
//
//	export ASSETS_SIGNING_KEYS=$(head -c 32 /dev/urandom | base64)
//	cloud keys mint -db postgres://… -workspace default -owner ana -name laptop -kind user -scopes '*'
//	cloud -db postgres://… -bucket 's3://name?region=eu-central-1' -public-url https://assets.example.com
//
// All servers have the same signing keys: in base64, newest first, separated by
// commas. The clouds' credentials come from where their own tools look for them.
// It is a module of its own, for it brings three clouds' clients.
package main

import "github.com/10ex/assets/internal/examples/servercmd"

func main() { cloud().Main() }

func cloud() servercmd.Program { return servercmd.Program{Name: "cloud", Place: placeOf} }
