# make run and make test do all of their own set-up: Go and make are enough.
.PHONY: run build test check bench fmt fuzz golden help

BIN := .build/sockplay
GO  ?= go

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: build ## build sockplay and start the prompt
	@$(BIN)

build: ## build sockplay into .build
	@mkdir -p .build
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/sockplay

test: ## all tests, with the race detector where there is a C compiler
	@GO="$(GO)" sh .ci/test.sh

check: ## formatting, vet, staticcheck, cross builds
	@GO="$(GO)" sh .ci/check.sh

bench: build ## the figures of docs/performance.md
	@GO="$(GO)" sh .ci/bench.sh

fmt: ## format the code
	gofmt -w .

golden: ## rewrite the files that tests compare with
	$(GO) test -short ./lessons/progress ./lessons/scenes ./tracer/anatomy ./tracer/beside ./tracer/calls ./tracer/diagram ./tracer/ladder ./tracer/plot ./tracer/prose ./tracer/space ./tracer/table ./sandbox/command ./sandbox/netstack -update
	$(GO) test ./cmd/sockplay -run 'TestScreens$$' -update

fuzz: ## fuzz each parser for a minute
	@GO="$(GO)" sh .ci/fuzz.sh
