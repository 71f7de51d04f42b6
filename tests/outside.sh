#!/usr/bin/env bash
# A scratch crate outside the workspace depends on one vendor crate by path and
# lists calls from a running sandbox. Usage: tests/outside.sh DIRECTORY
set -euo pipefail
workspace=$(cd "$(dirname "$0")/.." && pwd)
scratch=$1/outside
target=$(realpath -m "${CARGO_TARGET_DIR:-$workspace/target}")
mkdir -p "$scratch/src"

cat > "$scratch/Cargo.toml" <<TOML
[package]
name = "outside"
version = "0.0.0"
edition = "2024"

[dependencies]
callfold-vaani = { path = "$workspace/crates/clients/vaani" }
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

[workspace]
TOML
cat > "$scratch/src/main.rs" <<'RUST'
use callfold_vaani::{Client, Credentials, Error, List as _};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = std::env::args().nth(1).ok_or("usage: outside BASE_URL")?;
    let client = Client::builder()
        .credentials(Credentials::api_key("sandbox-key"))
        .base_url(base_url)
        .build()?;
    let mut calls = client.list_calls().retries(8).records();
    let reading = tokio::spawn(async move {
        let mut count = 0;
        while let Some(call) = calls.next().await {
            assert!(call?.get().is_ok_and(|record| !record.call_id.is_empty()));
            count += 1;
        }
        Ok::<_, Error>(count)
    });
    println!("{} calls", reading.await??);
    Ok(())
}
RUST
cp "$workspace/Cargo.lock" "$scratch/Cargo.lock"

cd "$workspace"
cargo build --quiet --bin callfold
"$target/debug/callfold" sandbox --port 0 --records 123 > "$scratch/sandbox.out" 2>&1 &
sandbox=$!
trap 'kill "$sandbox" 2> /dev/null || true' EXIT
for _ in $(seq 100); do
  grep -q 'http://' "$scratch/sandbox.out" && break
  sleep 0.1
done
base=$(grep -o 'http://[^ ]*/vaani' "$scratch/sandbox.out" | head -n 1)

cd "$scratch"
if cargo tree --edges normal,build --prefix none | grep -q '^progenitor'; then
  echo "progenitor is in the tree of a dependent"
  exit 1
fi
CARGO_TARGET_DIR=$target cargo run --quiet -- "$base" | tee "$scratch/out"
grep -qx '123 calls' "$scratch/out"
