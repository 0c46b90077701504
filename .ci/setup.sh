#!/usr/bin/env bash
# Installs what is missing and says how long it took. Every step is skipped when its result is there.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$HOME/.cargo/bin:$PATH"

TRUNK_VERSION=0.21.14
SPLIT_VERSION=0.2.4
# Must equal the `wasm-bindgen` of Cargo.toml to the last digit.
BINDGEN_VERSION=$(sed -n 's/^wasm-bindgen = .*"=\([0-9.]*\)".*/\1/p' Cargo.toml)

say() { printf '%s\n' "tools: $*" >&2; }
started=$SECONDS

need() { command -v "$1" >/dev/null 2>&1 || { say "$1 is missing: $2"; exit 1; }; }
need rustup "install Rust with rustup"
need node "install Node.js 20 or newer"

if ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
  say "adding the wasm32 target"
  rustup target add wasm32-unknown-unknown
fi

# The release build makes its own standard library (Makefile, "build").
toolchain=$(cat .ci/toolchain)
if ! rustup toolchain list | grep -q "^$toolchain-" ||
   ! rustup component list --installed --toolchain "$toolchain" | grep -qx rust-src ||
   ! rustup target list --installed --toolchain "$toolchain" | grep -qx wasm32-unknown-unknown; then
  say "adding Rust $toolchain with the source of its standard library"
  rustup toolchain install "$toolchain" --profile minimal --component rust-src --target wasm32-unknown-unknown
fi

packages=()
[ -x /usr/bin/chromium ] || packages+=(chromium)
[ -x /usr/bin/chromedriver ] || packages+=(chromium-driver)
[ -x /usr/bin/prometheus ] || packages+=(prometheus)
[ -x /usr/bin/victoria-metrics ] || packages+=(victoria-metrics)
dpkg -s fonts-noto-cjk >/dev/null 2>&1 || packages+=(fonts-noto-cjk)
command -v pdftoppm >/dev/null 2>&1 || packages+=(poppler-utils)
if [ ${#packages[@]} -gt 0 ]; then
  say "installing Debian packages: ${packages[*]}"
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -q >/dev/null
  # policy: no service of theirs may start (prometheus would take its port).
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $sudo apt-get install -y -q --no-install-recommends "${packages[@]}" >/dev/null
fi

# Build tools: how fast they run matters little, how fast they compile matters a lot.
fast=(env CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=true)
if [ "$(trunk --version 2>/dev/null)" != "trunk $TRUNK_VERSION" ]; then
  say "building trunk $TRUNK_VERSION (about 4 CPU-minutes)"
  "${fast[@]}" CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install -q --locked "trunk@$TRUNK_VERSION" --no-default-features --features rustls
fi
if [ "$(wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $BINDGEN_VERSION" ]; then
  say "building wasm-bindgen-cli $BINDGEN_VERSION (about 3 CPU-minutes)"
  "${fast[@]}" CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install -q "wasm-bindgen-cli@$BINDGEN_VERSION"
fi
if ! cargo install --list | grep -q "^wasm_split_cli_support v$SPLIT_VERSION:" || ! command -v wasm-split-cli >/dev/null 2>&1; then
  say "building wasm-split-cli $SPLIT_VERSION (about a CPU-minute)"
  "${fast[@]}" CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install -q --locked "wasm_split_cli_support@$SPLIT_VERSION" --features build-binary
fi

# Trunk builds without network: what it compiles must be there, the standard library's own crates too.
cargo fetch --quiet --locked
RUSTUP_TOOLCHAIN=$toolchain RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort \
  cargo fetch --quiet --locked --target wasm32-unknown-unknown

if ! cmp -s package-lock.json node_modules/.installed-lock 2>/dev/null; then
  say "installing npm packages"
  npm ci --silent
  cp package-lock.json node_modules/.installed-lock
fi
say "ready after $((SECONDS - started)) s"
