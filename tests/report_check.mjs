// Opens pages of `callfold report` in Chromium, and fails where one of these does not hold: no request
// leaves, the console stays empty, axe finds nothing in light and dark, nothing is wider than the
// screen, and the filters show the figures that `callfold stats` prints for the same calls.
//
// Usage: node report_check.mjs CALLFOLD MODULES DIR
// MODULES holds puppeteer-core and axe-core, as `npm install` leaves them; DIR takes the pages and
// the screenshots.

import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [callfold, modules, directory] = process.argv.slice(2).map((path) => resolve(path));
const need = createRequire(join(modules, "package.json"));
const puppeteer = need("puppeteer-core");
const axe = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");

let failures = 0;
const check = (holds, what) => {
  if (!holds) {
    failures += 1;
    console.error(`failed: ${what}`);
  }
};

const run = (...args) => {
  const options = { cwd: directory, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] };
  return execFileSync(callfold, args, options);
};

// A call whose every text tries to leave its place.
const evil = "</script><script>window.evil=1</script><img src=//evil.example/x onerror=window.evil=1>\"'&";
const call = (id, more) => JSON.stringify({
  id: `acme:main:${id}`, vendor: "acme", account: "main", call_id: id, organization: null, agent: null,
  campaign: null, contact_id: null, direction: "outbound", channel: null, from: null, to: null,
  status: "ended", disposition: "answered", answered_by: null, end: null, error_message: null,
  created_at: null, dialing_at: null, ringing_at: null, answered_at: null,
  started_at: "2026-04-21T12:00:00Z", ended_at: null, duration_ms: null, duration_basis: null,
  talk_time_ms: null, ring_time_ms: null, reported_duration_ms: null, cost: null,
  transcript: { state: "unavailable", turns: [], text: null, url: null }, summary: null, sentiment: null,
  outcome: { success: null, label: null, intent: null, appointment_booked: null },
  analysis_state: null, ...more,
});
const turn = (text) => ({ role: "customer", text, at: null, offset_ms: null });
const hostile = [
  call("1", { agent: { id: null, name: evil }, campaign: { id: evil, name: null }, account: evil }),
  call("2", { transcript: { state: "inline", turns: [turn("x".repeat(1 << 20))], text: null, url: null } }),
  call("3", { cost: { total: "-1.50", unit: "USD", parts: [] }, talk_time_ms: 0, duration_ms: 0 }),
  call("4", { end: { kind: evil, by: evil, raw: evil }, disposition: evil, direction: evil, status: evil }),
  call("5", { warnings: [{ code: evil, pointer: "", message: evil }], started_at: null }),
];
writeFileSync(join(directory, "hostile.jsonl"), hostile.join("\n") + "\n");
writeFileSync(join(directory, "one.jsonl"), call("1", {}) + "\n");
writeFileSync(join(directory, "none.jsonl"), "");
for (const name of ["hostile", "one", "none"]) run("report", `${name}.jsonl`, "--to", `${name}.html`);
run("report", "--db", "calls.sqlite", "--to", "report.html");
const first = "2026-01-01";
run("report", "--db", "calls.sqlite", "--to", "compared.html", "--since", first, "--compare", "previous");
const id = JSON.parse(run("list", "--db", "calls.sqlite", "-n", "1", "--search", "the", "-o", "jsonl")).id;
writeFileSync(join(directory, "call.html"), run("show", id, "--db", "calls.sqlite", "-o", "html"));

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
});

