#!/usr/bin/env bash
# Checks the pages of `callfold report` in Chromium, see report_check.mjs. Takes the program, and a
# directory with node_modules; both are made without them. CHROMIUM names the browser, and SHOTS a
# directory that keeps the screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-}
if [ -z "$program" ]; then
  cargo build --quiet --package callfold
  program=${CARGO_TARGET_DIR:-target}/debug/callfold
fi
program=$(realpath "$program")
scratch=$(mktemp -d)
. tests/sandbox.sh
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox"; rm -rf "$scratch"' EXIT
modules=${2:-}
if [ -z "$modules" ]; then
  modules=$scratch/modules
  mkdir "$modules"
  npm install --silent --no-audit --no-fund --prefix "$modules" puppeteer-core axe-core > /dev/null
fi
serve "$program" "$scratch" --records "${RECORDS:-120}"
(cd "$scratch" && "$program" --quiet sync calls.sqlite --detail full)
shots=${SHOTS:-$scratch}
[ "$shots" = "$scratch" ] || { mkdir -p "$shots"; cp "$scratch/calls.sqlite" "$shots"; }
node tests/report_check.mjs "$program" "$modules" "$shots"
