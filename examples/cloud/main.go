// Command cloud serves package assets from several machines: rows in PostgreSQL,
// content in a bucket of S3, Google Cloud Storage or Azure, and any number of these
// servers.
//
//	export ASSETS_SIGNING_KEYS=$(head -c 32 /dev/urandom | base64)
//	cloud keys mint -db postgres://… -workspace default -owner ana -name laptop -kind user -scopes '*'
//	cloud -db postgres://… -bucket 's3://name?region=eu-central-1' -public-url https://assets.example.com
//
// All servers must have the same signing keys: in base64, newest first, separated by
// commas. Approvals are attested if ASSETS_ATTEST_KEY has an Ed25519 key in PEM, followed
// by those of before. The clouds' credentials are found as by their own tools. The program is a
// module of its own, because it imports the clients of three clouds.
package main

import "github.com/10ex/assets/internal/examples/servercmd"

func main() { cloud().Main() }

func cloud() servercmd.Server { return servercmd.Server{Name: "cloud", Storage: storageOf} }
