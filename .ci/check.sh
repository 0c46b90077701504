#!/usr/bin/env bash
# Format, clippy for both targets, licences and sources of dependencies, links in the docs.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$HOME/.cargo/bin:$PATH"
cargo fmt --check
cargo clippy --quiet --all-targets -- -D warnings
cargo clippy --quiet --target wasm32-unknown-unknown --features web --bin app --lib -- -D warnings
# The half of src/app/shell/pieces.rs that only a release build compiles; other flags, so a folder of its own.
RUSTFLAGS="--cfg split --cfg erase_components" CARGO_TARGET_DIR=target/split \
  cargo clippy --quiet --target wasm32-unknown-unknown --features web --bin app -- -D warnings
node .ci/links.mjs README.md ARCHITECTURE.md CHANGELOG.md
if ! command -v cargo-deny >/dev/null; then
  echo "tools: building cargo-deny (once)" >&2
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
    cargo install -q --locked cargo-deny
fi
cargo deny --log-level error check bans licenses sources
