"use strict";
(() => {
  const cube = JSON.parse(document.getElementById("cube").textContent);
  const metric = new Map(cube.metrics.map((name, at) => [name, at]));
  const numbers = new Intl.NumberFormat("en-US");
  const chosen = (id) => {
    const value = document.getElementById(id)?.value ?? "";
    return value === "" ? null : Number(value);
  };

  // Sums by metric and group: a span, an agent, a source, the period before, or all.
  const sum = () => {
    const [source, agent, direction] = ["f-source", "f-agent", "f-direction"].map(chosen);
    const [from, to] = ["f-from", "f-to"].map(chosen);
    const sums = new Map();
    const add = (group, at, value) => {
      const key = group + " " + at;
      const before = sums.get(key);
      sums.set(key, before === undefined ? value : before + value);
    };
    for (const row of cube.rows) {
      const [s, a, d, t] = row;
      if ((source !== null && s !== source) || (agent !== null && a !== agent)) continue;
      if (direction !== null && d !== direction) continue;
      const before = t < 0;
      // Calls without a start are in no range.
      const undated = t >= cube.spans;
      if (!before && (from !== null || to !== null)) {
        if (undated || (from !== null && t < from) || (to !== null && t > to)) continue;
      }
      let at = 0;
      for (let place = 4; place < row.length; place += 2) {
        at += row[place];
        const value = at >= cube.money ? BigInt(row[place + 1]) : row[place + 1];
        if (before) {
          add("b", at, value);
          continue;
        }
        add("", at, value);
        if (at < cube.heat || at >= cube.money) {
          add("t" + t, at, value);
          add("a" + a, at, value);
          add("s" + s, at, value);
        }
      }
    }
    return sums;
  };

  let sums = sum();
  const isMoney = (names) => metric.get(names.split(" ")[0]) >= cube.money;
  const total = (names, group) => {
    let value = isMoney(names) ? 0n : 0;
    for (const name of names.split(" ")) {
      const found = sums.get(group + " " + metric.get(name));
      if (found !== undefined) value += found;
    }
    return value;
  };
  const share = (part, whole) => Math.floor((part * 2000 + whole) / (whole * 2));
  const tenths = (value) => numbers.format(Math.trunc(value / 10)) + "." + (value % 10);
  const money = (value, scale) => {
    const sign = value < 0n ? "-" : "";
    const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
    const whole = numbers.format(BigInt(digits.slice(0, digits.length - scale)));
    return sign + whole + (scale > 0 ? "." + digits.slice(-scale) : "");
  };
  const signed = (value) => (value < 0 ? "−" : "+") + tenths(Math.abs(value)) + "\u00a0%";

  const bin = (names, ends, rank) => {
    const counts = names.map((name) => total(name, ""));
    const all = counts.reduce((a, b) => a + b, 0);
    if (all === 0) return "–";
    let below = 0;
    const at = counts.findIndex((count) => (below += count) >= Math.ceil(all * rank / 100));
    return ends[at];
  };

  const text = (element) => {
    const data = element.dataset;
    const group = data.k ?? "";
    const value = data.v === undefined ? 0 : total(data.v, group);
    switch (data.f) {
      case "minutes":
        if (data.o !== undefined && total(data.o, group) === 0) return "–";
        return tenths(Math.floor((value + 3000) / 6000));
      case "bounds": {
        const more = total(data.u, group);
        return numbers.format(value) + (more === 0 ? "" : "–" + numbers.format(value + more));
      }
      case "money":
        if (data.o !== undefined && total(data.o, group) === 0) return "–";
        return money(value, Number(data.s));
      case "share": {
        const whole = total(data.o, group);
        return whole === 0 ? "–" : tenths(share(value, whole)) + "\u00a0%";
      }
      case "range": {
        const low = value, high = low + total(data.u, group), whole = total(data.o, group);
        if (whole === 0) return "–";
        const [a, b] = [share(low, whole), share(high, whole)];
        return a === b ? tenths(a) + "\u00a0%" : tenths(a) + "–" + tenths(b) + "\u00a0%";
      }
      case "change": {
        const before = total(data.v, "b");
        if (before === 0) return "–";
        const change = share(Math.abs(value - before), before);
        return signed(value < before ? -change : change);
      }
      case "heat": {
        const high = value + total(data.u, group), whole = total(data.o, group);
        if (whole === 0) return "";
        return (high === value ? String(value) : value + "–" + high) + "/" + whole;
      }
      default: return numbers.format(value);
    }
  };

  const bars = () => {
    const groups = new Map();
    for (const bar of document.querySelectorAll("rect[data-b]")) {
      const group = groups.get(bar.dataset.b) ?? [];
      group.push([bar, Number(total(bar.dataset.v, bar.dataset.k ?? ""))]);
      groups.set(bar.dataset.b, group);
    }
    for (const group of groups.values()) {
      const most = Math.max(0, ...group.map(([, value]) => value));
      for (const [bar, value] of group) {
        const size = most > 0 && value > 0 ? (value / most) * 100 : 0;
        if (bar.dataset.c === undefined) {
          bar.setAttribute("width", size.toFixed(2));
        } else {
          bar.setAttribute("height", size.toFixed(2));
          bar.setAttribute("y", (100 - size).toFixed(2));
        }
      }
    }
    for (const axis of document.querySelectorAll("[data-most]")) {
      const group = groups.get(axis.dataset.most) ?? [];
      const [bar] = group.reduce((a, b) => (b[1] > a[1] ? b : a), group[0] ?? [null]);
      if (bar === null) continue;
      axis.dataset.v = bar.dataset.v;
      axis.dataset.k = bar.dataset.k ?? "";
      axis.textContent = text(axis);
    }
  };

  const heat = () => {
    for (const cell of document.querySelectorAll("td[data-heat]")) {
      const [yes, unknown, over] = cell.dataset.heat.split("|").map((names) => total(names, ""));
      const step = over === 0 ? null : Math.min(5, Math.floor((share(yes, over) * 6) / 1001));
      cell.className = step === null ? "" : "q" + step;
    }
  };

  const isFiltered = () =>
    ["f-source", "f-agent", "f-direction", "f-from", "f-to"].some((id) => chosen(id) !== null);

  const update = () => {
    sums = sum();
    const filtered = isFiltered();
    for (const element of document.querySelectorAll("[data-f]")) element.textContent = text(element);
    for (const element of document.querySelectorAll("[data-p]")) {
      element.dataset.exact ??= element.textContent;
      const names = element.dataset.bins.split(" ");
      const ends = element.dataset.ends.split("|");
      element.textContent = filtered ? bin(names, ends, Number(element.dataset.p)) : element.dataset.exact;
    }
    const ranged = chosen("f-from") !== null || chosen("f-to") !== null;
    for (const element of document.querySelectorAll("[data-whole-period]")) element.hidden = ranged;
    for (const element of document.querySelectorAll("[data-part-period]")) element.hidden = !ranged;
    bars();
    heat();
    const shown = numbers.format(total("calls", "")), all = numbers.format(cube.calls);
    document.getElementById("shown").textContent =
      filtered ? shown + " of " + all + " calls are shown" : "All " + all + " calls are shown";
  };

  const filters = document.getElementById("filters");
  filters.hidden = false;
  filters.addEventListener("change", update);
  document.getElementById("f-reset").addEventListener("click", () => {
    for (const select of filters.querySelectorAll("select")) select.value = "";
    update();
  });
  // A browser that keeps what was chosen shows the figures for it.
  if (isFiltered()) update();
})();
