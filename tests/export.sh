#!/usr/bin/env bash
# Exports the sandbox's calls in every format, to partitioned sets and to a local
# server that speaks S3, and lets other programs read them back; holds the vCon of
# each kind of call to its schema; runs the snippets of docs/formats.md, and the
# queries of docs/ on calls whose answers are known; and holds the memory of
# 200,000 calls to Parquet. Takes the program, and a Python with what
# is installed below; without one it makes such a Python in a temporary directory.
# Spark's snippet is run where that Python has pyspark, which needs Java.
# Usage: tests/export.sh PROGRAM [PYTHON]
set -euo pipefail
program=$(realpath "${1:?usage: tests/export.sh PROGRAM [PYTHON]}")
python=${2:-}
tests=$(dirname "$(realpath "$0")")
. "$tests/sandbox.sh"
scratch=$(mktemp -d)
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox"; rm -rf "$scratch"' EXIT
if [ -z "$python" ]; then
  python3 -m venv "$scratch/venv"
  "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check \
    pyarrow duckdb pandas zstandard 'jsonschema[format]' 'moto[server]'
  python=$scratch/venv/bin/python
fi

# Every format with all details, beside what is true.
mkdir "$scratch/formats" "$scratch/checks"
cd "$scratch/formats"
serve "$program" . --records 200
"$python" -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' \
  "$(grep -o 'http://[0-9.:]*' sandbox.err)/_truth" > truth.jsonl
for name in calls.jsonl calls.jsonl.gz calls.jsonl.zst calls.csv calls.csv.gz calls.parquet \
  calls.vcon.jsonl calls.vcon.jsonl.gz; do
  "$program" --quiet export --to "$name" --detail full
done
"$program" --quiet export --to calls/ --partition vendor,date --detail full
mkdir vcons
"$program" --quiet export --to vcons/ --format vcon --detail full
kill "$sandbox"
sandbox=
"$python" "$tests/formats_check.py" . truth.jsonl
kinds=(duckdb pandas pyarrow python)
! "$python" -c 'import pyspark' 2> /dev/null || kinds+=(pyspark)
"$python" "$tests/docs_snippets.py" . "${kinds[@]}"

cd "$scratch/checks"
"$python" "$tests/export_check.py" "$program"
mkdir "$scratch/vcons"
cd "$scratch/vcons"
"$python" "$tests/vcon_check.py" "$program"
mkdir "$scratch/questions"
cd "$scratch/questions"
"$tests/postgres.sh" "$python" "$tests/questions_check.py" "$program"
