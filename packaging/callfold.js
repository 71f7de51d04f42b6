#!/usr/bin/env node
// Runs the program, which npm installed as the package of this platform.
"use strict";
const { spawn } = require("node:child_process");

const name = `callfold-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "callfold.exe" : "callfold";
let program;
try {
  program = require.resolve(`${name}/bin/${file}`);
} catch {
  console.error(`error: the npm package ${name} is not installed
  help: install callfold with optional dependencies; if there is no such package, use cargo install callfold`);
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both. The program ends in order, and then so does this one.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`error: ${program} cannot be run: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(code);
  }
});
