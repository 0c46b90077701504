# Token Factory Planner. Two commands matter: `make serve` and `make test`; both install what is missing.
.DEFAULT_GOAL := help
SHELL := bash
export PATH := $(CURDIR)/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)
# Trunk must not try to download anything.
export TRUNK_SKIP_VERSION_CHECK := true
TRUNK := trunk --offline --skip-version-check
PORT ?= 8080

.PHONY: help tools serve dev build test test-native test-wasm test-e2e bench check demo clean

help: ## show this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

tools: ## install what is missing (idempotent; quick the second time)
	@.ci/setup.sh

# The page is built with its own copy of the standard library, made for size, in which a panic traps
# at once without a message: 7 % less to send. Both are unstable, hence the pinned toolchain. A call
# costs less than what it calls, once compressed: only what gets no larger is inlined. It is cut into
# pieces afterwards (`.ci/split.mjs`), which takes relocations.
SMALL := env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS RUSTUP_TOOLCHAIN=$(shell cat .ci/toolchain) RUSTC_BOOTSTRAP=1 \
	CARGO_UNSTABLE_BUILD_STD=std,panic_abort CARGO_UNSTABLE_BUILD_STD_FEATURES=optimize_for_size \
	CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zunstable-options -Cpanic=immediate-abort -Cllvm-args=--inline-threshold=0 --cfg split -Clink-args=--emit-relocs"

build: tools ## release build into dist/, with its transfer size
	$(SMALL) $(TRUNK) build --release
	@node .ci/finish.mjs dist

serve: build ## build, serve on 127.0.0.1:$(PORT) and print the address
	@node .ci/serve.mjs dist $(PORT)

dev: tools ## debug build, rebuilt on every change, on 127.0.0.1:8080
	$(TRUNK) serve

test: tools test-native test-wasm build test-e2e ## everything: native, wasm in Chromium, end to end
	@echo "all tests passed"

test-native: ## goldens, properties, house rules, command line
	cargo test --quiet

test-wasm: tools ## the library in headless Chromium
	@.ci/test-wasm.sh

test-e2e: ## Playwright on Debian's Chromium against the release build in dist/
	cargo build --quiet --bin tfp
	playwright test

bench: build ## speed of search and live data, natively; of the page in Chromium
	cargo bench --bench search --bench live
	cargo build --quiet --bin tfp
	playwright test --config tests/e2e/bench.config.ts

check: tools ## format, clippy (native and wasm32), licences, links in the docs
	@.ci/check.sh

demo: build ## a real Prometheus with the factory exporter, serving the app
	@.ci/demo.sh

clean:
	rm -rf dist test-results playwright-report
	cargo clean
