#!/usr/bin/env bash
# What `cargo xtask new-vendor` promises: in a copy of this workspace it writes
# vendors that compile and pass their tests, one paged by number and one by
# token, each for 8 added lines in 4 files that were there before. Both are
# compiled and tested at once, which takes little more than one. Set
# CARGO_TARGET_DIR to share what is built with others.
#
#   tests/new_vendor.sh            proves it
#   tests/new_vendor.sh --record   rewrites the skeleton's snapshots as well
set -euo pipefail
workspace=$(cd "$(dirname "$0")/.." && pwd)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$workspace/target}
by_page=brightcall
by_token=quickdial
# Always the same place, so that another run builds only what has changed.
copy=$CARGO_TARGET_DIR/new_vendor
rm -rf "$copy"
mkdir -p "$copy"
trap 'rm -rf "$copy"' EXIT
export INSTA_UPDATE=no INSTA_WORKSPACE_ROOT=$copy

cd "$workspace"
git ls-files --cached --others --exclude-standard -z \
  | while IFS= read -r -d '' file; do if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi; done \
  | tar --null --files-from=- --create | tar --extract --directory "$copy"
cd "$copy"
git init --quiet
git add --all
git -c user.name=test -c user.email=test@localhost commit --quiet --message "before"

write() {
  cargo xtask new-vendor "$@" --apply
  # Cargo.lock is rewritten by each build.
  git diff --numstat -- . ':!*Cargo.lock' | awk '
    { print; lines += $1 + $2; files += 1 }
    END {
      printf "%d lines in %d files that were there before\n", lines, files
      exit !(lines > 0 && lines <= 8 && files <= 4)
    }' || { echo "more than 8 lines in 4 files"; exit 1; }
  git add --all
}
write "$by_page"
if cargo xtask new-vendor "$by_page" --apply; then
  echo "a vendor is written twice"
  exit 1
fi
write "$by_token" --paging token

cargo fmt --all --check
cargo xtask lint "$by_page" "$by_token"
cargo xtask codegen --check "$by_page" "$by_token"
if [ "${1:-}" = --record ]; then
  INSTA_UPDATE=always cargo test --quiet --package callfold-tests --test conformance -- each_exchange
  for snapshot in "tests/snapshots/$by_page"/*.snap; do
    printf '=== %s\n' "$(basename "$snapshot" .snap)"
    cat "$snapshot"
  done | sed -e "s/$by_page/{{name}}/g" \
    -e 's/^ *"page=1",$/{{if page}}\n&\n{{if offset}}\n        "offset=0",\n{{end}}/' \
    > "$workspace/xtask/skeleton/snapshots.in"
fi
cargo test --quiet --package callfold-tests --test conformance -- \
  architecture:: exchange:: readme:: specs:: wire:: \
  "mutations::each_operation_survives::$by_page" "mutations::each_operation_survives::$by_token"
cargo test --quiet --package callfold-tests --lib -- \
  "page_holds::$by_page" "page_holds::$by_token" every_target
# Not what asks other vendors by their names, or none (`histories`, `explain`,
# `invalid_checkpoints`), nor what takes minutes and says more of the reader than of a vendor
# (`moving`, `random`, `resume`).
cargo test --quiet --package "callfold-$by_page" --package "callfold-$by_token" \
  --package callfold-sandbox --package callfold-unify \
  --package callfold-reader --all-features \
  -- --skip histories:: --skip explain:: --skip invalid_checkpoints:: --skip moving:: \
  --skip random:: --skip resume::
for package in unify reader; do
  cargo check --quiet --package "callfold-$package" --no-default-features --features "$by_token"
done
cargo clippy --quiet --package "callfold-$by_page" --package "callfold-$by_token" \
  --package callfold-sandbox --package callfold-unify \
  --package callfold-reader --package callfold-tests --all-targets --all-features -- -D warnings
