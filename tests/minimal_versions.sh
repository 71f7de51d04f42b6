#!/usr/bin/env bash
# The vendor crates, and what they are built on, compile with the oldest version of each direct
# dependency that their manifests allow. Resolves in a copy; the lock file here stays as it is.
# Usage: tests/minimal_versions.sh
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
copy=$CARGO_TARGET_DIR/minimal_versions
rm -rf "$copy"
mkdir -p "$copy/crates"
trap 'rm -rf "$copy"' EXIT
cp -rL crates/clients crates/codegen crates/record crates/test-support crates/transport "$copy/crates/"
python3 - > "$copy/Cargo.toml" <<'PYTHON'
import pathlib, re
text = pathlib.Path("Cargo.toml").read_text()
members = '["crates/clients/*", "crates/codegen", "crates/record", "crates/test-support", "crates/transport"]'
text = re.sub(r"^members = \[.*?^\]", f"members = {members}", text, flags=re.M | re.S)
print(re.sub(r"^(default-members|exclude) = .*\n", "", text, flags=re.M))
PYTHON
cd "$copy"
# Stable Rust hides the option.
RUSTC_BOOTSTRAP=1 cargo update --quiet -Z direct-minimal-versions
clients=()
for client in crates/clients/*/; do
  clients+=(--package "callfold-$(basename "$client")")
done
cargo check --quiet --locked "${clients[@]}"
echo "${#clients[@]}" | awk '{ print $1 / 2, "vendor crates build with the oldest versions" }'
