"""Reads every format of an export with programs that are not ours.

Usage: formats_check.py DIR TRUTH. DIR holds one export of a sandbox's calls with
all details in every format, under the names in FILES; TRUTH is what the same
sandbox answered at /_truth. The calls that JSON Lines has are compared with the
truth, and every other format with JSON Lines.

    pip install pyarrow duckdb zstandard jsonschema pandas
"""

import csv
import datetime
import gzip
import io
import json
import pathlib
import sys
from collections import Counter, defaultdict
from decimal import Decimal

import duckdb
import jsonschema
import pandas
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import zstandard

FILES = [
    "calls.jsonl", "calls.jsonl.gz", "calls.jsonl.zst", "calls.csv", "calls.csv.gz",
    "calls.parquet", "calls", "calls.vcon.jsonl", "calls.vcon.jsonl.gz", "vcons",
]
SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "crates/export/schemas/vcon.schema.json"
INCOMPLETE = {"no_answer": "no-answer", "busy": "busy", "declined": "no-answer", "failed": "failed"}


def text_of(path):
    """The text of a file, however it is compressed."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()
    return data.decode("utf-8")


def lines_of(path):
    return [json.loads(line, parse_float=Decimal) for line in text_of(path).split("\n") if line]


def time_of(text):
    """A time to the microsecond, as Parquet has it."""
    if text is None:
        return None
    whole, _, fraction = text.removesuffix("Z").partition(".")
    at = datetime.datetime.fromisoformat(whole + "+00:00")
    return at.replace(microsecond=int(fraction[:6].ljust(6, "0") or 0))


def number_of(party):
    number = party and party["number"]
    return number and (number["e164"] or number["raw"])


def total_of(call):
    total = call["cost"] and call["cost"]["total"]
    return total and Decimal(total)


def turns_of(call):
    return [(turn["role"], turn["text"]) for turn in call["transcript"]["turns"]]


def equal(found, expected, *where):
    assert found == expected, (*where, found, expected)


def check_jsonl(calls, truth):
    """Each call that is true is there once, with what is true of it."""
    equal(len(calls), len(truth), "calls")
    equal({(call["vendor"], call["call_id"]) for call in calls}, set(truth), "ids")
    seen = Counter()
    for call in calls:
        true, name = truth[call["vendor"], call["call_id"]], call["id"]
        if total_of(call) is not None:
            equal(total_of(call), Decimal(true["cost_micros"] or 0) / 1_000_000, name, "cost")
            seen["costs"] += 1
        customer = {"inbound": call["from"], "outbound": call["to"]}.get(call["direction"])
        if number_of(customer) is not None:
            equal(number_of(customer), true["customer"]["number"], name, "number")
            seen["numbers"] += 1
        begun = [time_of(true[key]) for key in ("started_at", "created_at") if true[key]]
        apart = min(abs(time_of(call["started_at"]) - at) for at in begun)
        assert apart < datetime.timedelta(seconds=1), (name, apart)
        if call["transcript"]["state"] == "inline":
            spoken = [t for t in call["transcript"]["turns"] if t["kind"] == "speech"]
            said = [(turn["role"], turn["text"]) for turn in spoken]
            equal(said, [(t["role"], t["text"]) for t in true["turns"]], name, "turns")
            seen["transcripts"] += 1
        if call["disposition"] in INCOMPLETE and call["vendor"] != "vozagent":
            outcome = "declined" if true["outcome"] == "rejected" else true["outcome"]
            # Bland has one word for both.
            if call["vendor"] == "bland" and outcome == "declined":
                outcome = "busy"
            equal(outcome, call["disposition"], name, "disposition")
    assert min(seen.values()) > len(calls) / 2 and len(seen) == 3, seen
    print(f"jsonl: {len(calls)} calls as they are true, with {dict(seen)}")


def check_csv(text, calls):
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    equal(len(rows), len(calls), "records")
    for row, call in zip(rows, calls):
        equal(row["id"], call["id"])
        equal(row["to_number"], number_of(call["to"]) or "", call["id"])
        equal(row["from_number"], number_of(call["from"]) or "", call["id"])
        equal(Decimal(row["cost_total"]) if row["cost_total"] else None, total_of(call), call["id"])
        equal(time_of(row["started_at"] or None), time_of(call["started_at"]), call["id"])
        equal(int(row["duration_ms"]) if row["duration_ms"] else None, call["duration_ms"], call["id"])
        summary = row["summary"][1:] if row["summary"].startswith("'") else row["summary"]
        equal(summary, call["summary"] or "", call["id"])
        for name, cell in row.items():
            number = cell[1:].isdigit() or name == "cost_total"
            assert not cell.startswith(("=", "+", "-", "@")) or number, (name, cell)
    print(f"csv: {len(rows)} records of {len(rows[0])} columns")


def check_parquet(table, calls):
    types = {field.name: str(field.type) for field in table.schema}
    equal(types["started_at"], "timestamp[us, tz=UTC]")
    equal(types["cost_total"], "decimal128(38, 18)")
    equal(types["duration_ms"], "int64")
    assert types["turns"].startswith("list<element: struct<role: string"), types["turns"]
    rows = table.to_pylist()
    equal(len(rows), len(calls), "rows")
    for row, call in zip(rows, calls):
        equal(row["id"], call["id"])
        for name in ("started_at", "ended_at", "answered_at", "created_at"):
            equal(row[name], time_of(call[name]), call["id"], name)
        for name in ("duration_ms", "reported_duration_ms", "duration_basis", "summary", "language"):
            equal(row[name], call[name], call["id"], name)
        for name in ("direction", "channel", "status", "disposition", "answered_by", "sentiment"):
            # A word that is not the model's is beside the column.
            equal(row[f"{name}_raw"] or row[name], call[name], call["id"], name)
            assert (row[f"{name}_raw"] is None) or row[name] == "other", (call["id"], row[name])
        equal(row["customer_number"], number_of(call["customer"]), call["id"], "customer")
        spoken = Counter(t["role"] for t in call["transcript"]["turns"] if t["kind"] == "speech")
        if call["transcript"]["turns"]:
            equal((row["customer_turns"], row["agent_turns"]), (spoken["customer"], spoken["agent"]))
        equal(len(row["transfers"]), len(call["transfers"]), call["id"])
        exact = row["cost_total_text"] and Decimal(row["cost_total_text"])
        equal(row["cost_total"] if exact is None else exact, total_of(call), call["id"])
        parts = [(p["name"], p["amount"], p["unit"]) for p in row["cost_parts"]]
        expected = call["cost"]["parts"] if call["cost"] else []
        equal(parts, [(p["name"], Decimal(p["amount"]), p["unit"]) for p in expected])
        said = [(t["role_raw"] or t["role"], t["text"]) for t in row["turns"]]
        equal(said, turns_of(call), call["id"])
        times = [(time_of(t["at"]), t["offset_ms"]) for t in call["transcript"]["turns"]]
        equal([(t["at"], t["offset_ms"]) for t in row["turns"]], times, call["id"])
        equal(len(row["warnings"]), len(call["warnings"]), call["id"])
        for name in ("analysis", "metadata", "facts", "alternate_ids", "latency"):
            found = json.loads(row[name], parse_float=Decimal) if row[name] else type(call[name])()
            equal(found, call[name], call["id"], name)
    print(f"parquet: {len(rows)} rows of {len(types)} columns")


def check_engines(directory, calls):
    """What engines compute is what Python computes of the lines."""
    sums, turns = defaultdict(Decimal), sum(len(turns_of(call)) for call in calls)
    for call in calls:
        if total_of(call) is not None:
            sums[call["vendor"], call["cost"]["unit"]] += total_of(call)
    file, files = f"'{directory}/calls.parquet'", f"'{directory}/calls/**/*.parquet'"
    query = f"SELECT vendor, cost_unit, sum(cost_total) FROM {file} WHERE cost_total IS NOT NULL GROUP BY ALL"
    equal({row[:2]: row[2] for row in duckdb.sql(query).fetchall()}, dict(sums), "sums")
    query = f"SELECT count(*) FROM (SELECT unnest(turns) FROM {file})"
    equal(duckdb.sql(query).fetchall()[0][0], turns, "turns")
    query = f"SELECT count(*) FROM {file} WHERE started_at = TIMESTAMPTZ '{calls[0]['started_at']}'"
    assert duckdb.sql(query).fetchall()[0][0] >= 1
    vendors = dict(Counter(call["vendor"] for call in calls))
    query = f"SELECT vendor, count(*) FROM read_parquet({files}, hive_partitioning = true) GROUP BY ALL"
    equal(dict(duckdb.sql(query).fetchall()), vendors, "partitions")
    days = Counter(call["started_at"][:10] for call in calls if call["started_at"])
    frame = pandas.read_parquet(directory / "calls")
    equal(Counter(frame["vendor"]), Counter(vendors))
    equal(Counter(frame["date"].astype(str)), days)
    equal(set(frame["id"]), {call["id"] for call in calls})
    dataset = pyarrow.dataset.dataset(directory / "calls", partitioning="hive")
    equal(dataset.count_rows(filter=pyarrow.dataset.field("vendor") == "zudu"), vendors["zudu"])
    print(f"engines: sums of {len(sums)} units, {turns} turns, {len(days)} days of a partitioned set")


def check_vcons(vcons, calls, truth):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator, kinds = jsonschema.Draft202012Validator(schema), Counter()
    equal(len({vcon["uuid"] for vcon in vcons}), len(calls), "uuids")
    for vcon, call in zip(vcons, calls):
        # The validator takes a Decimal for no number.
        plain = json.loads(json.dumps(vcon, default=float))
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(plain)]
        assert not errors, (call["id"], errors)
        equal(vcon["attachments"][0]["body"], call, call["id"])
        true, dialog = truth[call["vendor"], call["call_id"]], vcon["dialog"]
        kinds.update([one["type"] for one in dialog] or ["none"])
        if call["disposition"] in INCOMPLETE:
            equal(dialog[0]["disposition"], INCOMPLETE[call["disposition"]])
        elif dialog and dialog[0]["type"] == "text":
            running = [call["transcript"]["text"]]
            said = [text for _, text in turns_of(call) if text] or running
            equal([one["body"] for one in dialog if one["type"] == "text"], said)
        numbers = {party["tel"] for party in vcon["parties"] if "tel" in party}
        for side in (call["from"], call["to"]):
            known = side and side["number"] and side["number"]["e164"]
            assert not known or f"tel:{known}" in numbers, (call["id"], numbers)
        analyses = {one["type"]: one for one in vcon.get("analysis", [])}
        assert all(one["vendor"] == call["vendor"] for one in analyses.values())
        if true["turns"] and call["transcript"]["state"] == "inline":
            said = [(turn["role"], turn["text"]) for turn in analyses["transcript"]["body"]]
            equal(said, turns_of(call), call["id"])
        if call["summary"]:
            equal(analyses["summary"]["body"], call["summary"])
        if call["sentiment"]:
            equal(analyses["sentiment"]["body"], call["sentiment"])
    assert {"recording", "text", "incomplete"} <= set(kinds), kinds
    print(f"vcon: {len(vcons)} valid, dialogs {dict(kinds)}")


def main(directory, truth):
    missing = [name for name in FILES if not (directory / name).exists()]
    assert not missing, f"{directory} has no {', '.join(missing)}"
    true = {(call["vendor"], call["id"]): call for call in lines_of(truth)}
    calls = lines_of(directory / "calls.jsonl")
    check_jsonl(calls, true)

    def key(one):
        return one.get("id") or one["attachments"][0]["body"]["id"]

    calls.sort(key=key)
    for name in ("calls.jsonl.gz", "calls.jsonl.zst"):
        equal(sorted(lines_of(directory / name), key=key), calls, name)
    plain, packed = (text_of(directory / name) for name in ("calls.csv", "calls.csv.gz"))
    equal(Counter(packed.split("\n")), Counter(plain.split("\n")), "calls.csv.gz")
    rows = list(csv.reader(io.StringIO(plain, newline="")))
    sorted_csv = io.StringIO(newline="")
    csv.writer(sorted_csv).writerows([rows[0], *sorted(rows[1:])])
    check_csv(sorted_csv.getvalue(), calls)
    table = pyarrow.parquet.read_table(directory / "calls.parquet")
    check_parquet(table.sort_by("id"), calls)
    check_engines(directory, calls)
    vcons = sorted(lines_of(directory / "calls.vcon.jsonl"), key=key)
    check_vcons(vcons, calls, true)
    equal(sorted(lines_of(directory / "calls.vcon.jsonl.gz"), key=key), vcons)
    files = sorted((directory / "vcons").glob("*.vcon.json"))
    folder = [json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal) for file in files]
    equal([file.name for file in files], [f"{vcon['uuid']}.vcon.json" for vcon in folder])
    equal(sorted(folder, key=key), vcons, "folder")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
