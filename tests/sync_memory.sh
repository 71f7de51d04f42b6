#!/usr/bin/env bash
# Syncs some 200,000 calls of the sandbox into SQLite and fails when callfold needed more
# than 90 MB and 8 MB for each source, whose pages are read ahead; a second sync must find
# nothing new. Takes the program to
# measure; builds it without one. CALLFOLD_TEST_POSTGRES names a server to
# measure as well: tests/postgres.sh tests/sync_memory.sh starts one.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-}
if [ -z "$program" ]; then
  cargo build --quiet --profile dist --package callfold
  program=${CARGO_TARGET_DIR:-target}/dist/callfold
fi
program=$(realpath "$program")
vendors=$(ls specs/*.yaml | wc -l)
records=${RECORDS:-$((200000 / vendors))}
scratch=$(mktemp -d)
. tests/sandbox.sh
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox"; rm -rf "$scratch"' EXIT
serve "$program" "$scratch" --records "$records"

python3 - "$program" "$scratch" "$records" "$vendors" <<'PYTHON'
import os, re, subprocess, sys, time
program, scratch, records, vendors = sys.argv[1:]
total, limit, failed = int(vendors) * int(records), 90 + 8 * int(vendors), False
targets = ["calls.sqlite"]
if os.environ.get("CALLFOLD_TEST_POSTGRES"):
    url = os.environ["CALLFOLD_TEST_POSTGRES"]
    subprocess.run(["psql", "--quiet", url, "-c", "DROP SCHEMA IF EXISTS memory CASCADE; CREATE SCHEMA memory"],
                   check=True, stderr=subprocess.DEVNULL)
    targets.append(url + "?options=-csearch_path%3Dmemory")
for target in targets:
    kind = "postgres" if "://" in target else "sqlite"
    for expect in (total, 0):
        begin = time.monotonic()
        run = subprocess.Popen([program, "sync", "--db", target], cwd=scratch, stderr=subprocess.PIPE, text=True)
        told = run.stderr.read()
        _, status, usage = os.wait4(run.pid, 0)
        seconds, peak = time.monotonic() - begin, usage.ru_maxrss / 1024
        new = sum(int(n.replace(",", "")) for n in re.findall(r": ([\d,]+) new", told))
        cpu = usage.ru_utime + usage.ru_stime
        print(f"{kind}: {new} new calls in {seconds:.1f} s, {cpu:.1f} s of CPU, peak {peak:.0f} MB", flush=True)
        if status != 0 or new != expect or peak >= limit:
            print(told, end="")
            failed = True
sys.exit(1 if failed else 0)
PYTHON
