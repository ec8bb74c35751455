#!/usr/bin/env bash
# Checks training on a GPU against training on the CPU, and times both: about 5 minutes on MovieLens-100K.
#
#   benchmarks/gpu.sh            compares cuda with cpu
#   benchmarks/gpu.sh cpu        compares cpu with itself, to try the script without a GPU
set -euo pipefail
cd "$(dirname "$0")/.."
home=$(mktemp -d)
trap 'pipeline down --home "$home" >/dev/null 2>&1 || true; rm -rf "$home"' EXIT
export PATH="$PWD/.venv/bin:$PATH"
pipeline up --home "$home" --bolt-port 27687 --http-port 27474
pipeline load-kg --dataset ml-100k --home "$home"
pipeline enrich --home "$home"
python -m benchmarks.devices --home "$home" --device "${1:-cuda}"
