#!/usr/bin/env bash
# Streams some 500,000 calls of the sandbox to /dev/null and fails when callfold
# needed 100 MB or more. Takes the program to measure; builds it without one.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-}
if [ -z "$program" ]; then
  cargo build --quiet --profile dist --package callfold
  program=${CARGO_TARGET_DIR:-target}/dist/callfold
fi
program=$(realpath "$program")
vendors=$(ls specs/*.yaml | wc -l)
records=${RECORDS:-$((500000 / vendors))}
scratch=$(mktemp -d)
. tests/sandbox.sh
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox"; rm -rf "$scratch"' EXIT
serve "$program" "$scratch" --records "$records"

python3 - "$program" "$scratch" "$records" "$vendors" <<'PYTHON'
import resource, subprocess, sys, time
program, scratch, records, vendors = sys.argv[1:]
begin = time.monotonic()
run = subprocess.run([program, "list", "--order", "read", "--output", "jsonl"],
                     cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
seconds = time.monotonic() - begin
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = usage.ru_maxrss / 1024
print(run.stderr, end="")
print(f"{int(vendors) * int(records)} calls in {seconds:.1f} s, {usage.ru_utime + usage.ru_stime:.1f} s of CPU, peak {peak:.0f} MB")
matched = run.stderr.count(f"{int(records):,} matched, {int(records):,} read")
sys.exit(0 if run.returncode == 0 and matched == int(vendors) and peak < 100 else 1)
PYTHON
