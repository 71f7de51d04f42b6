#!/usr/bin/env bash
# Installs each package that `packaging/build` made, without a network, and lets each print calls of
# the sandbox: the wheel in an empty environment, the npm packages under an empty prefix, the Debian
# package (removed again), the tarball, and the root of the image with nothing writable and no
# privileges. Checks the man pages, the sizes, and that all hold the same program.
# Usage: tests/dist.sh [PACKAGES]
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$(realpath "${1:-target/packages}")
scratch=$(mktemp -d)
deb=
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
clean() {
  [ -z "$deb" ] || root dpkg --remove callfold > /dev/null
  rm -rf "$scratch"
}
trap clean EXIT
one() { [ $# = 1 ] && [ -e "$1" ] && echo "$1" || { echo "not one file: $*" >&2; return 1; }; }
fail() { echo "$*" >&2; exit 1; }

tarball=$(one "$packages"/callfold-*.tar.gz)
tar --extract --file "$tarball" --directory "$scratch"
unpacked=$scratch/$(basename "$tarball" .tar.gz)
program=$unpacked/bin/callfold

# check NAME PROGRAM...: it prints calls of all vendors, takes an error's exit code along, and is
# the same program, as far as a check can see.
mkdir "$scratch/empty"
check() {
  local name=$1 code=0
  shift
  (cd "$scratch/empty" && env --ignore-environment PATH="$PATH" HOME="$scratch/empty" "$@" list --limit 3) \
    > "$scratch/list" 2> "$scratch/summary" || { cat "$scratch/summary"; fail "$name: list fails"; }
  [ "$(wc -l < "$scratch/list")" = 4 ] && [ "$(grep -c ^sandbox "$scratch/summary")" = "$(ls specs/*.yaml | wc -l)" ] ||
    { cat "$scratch/list" "$scratch/summary"; fail "$name: not the calls of the sandbox"; }
  env --ignore-environment PATH="$PATH" HOME="$scratch/empty" "$@" nonsense 2> /dev/null || code=$?
  [ "$code" = 2 ] || fail "$name: exit code $code of a wrong command"
  echo "$name: callfold list prints $(($(wc -l < "$scratch/list") - 1)) calls"
}
below() {
  local size
  size=$(stat --format %s "$1")
  printf '%s: %d.%02d MB\n' "$(basename "$1")" $((size / 1000000)) $((size / 10000 % 100))
  [ "$size" -lt "$2" ] || fail "$1 has $2 bytes or more"
}
same() { cmp "$program" "$1" || fail "$1 is another program"; }

check tarball "$program"
# Where cargo-binstall looks for it.
expected=$(python3 - "$unpacked" <<'PYTHON'
import pathlib, sys, tomllib
manifest = tomllib.loads(pathlib.Path("crates/cli/Cargo.toml").read_text())
binstall, name = manifest["package"]["metadata"]["binstall"], pathlib.Path(sys.argv[1]).name
version = tomllib.loads(pathlib.Path("Cargo.toml").read_text())["workspace"]["package"]["version"]
target = name.removeprefix(f"callfold-{version}-")
fill = lambda text: (text.replace("{ version }", version).replace("{ target }", target)
                     .replace("{ bin }", "callfold").replace("{ binary-ext }", ""))
assert fill(binstall["pkg-url"]).rsplit("/", 1)[1] == f"{name}.tar.gz", binstall
print(fill(binstall["bin-dir"]))
PYTHON
)
same "$scratch/$expected"
below "$program" 40000000
below "$tarball" 16000000

if ! command -v mandoc > /dev/null; then
  root apt-get -qq update
  root apt-get -qq install --yes --no-install-recommends mandoc > /dev/null
fi
pages=("$unpacked"/share/man/man1/*.1)
mandoc -Tlint "${pages[@]}" || fail "a man page is not clean"
mandoc -Tutf8 "$unpacked/share/man/man1/callfold-list.1" | grep -q 'callfold list --since 7d' || fail "an example is missing"
echo "man pages: ${#pages[@]}, clean"
bash -n "$unpacked/share/bash-completion/completions/callfold"

wheel=$(one "$packages"/*.whl)
below "$wheel" 16000000
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$wheel"
check wheel "$scratch/venv/bin/callfold"
same "$scratch/venv/bin/callfold"
diff -r "$unpacked/share" "$scratch/venv/share"

mkdir "$scratch/npm"
npm install --silent --offline --no-audit --no-fund --cache "$scratch/cache" --prefix "$scratch/npm" "$packages"/*.tgz
check npm "$scratch/npm/node_modules/.bin/callfold"
same "$(one "$scratch"/npm/node_modules/callfold-*/bin/callfold)"
! grep --quiet '"\(pre\|post\)\?install"' "$scratch"/npm/node_modules/callfold*/package.json || fail "an npm package runs a script"

! dpkg --status callfold > /dev/null 2>&1 || fail "the Debian package callfold is installed already"
deb=$(one "$packages"/*.deb)
root dpkg --install "$deb" > /dev/null
check deb /usr/bin/callfold
same /usr/bin/callfold
for page in "${pages[@]}"; do
  gunzip --stdout "/usr/share/man/man1/$(basename "$page").gz" | cmp - "$page"
done
test -s /usr/share/bash-completion/completions/callfold
root dpkg --remove callfold > /dev/null
deb=
! test -e /usr/bin/callfold || fail "dpkg --remove leaves the program"

# As the image runs: its own root, which is read-only, and neither root's user nor its groups.
mkdir "$scratch/root"
tar --extract --file "$packages/rootfs.tar" --directory "$scratch/root"
cat > "$scratch/image" <<'SHELL'
#!/bin/sh
mount --bind "$ROOT" "$ROOT" && mount -o remount,ro,bind "$ROOT" &&
  HOME=/work exec chroot --userspec=65532:65532 --groups= "$ROOT" /usr/bin/callfold "$@"
SHELL
chmod +x "$scratch/image"
check image $([ "$(id -u)" = 0 ] || echo sudo) env ROOT="$scratch/root" unshare --mount "$scratch/image"
same "$scratch/root/usr/bin/callfold"
