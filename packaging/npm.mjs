// Writes the npm packages: `callfold`, which runs the program of its platform's package, and the
// package of this platform. Usage: node packaging/npm.mjs PROGRAM TRIPLE METADATA DIRECTORY
import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

// The platforms that a release is built for, by Rust's name and by Node's.
const PLATFORMS = {
  "aarch64-apple-darwin": ["darwin", "arm64"],
  "aarch64-unknown-linux-gnu": ["linux", "arm64"],
  "x86_64-apple-darwin": ["darwin", "x64"],
  "x86_64-pc-windows-msvc": ["win32", "x64"],
  "x86_64-unknown-linux-gnu": ["linux", "x64"],
};

const [program, triple, metadata, directory] = process.argv.slice(2);
const { version, description, license, repository, keywords } = JSON.parse(metadata);
const common = { version, description, license, repository, keywords };
const platform = PLATFORMS[triple];
if (!platform) {
  console.error(`packaging/npm.mjs knows no platform ${triple}`);
  process.exit(1);
}
const nameOf = ([os, cpu]) => `callfold-${os}-${cpu}`;

function write(name, manifest, files) {
  const root = join(directory, name);
  mkdirSync(join(root, "bin"), { recursive: true });
  for (const file of ["packaging/README.md", "LICENSE-APACHE", "LICENSE-MIT"]) {
    cpSync(file, join(root, basename(file)));
  }
  for (const [from, to] of Object.entries(files)) {
    cpSync(from, join(root, to));
    chmodSync(join(root, to), 0o755);
  }
  writeFileSync(join(root, "package.json"), JSON.stringify({ name, ...common, ...manifest }, null, 2) + "\n");
}

const [os, cpu] = platform;
write(
  nameOf(platform),
  { os: [os], cpu: [cpu], ...(os === "linux" ? { libc: ["glibc"] } : {}) },
  { [program]: `bin/${basename(program)}` },
);
write(
  "callfold",
  {
    bin: { callfold: "bin/callfold.js" },
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(Object.values(PLATFORMS).map((each) => [nameOf(each), version])),
  },
  { "packaging/callfold.js": "bin/callfold.js" },
);
