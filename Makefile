GO       ?= go
# A count, not a time: go test may report the end of its own time as a failure of the target.
FUZZTIME ?= 30000x
LINT     := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULN     := golang.org/x/vuln/cmd/govulncheck@v1.1.4
# Every module of the repository but those with commands of their own: see browser, chaos and consumer.
MODULES  := . examples bench
ALL      := $(MODULES) internal/browsertest internal/chaos internal/testdata/consumer .ci/modulezip

# A release of the oldest Go that is supported, and what the SDK has to compile for; 386 is also tested, for its int has 32 bits.
OLDEST   := go1.25.5
TARGETS  := linux/arm64 linux/386 darwin/arm64 windows/amd64 js/wasm

.PHONY: test race vet lint fuzz bench cover interop browser chaos tidy demo ci api consumer served oldest cross vulnerabilities

# Runs every test of these modules.
test:
	@set -e; for m in $(MODULES); do (set -x; $(GO) test -C $$m ./...); done

race:
	@set -e; for m in $(MODULES); do (set -x; $(GO) test -C $$m -race ./...); done

# Vets and builds every module, each example included.
vet:
	@set -e; for m in $(ALL); do (set -x; $(GO) vet -C $$m ./... && $(GO) build -C $$m -o /dev/null ./...); done

# Installs the pinned linter under bin/ and runs it over every module.
lint: bin/golangci-lint
	@set -e; for m in $(ALL); do (set -x; cd $$m && $(CURDIR)/bin/golangci-lint run ./...); done

bin/golangci-lint: Makefile
	GOBIN=$(CURDIR)/bin $(GO) install $(LINT)
	@touch $@

# Runs each fuzz target for FUZZTIME.
fuzz:
	@GO=$(GO) FUZZTIME=$(FUZZTIME) .ci/fuzz

# Compares the SDK's calls with the same calls made by hand. FORM=-short measures fewer pairs.
bench:
	$(GO) run -C bench . $(FORM)

# Prints the coverage of the root package, the internal ones, whatspietest and pairweb, and fails below 95 %.
cover:
	@GO=$(GO) .ci/cover

# Draws codes of independent encoders and reads them back with zbarimg.
interop:
	internal/qrimage/interop/setup.sh
	$(GO) test -count=1 -tags interop -run Interop -v ./internal/qrimage

# Drives the pairing page in headless Chromium.
browser:
	internal/browsertest/setup.sh
	$(GO) test -C internal/browsertest -count=1 -parallel 4 ./...

# Lets the SDK work over a network that fails in every way, and prints what became of it. FORM=-short does a little of
# everything.
chaos:
	$(GO) run -C internal/chaos -race . $(FORM)
	$(GO) test -C internal/chaos -count=1 -v .

# Shows what a change does to the public surface, and to those who use the last tag; UPDATE=-update writes it down anew.
api:
	$(GO) test -count=1 -run TestPublicSurface ./internal/doctest $(if $(UPDATE),-args $(UPDATE))
	GO=$(GO) .ci/compatibility

# Builds and tests a program that imports the public surface alone.
consumer:
	$(GO) vet -C internal/testdata/consumer ./...
	$(GO) test -C internal/testdata/consumer ./...

# Installs the commands from a Go proxy, then vets and tests the module as it was served, without its nested modules.
served:
	GO=$(GO) .ci/module

# Runs the tests with the oldest Go that is supported.
oldest:
	@set -e; for m in $(MODULES); do (set -x; GOTOOLCHAIN=$(OLDEST) $(GO) test -C $$m ./...); done

# Compiles for other machines, and tests with 32 bits where this one can run that.
cross:
	@set -e; for t in $(TARGETS); do (set -x; CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} $(GO) build ./...); done
	@case $$($(GO) env GOHOSTOS GOHOSTARCH | tr '\n' '/') in \
	linux/amd64/) set -x; CGO_ENABLED=0 GOARCH=386 $(GO) test ./...;; \
	esac

# Looks for known vulnerabilities in what is called. It asks vuln.go.dev, so the gate leaves it out.
vulnerabilities:
	@set -e; for m in $(ALL); do (set -x; $(GO) run -C $$m $(VULN) ./...); done

# Fails where a go.mod or go.sum is not what its sources ask for.
tidy:
	@set -e; for m in $(ALL); do (set -x; $(GO) -C $$m mod tidy -diff); done

# Runs the demo as a new user would.
demo:
	$(GO) run -C examples ./pair

ci:
	.ci/run