const open = async (name, { width, scheme, media }) => {
  const page = await browser.newPage();
  const told = [];
  page.on("console", (message) => told.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => told.push(`error: ${error}`));
  page.on("dialog", (dialog) => { told.push("a dialog"); dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith("file://")) told.push(`a request to ${request.url()}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  if (media) await page.emulateMediaType(media);
  await page.goto(pathToFileURL(join(directory, name)).href);
  return { page, told };
};

const names = ["report.html", "compared.html", "hostile.html", "one.html", "none.html", "call.html"];
for (const name of names) {
  check(statSync(join(directory, name)).size < 1_500_000, `${name} is small`);
  const looks = [[1280, "light"], [360, "dark"], [1280, "dark"], [360, "light"]];
  for (const [width, scheme] of name === "report.html" ? looks : looks.slice(0, 2)) {
    const where = `${name} at ${width} px, ${scheme}`;
    const { page, told } = await open(name, { width, scheme });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    check(wide <= width, `${where}: nothing is wider than the screen (${wide})`);
    check((await page.evaluate(() => window.evil)) === undefined, `${where}: no script of a call runs`);
    await page.screenshot({ path: join(directory, `${name}-${width}-${scheme}.png`), fullPage: true });
    check(told.length === 0, `${where}: ${told.join("; ")}`);
    // The policy of the page would keep axe out, so it is let in here, after the page was checked.
    await page.evaluate(axe);
    await page.evaluate(() => document.querySelectorAll("details").forEach((it) => (it.open = true)));
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const it of violations) {
      check(false, `${where}: axe ${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }
    await page.close();
  }
}

// What the page shows is what `callfold stats` counts.
const { page, told } = await open("report.html", { width: 1280, scheme: "light" });
const shown = () => page.evaluate(() => {
  const number = (element) => Number(element.textContent.replaceAll(",", ""));
  const one = (name, format = "n") =>
    number(document.querySelector(`main [data-f="${format}"][data-v="${name}"][data-k=""]`));
  const sum = (names) => names.reduce((all, name) => {
    const found = document.querySelector(`[data-v="${name}"]`);
    return all + (found === null ? 0 : one(name));
  }, 0);
  return {
    calls: one("Calls"), over: one("Over"), no_cost: sum(["NoCost"]),
    talk: document.querySelector('dl [data-f="minutes"][data-v="TalkMs"]').textContent,
    measured: one("TalkMeasured"), unknown: one("TalkUnknown"),
    answered: one("Outbound(Yes)"), answered_unknown: one("Outbound(Unknown)"),
    success: sum(["Known(Success,Yes)"]), goal: one("Known(Goal,Yes)"), goal_unknown: one("Known(Goal,Unknown)"),
    usd: document.querySelector('dl [data-f="money"]')?.textContent,
  };
});
const options = (id) => page.evaluate((id) =>
  [...document.querySelectorAll(`#${id} option`)].map((it) => [it.value, it.textContent]), id);
const choose = (id, value) => page.select(`#${id}`, value);
const minutes = (ms) => {
  const tenths = Math.floor((ms + 3000) / 6000);
  return `${Math.floor(tenths / 10).toLocaleString("en-US")}.${tenths % 10}`;
};
const expect = (args) => {
  const { total } = JSON.parse(run("-q", "stats", "--db", "calls.sqlite", "-o", "json", ...args));
  let outbound = null;
  try {
    const direction = args.includes("--direction") ? [] : ["--direction", "outbound"];
    if (!args.includes("inbound")) {
      outbound = JSON.parse(run("-q", "stats", "--db", "calls.sqlite", "-o", "json", ...direction, ...args)).total;
    }
  } catch (error) {
    check(false, String(error));
  }
  return {
    calls: total.calls, over: total.over, no_cost: total.without_cost,
    talk: total.talk_time_measured === 0 ? "–" : minutes(total.talk_time_ms),
    measured: total.talk_time_measured, unknown: total.talk_time_unknown,
    answered: outbound?.answered ?? 0, answered_unknown: outbound?.answered_unknown ?? 0,
    success: total.success, goal: total.goal, goal_unknown: total.goal_unknown,
  };
};
const compare = async (what, args) => {
  const [page, stats] = [await shown(), expect(args)];
  for (const [name, value] of Object.entries(stats)) {
    check(page[name] === value, `${what}: the page shows ${name} ${page[name]}, stats prints ${value}`);
  }
};
const everything = () => page.evaluate(() => document.querySelector("main").innerText);
const whole = await everything();
await compare("all calls", []);
for (const [value, name] of (await options("f-source")).slice(1)) {
  await choose("f-source", value);
  const vendor = name.match(/\(([^)]*)\)$/)[1];
  await compare(name, ["--source", vendor]);
  for (const direction of ["outbound", "inbound"]) {
    await choose("f-direction", direction === "outbound" ? "0" : "1");
    await compare(`${name}, ${direction}`, ["--source", vendor, "--direction", direction]);
  }
  await choose("f-direction", "");
}
await choose("f-source", "");
for (const [value, name] of (await options("f-agent")).slice(1, 5)) {
  if (name.startsWith("(")) continue;
  await choose("f-agent", value);
  const [agent, vendor] = [name.split(", ")[0], name.match(/\(([^)]*)\)$/)?.[1]];
  await compare(name, ["--agent", agent, ...(vendor ? ["--source", vendor] : [])]);
}
await choose("f-agent", "");
// A range of spans that are days, weeks or months.
const spans = await options("f-from");
if (spans.length > 4) {
  const [from, to, after] = [spans[2], spans[spans.length - 3], spans[spans.length - 2]];
  await choose("f-from", from[0]);
  await choose("f-to", to[0]);
  if (/^\d{4}-\d\d(-\d\d)?$/.test(from[1])) {
    await compare(`${from[1]} to ${to[1]}`, ["--since", from[1], "--until", after[1]]);
  }
  check(await page.evaluate(() => !document.querySelector("[data-part-period]").hidden), "a range says what it leaves out");
}
await page.click("#f-reset");
check((await everything()) === whole, "after a reset the page is as it was");
await page.focus("#f-source");
await page.keyboard.press("ArrowDown");
check((await page.$eval("#shown", (it) => it.textContent)).includes(" of "), "a key sets a filter");
check(told.length === 0, `filters: ${told.join("; ")}`);
await page.close();

// By keyboard alone: the first stop leads past the navigation.
const typed = await open("report.html", { width: 1280, scheme: "light" });
await typed.page.keyboard.press("Tab");
check(await typed.page.evaluate(() => document.activeElement.className === "skip"), "the first stop skips the navigation");
await typed.page.close();

const printed = await open("report.html", { width: 800, scheme: "light", media: "print" });
check(await printed.page.evaluate(() => getComputedStyle(document.querySelector("nav")).display === "none"), "print leaves out the navigation");
await printed.page.pdf({ path: join(directory, "report.pdf"), format: "A4" });
await browser.close();

if (failures > 0) {
  console.error(`${failures} checks failed`);
  process.exit(1);
}
console.log(`${names.length} pages, light and dark, at 360 and 1,280 px: all checks hold`);
