GO       ?= go
# A count, because go test may report the end of a duration as a failure.
FUZZTIME ?= 30000x
LINT     := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULN     := golang.org/x/vuln/cmd/govulncheck@v1.1.4
# Modules that share the targets below. The others have their own targets: browser, chaos, consumer, served.
MODULES  := . examples bench
ALL      := $(MODULES) internal/browsertest internal/chaos internal/testdata/consumer .ci/modulezip

# The oldest supported Go, and the platforms that the SDK must compile for. Tests also run on 386, where int has 32 bits.
OLDEST   := go1.25.5
TARGETS  := linux/arm64 linux/386 darwin/arm64 windows/amd64 js/wasm

.PHONY: test race vet lint fuzz bench cover interop browser chaos tidy demo ci api consumer served oldest cross vulnerabilities

# Runs every test of these modules.
test:
	@set -e; for m in $(MODULES); do (set -x; $(GO) test -C $$m ./...); done

race:
	@set -e; for m in $(MODULES); do (set -x; $(GO) test -C $$m -race ./...); done

# Vets and builds every module, including each example.
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

# Compares calls of the SDK with the same calls made by hand. FORM=-short measures fewer pairs.
bench:
	$(GO) run -C bench . $(FORM)

# Prints the coverage of each package that users can build, and fails below 95 %.
cover:
	@GO=$(GO) .ci/cover

# Draws the codes of independent encoders and decodes the drawings with zbarimg.
interop:
	internal/qrimage/interop/setup.sh
	$(GO) test -count=1 -tags interop -run Interop -v ./internal/qrimage

# Drives the pairing page in headless Chromium.
browser:
	internal/browsertest/setup.sh
	$(GO) test -C internal/browsertest -count=1 -parallel 6 ./...

# Runs the SDK under network faults and against hostile servers, and prints the tables of docs/reliability.md.
# FORM=-short runs a small sample.
chaos:
	$(GO) run -C internal/chaos -race . $(FORM)
	$(GO) test -C internal/chaos -count=1 -v .

# Compares the public surface with the recorded one and with the last tag. UPDATE=-update records it.
api:
	$(GO) test -count=1 -run TestPublicSurface ./internal/doctest $(if $(UPDATE),-args $(UPDATE))
	GO=$(GO) .ci/compatibility

# Vets and tests a program that uses only the public surface.
consumer:
	$(GO) vet -C internal/testdata/consumer ./...
	$(GO) test -C internal/testdata/consumer ./...

# Installs the commands from a module proxy, then vets and tests the module as served, without its nested modules.
served:
	GO=$(GO) .ci/module

# Runs the tests with the oldest supported Go.
oldest:
	@set -e; for m in $(MODULES); do (set -x; GOTOOLCHAIN=$(OLDEST) $(GO) test -C $$m ./...); done

# Compiles for other platforms, and runs the tests on 32 bits if this machine supports it.
cross:
	@set -e; for t in $(TARGETS); do (set -x; CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} $(GO) build ./...); done
	@case $$($(GO) env GOHOSTOS GOHOSTARCH | tr '\n' '/') in \
	linux/amd64/) set -x; CGO_ENABLED=0 GOARCH=386 $(GO) test ./...;; \
	esac

# Checks for known vulnerabilities in the code that is called. make ci omits it, because it needs vuln.go.dev.
vulnerabilities:
	@set -e; for m in $(ALL); do (set -x; $(GO) run -C $$m $(VULN) ./...); done

# Fails if a go.mod or go.sum is not tidy.
tidy:
	@set -e; for m in $(ALL); do (set -x; $(GO) -C $$m mod tidy -diff); done

# Runs the demo as a new user would.
demo:
	$(GO) run -C examples ./pair

# Runs all checks that a change must pass.
ci:
	.ci/run
