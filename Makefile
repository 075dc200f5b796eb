# make help lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The packages to work on: make test PKG=./approval/...
PKG ?= ./...
# How long each fuzz target runs.
FUZZTIME ?= 30s
# How often make crash kills the server on each pair of back ends.
KILLS ?= 1000
# How long make soak lasts.
SOAK ?= 10m

GOLANGCI_VERSION := v2.15.0
GOFUMPT_VERSION := v0.10.0
GOLANGCI := .tools/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
GOFUMPT := .tools/gofumpt-$(GOFUMPT_VERSION)/gofumpt

# Runs tests that measure, and benchmarks that fail above their limit.
QUIET := ASSETS_TEST_TOOLS=1 ASSETS_TEST_QUIET=1 go test -count=1

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Compile everything but the tests
	@scripts/each-module go build ./...

.PHONY: test
test: test-servers ## Run every test, the volume tests without the race detector
	@scripts/test $(PKG)

.PHONY: test-all
test-all: ## Run test with uploads of up to 6 GiB, long runs and PostgreSQL 16 and 17, then test-quiet and bench-lists
	@ASSETS_TEST_ALL=1 $(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory test-quiet
	@$(MAKE) --no-print-directory bench-lists

.PHONY: test-quiet
test-quiet: test-servers ## Judge times and costs; nothing else may run on the machine
	$(QUIET) ./internal/testing/following -run '^TestVolumeFollowers|^TestVolumeStream' -v
	$(QUIET) ./internal/testing/reviewpage -run '^TestVolumeDecidedByKeyboard$$' -v
	$(QUIET) ./internal/testing/races -run '^TestVolumeLongHistoryHOS07$$' -v
	cd internal/testing/e2e && ASSETS_TEST_TOOLS=1 ASSETS_TEST_ALL=1 go test . -run '^TestVolume(Hostile(Markdown|Images|Searches|Exports)|LargeAnswers|TenExports|LongHistory|JunkVersions)$$' -count=1 -timeout 0 -v -args -wait 1s
	$(QUIET) ./internal/testing/lists -run '^TestVolumeQueue$$' -v
	$(QUIET) ./internal/testing/following -run '^$$' -bench '^BenchmarkNumbering$$' -benchtime 10x
	$(QUIET) ./attest -run '^$$' -bench '^BenchmarkApprove$$' -benchtime 500x
	$(QUIET) ./export -run '^$$' -bench '^BenchmarkCreate$$/^10000-attested$$' -benchtime 5x

# Without the programs that they need, tests are skipped. Here they must run, so
# missing programs are installed.
.PHONY: test-servers
test-servers:
	@scripts/test-servers

.PHONY: screenshots
screenshots: test-servers ## Write pictures of previews and of the review page to screenshots/
	@mkdir -p screenshots/review
	ASSETS_TEST_TOOLS=1 ASSETS_TEST_SHOTS=$(abspath screenshots) go test ./internal/testing/previews -run EveryKind -count=1 -timeout 60m
	ASSETS_TEST_TOOLS=1 ASSETS_TEST_SHOTS=$(abspath screenshots/review) go test ./internal/testing/reviewpage -run EveryState -count=1 -timeout 60m

.PHONY: lint
lint: $(GOLANGCI) $(GOFUMPT) ## Check style and common mistakes
	@scripts/lint $(GOLANGCI)
	@unformatted=$$($(GOFUMPT) -l .); if [[ -n $$unformatted ]]; then echo "run gofumpt -w on:" $$unformatted; exit 1; fi
	@scripts/lint-openapi

.PHONY: openapi
openapi: ## Write docs/openapi.json
	go test ./httpx -run '^TestOpenAPIFileIsUpToDate$$' -update

.PHONY: fmt
fmt: $(GOFUMPT) ## Format the source
	$(GOFUMPT) -w .

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME
	@FUZZTIME=$(FUZZTIME) scripts/fuzz $(PKG)

.PHONY: crash
crash: test-servers ## Kill the server KILLS times on each back end
	cd internal/testing/e2e && ASSETS_TEST_TOOLS=1 go test . -run CRA01 -count=1 -timeout 0 -v -args -kills $(KILLS)

.PHONY: soak
soak: test-servers ## For SOAK each: use examples/cloud while parts are killed; attack a server
	cd examples/cloud && ASSETS_TEST_TOOLS=1 go test . -run Soak -count=1 -timeout 0 -v -args -soak $(SOAK)
	cd internal/testing/e2e && ASSETS_TEST_TOOLS=1 ASSETS_TEST_ALL=1 go test . -run AttacksAtOnce -count=1 -timeout 0 -v -args -attack $(SOAK) -wait 1s

.PHONY: cover
cover: ## Run the tests and print their coverage
	go test -coverpkg=./... -coverprofile=cover.out $(PKG)
	go tool cover -func=cover.out | tail -1

.PHONY: bench
bench: test-servers ## Compare operations with their floors; flags in BENCH, see docs/performance.md
	rm -f bench.json
	ASSETS_TEST_TOOLS=1 go test -run '^$$' -bench '^BenchmarkOperations$$' -benchtime 1x -timeout 0 ./internal/testing/bench -args -report $(abspath bench.json) $(BENCH)

.PHONY: bench-code
bench-code: ## Run the benchmarks of single functions
	go test -run '^$$' -bench . -skip '^Benchmark(Lists|Operations)$$' -benchmem $(PKG)

.PHONY: bench-lists
bench-lists: test-servers ## Compare lists among 1,000,000 assets and among 10,000
	ASSETS_TEST_ALL=1 go test -p 1 -run '^$$' -bench '^BenchmarkLists$$' -benchtime 1x -timeout 60m ./store/sqlite ./store/postgres

.PHONY: host-size
host-size: ## Print the size of the smallest useful host
	@scripts/host-size

.PHONY: dist
dist: ## Build the programs to ship, with SBOMs and licenses, into dist/
	@scripts/dist

.PHONY: release
release: ## Tag VERSION, such as v0.1.0, then build dist/ of it
	@scripts/release $(VERSION)
	@scripts/dist

.PHONY: clean
clean: ## Remove what the targets created, also the tools
	rm -rf .tools screenshots dist cover.out bench.json

$(GOLANGCI):
	GOBIN=$(abspath $(@D)) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

$(GOFUMPT):
	GOBIN=$(abspath $(@D)) go install mvdan.cc/gofumpt@$(GOFUMPT_VERSION)
