#!/usr/bin/env bash
# Runs callfold under engines that are not ours: as an Airbyte source under PyAirbyte, whose models
# must parse every line, as a Singer tap before the targets of PyPI, as parts in several processes,
# and the recipes of docs/engines.md. Installs these programs into a temporary directory.
# target-postgres runs where CALLFOLD_TEST_POSTGRES names a server (see tests/postgres.sh), and
# Spark's recipe where SPARK_PYTHON names a Python with pyspark.
# Usage: tests/engines.sh PROGRAM
set -euo pipefail
program=$(realpath "${1:?usage: tests/engines.sh PROGRAM}")
tests=$(dirname "$(realpath "$0")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/uv"
"$scratch/uv/bin/pip" install --quiet --disable-pip-version-check uv
# Each in an environment of its own, as their requirements exclude each other.
environment() {
  "$scratch/uv/bin/uv" venv --quiet --python "$(command -v python3)" "$scratch/$1"
  "$scratch/uv/bin/uv" pip install --quiet --python "$scratch/$1/bin/python" "${@:2}"
}
environment airbyte 'airbyte>=0.30' jsonschema
environment singer meltanolabs-target-csv meltanolabs-target-postgres
environment dlt 'dlt[duckdb]'
mkdir "$scratch/work"
cd "$scratch/work"
"$scratch/airbyte/bin/python" -W ignore "$tests/engines_check.py" "$program" \
  --singer "$scratch/singer/bin" --dlt "$scratch/dlt/bin/python" \
  ${SPARK_PYTHON:+--spark "$SPARK_PYTHON"}
