#!/usr/bin/env bash
# Compares the public items of each published library with those of the last release by
# cargo-semver-checks: a change that breaks a dependent needs a version that says so. The baseline is
# the newest tag v*, or, before the first release, the commit below. Until then a change may break
# what nobody depends on yet: it moves the commit.
# Usage: tests/semver.sh
set -euo pipefail
cd "$(dirname "$0")/.."
before_release=d55092b87bde001201f80764dc530f24f90f4686
baseline=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2> /dev/null || echo "$before_release")
command -v cargo-semver-checks > /dev/null || { echo "tests/semver.sh needs cargo-semver-checks" >&2; exit 1; }
workspace=$PWD
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
scratch=$(mktemp -d)
trap 'git worktree remove --force "$scratch/baseline" 2> /dev/null || true; rm -rf "$scratch"' EXIT
git worktree add --quiet --detach "$scratch/baseline" "$baseline"

# Only rustdoc sees the variable, so that no dependency is built again for it.
cat > "$scratch/rustdoc" <<'SHELL'
#!/bin/sh
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
SHELL
chmod +x "$scratch/rustdoc"
packages=()
for manifest in crates/*/Cargo.toml crates/clients/*/Cargo.toml; do
  name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -n 1)
  # The library of the program is for the program and its tests.
  grep --quiet '^publish = false' "$manifest" || [ "$name" = callfold ] || packages+=("$name")
done

describe() {
  cd "$1"
  local selection=()
  for package in "${packages[@]}"; do selection+=(--package "$package"); done
  RUSTDOC=$scratch/rustdoc RUSTDOCFLAGS="-Z unstable-options --output-format json --document-hidden-items --cap-lints allow" \
    cargo doc --quiet --no-deps --lib --all-features "${selection[@]}"
  mkdir "$2"
  for package in "${packages[@]}"; do mv "$CARGO_TARGET_DIR/doc/${package//-/_}.json" "$2/"; done
}
(describe "$workspace" "$scratch/now")
(describe "$scratch/baseline" "$scratch/before")
for package in "${packages[@]}"; do
  cargo semver-checks --baseline-rustdoc "$scratch/before/${package//-/_}.json" \
    --current-rustdoc "$scratch/now/${package//-/_}.json" > "$scratch/log" 2>&1 || { cat "$scratch/log"; failed=1; }
done
[ -z "${failed:-}" ] || { echo "$package or one above breaks dependents of $baseline" >&2; exit 1; }
echo "${#packages[@]} libraries break no dependent of $baseline"
