module github.com/10ex/assets/internal/testing/verifiers

go 1.26.0

require (
	github.com/10ex/assets v0.0.0
	github.com/secure-systems-lab/go-securesystemslib v0.11.1
)

require (
	github.com/gabriel-vasile/mimetype v1.4.16 // indirect
	github.com/go-json-experiment/json v1.27.2 // indirect
	golang.org/x/crypto v0.55.0 // indirect
	golang.org/x/image v0.47.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/10ex/assets => ../../..
