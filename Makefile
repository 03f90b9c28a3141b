# What can be done here; `make` alone lists it. Everything that is needed beyond git,
# make, node 20 and npm 11 or 12 is brought by the first target that needs it.

BUN := node_modules/bun/bin/bun.exe
INSTALLED := node_modules/.glockd-installed

# This machine as builds/build.ts calls it: linux-x64, linux-arm64-musl, darwin-arm64.
HOST := $(shell uname -sm | tr 'A-Z ' 'a-z-' | sed 's/x86_64/x64/; s/amd64/x64/; s/aarch64/arm64/')
ifneq ($(findstring musl,$(shell ldd --version 2>&1)),)
HOST := $(HOST)-musl
endif
BINARY := builds/$(HOST)/glockd

# Directories too: a file that is gone changes the binary as well.
SOURCES := package.json package-lock.json builds/build.ts $(shell find src)

# Handed on: make run FLAGS="-verbose", make test TESTS=test/flags.test.ts
FLAGS ?=
TESTS ?=

.DEFAULT_GOAL := help
.PHONY: help run test build builds packages man library check format bench docs clean FORCE

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Without FLAGS it is known where that is.
SUGGEST = printf '%s\n' \
		'glockd serves TCP on 9999, and HTTP and WebSocket on 9998. In another terminal:'; \
	printf '    %-49s  %s\n' \
		"printf 'g foo\ni foo\n' | nc -N 127.0.0.1 9999" 'gets the lock foo and looks at it' \
		'$(BINARY) test' 'exercises the server' \
		'$(BINARY) -help' 'lists the flags'

run: build ## Serve on ports 9999 (TCP) and 9998 (web); FLAGS="..." changes that
	@$(if $(FLAGS),,$(SUGGEST))
	@echo 'Ctrl-C stops it.'
	@exec $(BINARY) $(FLAGS)

test: build library ## Run the tests; the last line counts them; TESTS="..." picks some
	@$(BUN) test/run/run.ts $(TESTS)

build: $(BINARY) ## Compile this machine's binary, builds/<os>-<arch>/glockd

$(BINARY): $(INSTALLED) $(SOURCES) builds/.commit
	@$(BUN) builds/build.ts $(HOST)

builds: $(INSTALLED) ## Compile all targets and builds/SHA256SUMS (see builds/README.md)
	@$(BUN) builds/build.ts --all

packages: builds ## Pack all of it: .deb, .tar.gz, a Homebrew formula, into builds/packages/
	@$(BUN) builds/packages.ts

man: $(INSTALLED) ## Write the manual page, builds/packages/glockd.1
	@$(BUN) builds/man.ts builds/packages/glockd.1

library: dist/client/index.js ## Build the client library for Node and Bun, dist/

dist/client/index.js: $(INSTALLED) $(SOURCES) builds/library.ts tsconfig.json tsconfig.library.json
	@$(BUN) builds/library.ts

check: $(INSTALLED) ## Check format, lint and types
	@node_modules/.bin/oxfmt --check .
	@node_modules/.bin/oxlint --deny-warnings
	@node_modules/.bin/tsc --noEmit

format: $(INSTALLED) ## Format all files
	@node_modules/.bin/oxfmt .

bench: build ## Measure against the peers that are installed; FLAGS="..." are handed on
	@$(BUN) test/bench/bench.ts $(FLAGS)

docs: $(INSTALLED) ## Write the README's tables of commands and flags from the code
	@$(BUN) test/tidy/documents.ts

clean: ## Remove what was built
	@rm -rf builds/*/ builds/SHA256SUMS builds/.commit dist

# npm 12 does not run bun's install script, and its postinstall may be switched off
# elsewhere: then it is run here, once, as every run downloads again. Bun is a
# devDependency, which NODE_ENV=production would leave out.
$(INSTALLED): package.json package-lock.json
	@npm ci --include=dev --no-audit --no-fund --loglevel=error
	@$(BUN) --version >/dev/null 2>&1 || node node_modules/bun/install.js
	@$(BUN) --version >/dev/null || \
		{ echo 'Bun could not be installed: see what npm says above' >&2; exit 1; }
	@touch $@

# The commit is part of the binary; this file changes only when the commit does.
builds/.commit: FORCE
	@{ git rev-parse HEAD; git diff --quiet HEAD || echo changed; } >$@.new 2>/dev/null || true
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
