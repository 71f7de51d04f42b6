#!/bin/sh
# A packaged vendor crate builds and passes its doctests, with its committed
# client and with one that it generates at build time, which is the same text:
# its package holds the spec itself, not a link out of it.
#
#   tests/package.sh [VENDOR]
set -eu
cd "$(dirname "$0")/.."
root=$PWD
vendor=${1:-vaani}
package=callfold-$vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target=${CARGO_TARGET_DIR:-$root/target}

# Of each crate that the package needs, the package too: nothing may lie outside.
for name in callfold-record callfold-transport callfold-codegen "$package"; do
  cargo package --quiet --package "$name" --no-verify --allow-dirty --exclude-lockfile
  archive=$(ls -t "$target/package/$name"-[0-9]*.crate | head -n 1)
  mkdir "$work/$name"
  tar -xzf "$archive" -C "$work/$name" --strip-components 1
done
test -f "$work/$package/$vendor.yaml" && test ! -L "$work/$package/$vendor.yaml"
cmp "specs/$vendor.yaml" "$work/$package/$vendor.yaml"

cp Cargo.lock "$work/$package/Cargo.lock"
cat >>"$work/$package/Cargo.toml" <<TOML

[workspace]

[patch.crates-io]
callfold-record = { path = "../callfold-record" }
callfold-transport = { path = "../callfold-transport" }
callfold-codegen = { path = "../callfold-codegen" }
TOML
cd "$work/$package"
export CARGO_TARGET_DIR=$target
out=$(cargo build --quiet --offline --features codegen --message-format json | python3 -c '
import json, sys
for message in map(json.loads, sys.stdin):
    if message["reason"] == "build-script-executed" and "/'"$package"'#" in message["package_id"]:
        print(message["out_dir"])')
for file in types client; do
  cmp "$out/$file.rs" "$root/crates/clients/$vendor/src/$file.rs"
done
cargo test --quiet --offline --features codegen
cargo test --quiet --offline --doc
echo "$package: the packaged crate generates the committed client"
