#!/usr/bin/env bash
# A real Prometheus that scrapes the simulated factory and serves the app itself, on 127.0.0.1 only.
# Stops everything on exit. DEMO_PORT and FACTORY_PORT choose the ports, DEMO_LINK the plan to
# simulate, DEMO_FAULTS faults at the start (e.g. "dead:sn-2/7@60 throttle:sn-3@2m").
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$HOME/.cargo/bin:$PATH"

say() { printf 'demo: %s\n' "$*"; }
free_port() { # the port wanted, or the next free one
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}
wait_for() { # a name, a URL, the process that serves it
  for _ in $(seq 150); do
    curl -fs -o /dev/null --max-time 2 "$2" && return
    kill -0 "$3" 2>/dev/null || { say "$1 has stopped; its last words:"; tail -5 "$work/$1.log"; exit 1; }
    sleep 0.2
  done
  say "$1 does not answer at $2"
  exit 1
}

[ -f dist/index.html ] || { say "there is no dist/: run make build first"; exit 1; }
command -v prometheus >/dev/null || { say "prometheus is missing: run make tools"; exit 1; }
command -v curl >/dev/null || { say "curl is missing: install it"; exit 1; }
cargo build --quiet --bin tfp

work=$(mktemp -d)
pids=()
finish() {
  trap - EXIT INT TERM HUP
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
  say "stopped"
}
trap finish EXIT
trap 'exit 0' INT TERM HUP

factory=$(free_port "${FACTORY_PORT:-9400}")
port=$(free_port "${DEMO_PORT:-9090}")

arguments=(--listen "127.0.0.1:$factory" --link "${DEMO_LINK:-#v=1}")
for fault in ${DEMO_FAULTS:-}; do arguments+=(--fault "$fault"); done
target/debug/tfp factory "${arguments[@]}" >"$work/factory.log" 2>&1 &
pids+=($!)
wait_for factory "http://127.0.0.1:$factory/fault" "${pids[-1]}"

cat >"$work/prometheus.yml" <<YAML
global:
  scrape_interval: 5s
  scrape_timeout: 4s
scrape_configs:
  - job_name: factory
    http_sd_configs:
      - url: http://127.0.0.1:$factory/targets
        refresh_interval: 30s
YAML
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
  --storage.tsdb.retention.time=2d --web.listen-address="127.0.0.1:$port" \
  --web.user-assets=dist --web.cors.origin="http://127\\.0\\.0\\.1:$port" \
  --log.level=warn >"$work/prometheus.log" 2>&1 &
pids+=($!)
wait_for prometheus "http://127.0.0.1:$port/-/ready" "${pids[-1]}"

say "the app:     http://127.0.0.1:$port/user/#v=1&view=live"
say "Prometheus:  http://127.0.0.1:$port/ (the same origin: nothing to allow)"
say "the factory: http://127.0.0.1:$factory/ (simulated: 4 super-nodes of 384 cards, made up)"
say "a fault:     curl -X POST 'http://127.0.0.1:$factory/fault?set=dead:sn-2/7'"
say "             (also sick:sn-2/7, throttle:sn-3, spike, kv-full; clear=all)"
say "Ctrl-C stops everything"
# Whichever stops first ends the demonstration.
wait -n "${pids[@]}" || true
say "a part of it has stopped: $(tail -n1 "$work/prometheus.log" "$work/factory.log" 2>/dev/null | tr '\n' ' ')"
