"""Runs the queries of the documentation on calls whose answers are worked out by hand here.

Usage: questions_check.py PROGRAM, in an empty directory. PROGRAM reads the records below, as the
vendors would send them, into SQLite, into PostgreSQL where CALLFOLD_TEST_POSTGRES names one, and
into Parquet. The queries of docs/sync.md run on the databases, those of docs/formats.md in
DuckDB. Sessions are not in UTC, as the answers have to be.

    pip install duckdb
"""

import csv
import datetime
import io
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
from decimal import Decimal

import duckdb

from vendor_server import serve

PROGRAM = sys.argv[1]
DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
LINE, SHARED = "+14155550100", "+14155550177"
VENDORS = ["agentvoice", "ravan", "vaani", "vozagent", "zudu"]
# Ten outbound calls a vendor, on Tuesday 2026-04-21: the hour, and whether it is picked up. Of the
# five at 9 three are, of the five at 14 one.
CALLS = [(9, True), (9, True), (9, True), (9, False), (9, False),
         (14, True), (14, False), (14, False), (14, False), (14, False)]


def number(vendor, place):
    """Each vendor calls the shared customer first, and nine of its own."""
    return SHARED if place == 0 else f"+1415555{20 + VENDORS.index(vendor)}{place:02}"


def at(hour, seconds=0):
    return datetime.datetime(2026, 4, 21, hour, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ms(moment):
    return int(moment.timestamp() * 1000)


def vaani(place, hour, picked_up):
    """Dispatched on the hour, picked up after 10 s, over after 70 s: a minute of talk."""
    words = ["User disconnected", "Call not answered", "Switched off", "User disconnected",
             "Call not answered", "User disconnected"]
    record = {
        "call_id": f"v{place}", "call_type": "Outbound", "direction": "Outbound",
        "call_status": "User disconnected" if picked_up else words[place - 4], "agent_name": "Asha",
        "from_number": LINE, "to_number": number("vaani", place), "Start_time": text(at(hour)),
        "End_time": text(at(hour, 70)), "call_dialing_at": text(at(hour, 2)),
        "call_ringing_at": text(at(hour, 4)), "post_processing_status": "completed",
    }
    return {**record, "user_picked_up_at": text(at(hour, 10)), "call_cost": 1.5} if picked_up else record


def ravan(place, hour, picked_up):
    return {
        "id": f"r{place}", "agentName": "Ravi", "callerNumber": LINE,
        "calleeNumber": number("ravan", place), "channel": "outbound_call",
        "status": "completed" if picked_up else ["no_answer", "busy", "failed"][place % 3],
        "disconnectReason": "customer_hangup" if picked_up else "", "costTotal": "2.00" if picked_up else None,
        "startedAt": text(at(hour)), "endedAt": text(at(hour, 60 if picked_up else 0)),
        "durationSec": 60 if picked_up else 0,
    }


def vozagent(place, hour, picked_up):
    return {
        "id": f"o{place}", "assistant_id": "voz-1", "call_type": "outbound",
        "call_status": "completed" if picked_up else ["no-answer", "busy", "failed"][place % 3],
        "customer_phone_number": number("vozagent", place), "assistant_phone_number": LINE,
        "call_started_at": text(at(hour)), "call_ended_at": text(at(hour, 60 if picked_up else 0)),
        "duration_seconds": 60 if picked_up else 0,
    }


def agentvoice(place, hour, picked_up):
    return {
        "id": f"a{place}", "agent_name": "Sales", "call_type": "outbound",
        "status": "completed" if picked_up else ["no-answer", "busy", "canceled"][place % 3],
        "phone_number": number("agentvoice", place), "phone_number_called_from": LINE,
        "started_at": text(at(hour)), "ended_at": text(at(hour, 60 if picked_up else 0)),
        "call_duration": 60 if picked_up else 0,
        "ended_reason": "customer-ended-call" if picked_up else None,
    }


TOOLS = [
    {"role": "tool_call_invocation", "tool_call_id": "t1", "name": "find_slot", "arguments": "{}"},
    {"role": "tool_call_result", "tool_call_id": "t1", "content": "10:00", "successful": True},
    {"role": "tool_call_invocation", "tool_call_id": "t2", "name": "find_slot", "arguments": "{}"},
    {"role": "tool_call_result", "tool_call_id": "t2", "content": "error", "successful": False},
    {"role": "tool_call_invocation", "tool_call_id": "t3", "name": "find_slot", "arguments": "{}"},
]


def zudu(place, hour, picked_up):
    record = {
        "id": f"z{place}", "call_id": f"call-{place}", "agent_id": "zoe", "call_type": "PHONE_CALL",
        "direction": "OUTBOUND", "call_status": "ENDED", "from_number": LINE,
        "to_number": number("zudu", place), "start_timestamp": ms(at(hour)),
        "end_timestamp": ms(at(hour, 60)), "call_duration": 60000,
    }
    if not picked_up:
        # As it sends them: an error, or an end without a reason.
        record["call_duration"], record["end_timestamp"] = 0, ms(at(hour))
        return {**record, "call_status": "ERROR" if place % 2 else "ENDED", "disconnection_reason": None}
    record["transcript_object"] = [{"role": "user", "content": "Yes?", "timestamp": ms(at(hour, 3))}]
    record["disconnection_reason"] = "call_transfer" if place == 0 else "USER_HANGUP"
    record["call_cost"] = {"combined_cost": 0.25, "product_costs": []}
    if place == 0:
        record["transcript_with_tool_calls"] = [*record["transcript_object"], *TOOLS]
    if place < 2:
        record["latency"] = {"e2e": {"p50": [700.5, 500][place], "p95": [890, 1200.5][place], "num": 3}}
    return record


# One call more, from a customer who withholds the number.
WITHHELD = {
    "id": "z10", "call_id": "call-10", "agent_id": "zoe", "call_type": "PHONE_CALL",
    "direction": "INBOUND", "call_status": "ENDED", "from_number": "anonymous", "to_number": LINE,
    "start_timestamp": ms(at(14)), "end_timestamp": ms(at(14, 60)), "call_duration": 60000,
    "disconnection_reason": "USER_HANGUP",
    "transcript_object": [{"role": "user", "content": "Hello?", "timestamp": ms(at(14, 3))}],
}
RECORDS = {
    vendor: [globals()[vendor](place, *call) for place, call in enumerate(CALLS)] for vendor in VENDORS}
RECORDS["zudu"].append(WITHHELD)

WEEK = "2026-04-20"
EXPECTED = {
    # 15 of 25 calls at 9, 5 of 25 at 14; an end of Zudu's without a reason, once and twice, proves
    # nothing: at most 16 and 7.
    "At what hour do people pick up?": [(9, 25, 15, 1, 60, 64), (14, 25, 5, 2, 20, 28)],
    "How many calls does each vendor reach?": [
        *((vendor, 10, 4, 0, 40, 40) for vendor in VENDORS[:4]), ("zudu", 10, 4, 3, 40, 70)],
    # 4 × 2.00, 4 × 1.5, 4 × 0.25; the rest of the calls have no cost.
    "What did each agent cost, week by week?": [
        (WEEK, "agentvoice", "Sales", None, 10, 10, None),
        (WEEK, "ravan", "Ravi", "unspecified", 4, 0, 8),
        (WEEK, "ravan", "Ravi", None, 6, 6, None),
        (WEEK, "vaani", "Asha", "credits", 4, 0, 6),
        (WEEK, "vaani", "Asha", None, 6, 6, None),
        (WEEK, "vozagent", "voz-1", None, 10, 10, None),
        (WEEK, "zudu", "zoe", "unspecified", 4, 0, 1),
        (WEEK, "zudu", "zoe", None, 7, 7, None),
    ],
    # Only Vaani says when it was picked up: four minutes. Of Zudu's calls five were answered, with the
    # withheld one, and three may have been.
    "How many minutes did each agent talk?": [
        ("agentvoice", "Sales", 10, 0, 4, None), ("ravan", "Ravi", 10, 0, 4, None),
        ("vaani", "Asha", 10, 4, 0, 4), ("vozagent", "voz-1", 10, 0, 4, None),
        ("zudu", "zoe", 11, 0, 8, None),
    ],
    "Which customers talk to us through more than one vendor?": [(SHARED, 5, 5), (None, 1, 1)],
    "How do transfers end?": [("zudu", "unknown", "unknown", 1, 1)],
    "Which tools fail?": [("zudu", "find_slot", 3, 1, 1)],
    # (700.5 + 500) / 2
    "How long do customers wait for an answer?": [
        ("agentvoice", "Sales", 4, 4, None, None), ("ravan", "Ravi", 4, 4, None, None),
        ("vaani", "Asha", 4, 4, None, None), ("vozagent", "voz-1", 4, 4, None, None),
        ("zudu", "zoe", 8, 6, Decimal("600.3"), Decimal("1200.5")),
    ],
}


def queries_of_sync():
    page = (DOCS / "sync.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### (.+?)\n(?:(?!^###).)*?```sql\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    return {heading: sql.strip().rstrip(";") for heading, sql in sections}


def queries_of_formats():
    page = (DOCS / "formats.md").read_text(encoding="utf-8")
    found = re.findall(r"^-- ([^\n]+\?)\n(.*?);$", page, re.MULTILINE | re.DOTALL)
    view = re.search(r"^CREATE VIEW call_facts AS .*?;$", page, re.MULTILINE | re.DOTALL)
    return view.group(), dict(found)


def plain(cell):
    """A number to the first decimal, as each engine rounds a half its own way beyond it."""
    try:
        return None if cell in (None, "") else Decimal(str(cell)).normalize()
    except ArithmeticError:
        return str(cell)


def compare(engine, question, rows):
    expected = EXPECTED[question]
    width = len(expected[0])
    found = [tuple(plain(cell) for cell in row[:width]) for row in rows]
    wanted = [tuple(plain(cell) for cell in row) for row in expected]
    close = len(found) == len(wanted) and all(
        a == b or isinstance(a, Decimal) and isinstance(b, Decimal) and abs(a - b) <= Decimal("0.1")
        for one, other in zip(found, wanted) for a, b in zip(one, other))
    assert close, f"{engine}: {question}\nfound    {found}\nexpected {wanted}"


def run(*arguments):
    done = subprocess.run([PROGRAM, "--quiet", *arguments], stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, (arguments, done.stderr)


def check_sqlite(queries):
    run("sync", "--db", "calls.sqlite", "--detail", "light")
    connection = sqlite3.connect("calls.sqlite")
    for question in EXPECTED:
        compare("SQLite", question, connection.execute(queries[question]).fetchall())


def check_postgres(queries, url):
    schema = "questions"
    psql = ["psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", url]
    subprocess.run([*psql, "--command", f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}"],
                   check=True, stderr=subprocess.DEVNULL)
    run("sync", "--db", f"{url}?options=-csearch_path%3D{schema}", "--detail", "light")
    for question in EXPECTED:
        sql = f"SET search_path = {schema}; SET TimeZone = 'Asia/Kolkata'; COPY ({queries[question]}) TO STDOUT CSV"
        done = subprocess.run([*psql, "--command", sql], check=True, capture_output=True, text=True)
        compare("PostgreSQL", question, list(csv.reader(io.StringIO(done.stdout))))


def check_duckdb(view, queries):
    run("export", "--to", "calls.parquet")
    duckdb.sql("SET TimeZone = 'Asia/Kolkata'")
    duckdb.sql(view)
    for question in EXPECTED:
        compare("DuckDB", question, duckdb.sql(queries[question]).fetchall())


def main():
    sync = queries_of_sync()
    engines = ["SQLite", "DuckDB"]
    with serve(RECORDS):
        check_sqlite(sync)
        check_duckdb(*queries_of_formats())
        if url := os.environ.get("CALLFOLD_TEST_POSTGRES"):
            check_postgres(sync, url)
            engines.append("PostgreSQL")
    print(f"questions: {len(EXPECTED)} answered as worked out by hand, by {', '.join(engines)}")


main()
