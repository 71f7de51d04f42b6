"""Checks callfold under engines that are not ours. See engines.sh.

Usage: engines_check.py PROGRAM --singer BIN --dlt PYTHON [--spark PYTHON] [--only CHECK...],
in an empty directory, with a Python that has PyAirbyte. Compares with what the sandbox says is true.
"""

import argparse
import collections
import contextlib
import csv
import glob
import json
import os
import pathlib
import random
import re
import signal
import stat
import subprocess
import sys
import time
import tomllib
import urllib.request

# Set before PyAirbyte is imported. No proxy answers there: whatever leaves this machine fails.
os.environ.update(
    AIRBYTE_OFFLINE_MODE="1", DO_NOT_TRACK="1", AIRBYTE_NO_UI="1",
    HTTP_PROXY="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1,localhost")

import jsonschema  # noqa: E402
from airbyte_protocol.models import AirbyteMessage, TraceType, Type  # noqa: E402

STREAMS = ["calls", "turns", "cost_parts", "warnings", "set_aside"]
KEYS = {"calls": ["id"], "set_aside": ["vendor", "account", "hash"]}
PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "engines.md"


def key(stream, row):
    return tuple(str(row[name]) for name in KEYS.get(stream, ["call", "position"]))


@contextlib.contextmanager
def sandbox(*words, vendors=None):
    """Serves made-up calls, and gives its configuration as JSON and its address."""
    with open("sandbox.toml", "w") as out, open("sandbox.err", "w") as error:
        serving = subprocess.Popen([PROGRAM, "sandbox", *words], stdout=out, stderr=error)
    try:
        while "serving" not in open("sandbox.err").read():
            assert serving.poll() is None, open("sandbox.err").read()
            time.sleep(0.02)
        toml = tomllib.load(open("sandbox.toml", "rb"))
        sources = [
            {"name": name, **settings, "rate": 1e6} for name, settings in toml["sources"].items()
            if vendors is None or settings["vendor"] in vendors]
        url = re.search(r"http://[0-9.:]+", open("sandbox.err").read()).group()
        yield {"sources": sources}, url
    finally:
        serving.kill()
        serving.wait()


def truth(url, vendors=None):
    """The ids of all calls."""
    with urllib.request.urlopen(url + "/_truth") as answer:
        calls = [json.loads(line) for line in answer]
    return {(call["vendor"], call["id"]) for call in calls if not vendors or call["vendor"] in vendors}


def requests(url):
    """Requests that the sandbox has answered."""
    with urllib.request.urlopen(url + "/_stats") as answer:
        return json.load(answer)["requests"]


def write(name, value):
    pathlib.Path(name).write_text(json.dumps(value))
    return name


def airbyte(*words, code=0):
    """The messages of a run, each parsed by the protocol's own models."""
    run = subprocess.run([PROGRAM, "airbyte", *words], capture_output=True, text=True)
    assert run.returncode == code, (words, run.returncode, run.stderr[-2000:], run.stdout[-500:])
    for line in run.stdout.splitlines():
        message = AirbyteMessage.model_validate_json(line)
        assert not message.model_extra, line
    return [json.loads(line) for line in run.stdout.splitlines()], run


def configured(catalog, mode="incremental", streams=STREAMS):
    chosen = [stream for stream in catalog["streams"] if stream["name"] in streams]
    return {"streams": [
        {"stream": stream, "sync_mode": mode, "destination_sync_mode": "append_dedup",
         "cursor_field": stream["default_cursor_field"],
         "primary_key": stream["source_defined_primary_key"]} for stream in chosen]}


def catalog_of(config):
    messages, _ = airbyte("discover", "--config", write("config.json", config))
    (message,) = messages
    return message["catalog"]


class Destination:
    """What a destination keeps: rows by key, and the state after them."""

    def __init__(self):
        self.rows = {stream: {} for stream in STREAMS}
        self.pending = {stream: [] for stream in STREAMS}
        self.states = {}

    def take(self, line):
        message = json.loads(line)
        if message["type"] == "RECORD":
            record = message["record"]
            self.pending[record["stream"]].append(record["data"])
        elif message["type"] == "STATE":
            state = message["state"]
            stream = state["stream"]["stream_descriptor"]["name"]
            rows, self.pending[stream] = self.pending[stream], []
            count = state["sourceStats"]["recordCount"]
            assert count == len(rows) and isinstance(count, float), (count, len(rows))
            self.rows[stream].update({key(stream, row): row for row in rows})
            self.states[stream] = state

    def drop_uncovered(self):
        """What no state covers is lost."""
        self.pending = {stream: [] for stream in STREAMS}

    def state_file(self):
        return write("state.json", list(self.states.values()))

    def content(self):
        without = lambda row: {name: value for name, value in row.items() if name != "read_at"}
        return {stream: {k: without(row) for k, row in rows.items()} for stream, rows in self.rows.items()}


def read_words(destination, catalog="configured.json"):
    words = ["read", "--config", "config.json", "--catalog", catalog]
    return words + (["--state", destination.state_file()] if destination.states else [])


def read(destination, code=0):
    messages, run = airbyte(*read_words(destination), code=code)
    before = sum(map(len, destination.rows.values()))
    for line in run.stdout.splitlines():
        destination.take(line)
    assert not any(destination.pending.values()), "records that no state covers"
    return messages, before


def statuses(messages):
    found = collections.defaultdict(list)
    for message in messages:
        if message["type"] == "TRACE" and message["trace"]["type"] == "STREAM_STATUS":
            status = message["trace"]["stream_status"]
            found[status["stream_descriptor"]["name"]].append(status["status"])
    return dict(found)


def check_protocol():
    """Every line parses, records match their schemas, the set is the true one, and states count."""
    spec, _ = airbyte("spec")
    schema = spec[0]["spec"]["connectionSpecification"]
    with sandbox("--records", "120") as (config, url):
        jsonschema.validate(config, schema)
        write("config.json", config)
        (status,), _ = airbyte("check", "--config", "config.json")
        assert status["connectionStatus"]["status"] == "SUCCEEDED", status
        catalog = catalog_of(config)
        write("configured.json", configured(catalog))
        destination = Destination()
        messages, _ = read(destination)
        schemas = {stream["name"]: stream["json_schema"] for stream in catalog["streams"]}
        validators = {name: jsonschema.Draft7Validator(schema) for name, schema in schemas.items()}
        records = [message["record"] for message in messages if message["type"] == "RECORD"]
        for record in records[:3000]:
            validators[record["stream"]].validate(record["data"])
            assert set(record["data"]) == set(schemas[record["stream"]]["properties"])
        found = {(row["vendor"], row["call_id"]) for row in destination.rows["calls"].values()}
        assert found == truth(url), (len(found), len(truth(url)))
        money = [row["cost_total"] for row in destination.rows["calls"].values() if row["cost_total"]]
        assert money and all(isinstance(amount, str) for amount in money)
        assert "raw" not in schemas["calls"]["properties"]
        assert statuses(messages) == {stream: ["STARTED", "RUNNING", "COMPLETE"] for stream in STREAMS}
        # Nothing is new, so nothing comes.
        again, _ = read(destination)
        assert not [message for message in again if message["type"] == "RECORD"]
        # A full refresh brings everything.
        write("configured.json", configured(catalog, "full_refresh", ["calls"]))
        full = Destination()
        full.states = {"calls": destination.states["calls"]}
        read(full)
        assert len(full.rows["calls"]) == len(found)
    size = len(json.dumps(list(destination.states.values())))
    print(f"protocol: {len(records)} records of {len(found)} calls, state {size:,} bytes")


def check_changes():
    """Of a list that grows, a second read brings what is new or has changed, and nothing else."""
    with sandbox("--records", "100", "--grow", "10/s") as (config, url):
        catalog = catalog_of(config)
        write("configured.json", configured(catalog))
        destination = Destination()
        read(destination)
        first = destination.content()
        time.sleep(1)
        expect = truth(url)
        messages, _ = read(destination)
        records = [message["record"] for message in messages if message["type"] == "RECORD"]
        without = lambda row: {name: value for name, value in row.items() if name != "read_at"}
        news = changes = 0
        touched = {r["data"].get("id", r["data"].get("call")) for r in records if r["stream"] == "calls"}
        for record in records:
            stream, row = record["stream"], record["data"]
            before = first[stream].get(key(stream, row))
            news += before is None
            changes += before is not None and before != without(row)
            if stream == "calls" and before == without(row):
                # Its turns, costs or warnings changed then.
                children = [r for r in records if r["stream"] != "calls" and r["data"].get("call") == row["id"]]
                assert any(first[r["stream"]].get(key(r["stream"], r["data"])) != without(r["data"])
                           for r in children), f"{row['id']} came again unchanged"
        assert news, "nothing is new"
        found = {(row["vendor"], row["call_id"]) for row in destination.rows["calls"].values()}
        assert expect <= found, len(expect - found)
    print(f"changes: {news} new and {changes} changed records of {len(touched)} calls")


def check_kills(kills=6):
    """Killed at any moment and resumed: the set of one clean read, without what no state covers."""
    rolls, amid, states = random.Random(5), 0, []
    faults = [word for fault in ("error-503=2%", "reset=2%", "cut-body=2%") for word in ("--fault", fault)]
    # One vendor for each way of paging: by number, offset, token and key.
    vendors = {"vaani", "agentvoice", "retell", "vapi"}
    with sandbox("--records", "400", "--latency", "5ms", *faults, vendors=vendors) as (config, _):
        catalog = catalog_of(config)
        write("configured.json", configured(catalog))
        clean = Destination()
        begin = time.monotonic()
        read(clean)
        took = time.monotonic() - begin
        left = kills
        while left:
            destination = Destination()
            while True:
                words = [PROGRAM, "airbyte", *read_words(destination)]
                run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                deadline = time.monotonic() + rolls.random() * took
                killed = False
                for line in run.stdout:
                    if line.endswith(b"\n"):
                        destination.take(line)
                    if left and not killed and time.monotonic() > deadline:
                        run.kill()
                        killed = True
                code = run.wait()
                if code == 0:
                    break
                assert killed, code
                left -= 1
                amid += any(map(len, destination.rows.values()))
                destination.drop_uncovered()
                states.append(len(json.dumps(list(destination.states.values()))))
            for stream in STREAMS:
                assert destination.content()[stream] == clean.content()[stream], stream
    print(f"kills: {kills} kills, {amid} after a state, all equal; largest state {max(states):,} bytes")


def check_problems():
    """A wrong key fails the check, and a source that fails makes the read incomplete; no secret shows."""
    with sandbox("--records", "60") as (config, _):
        secret = "sk-do-not-show-me"
        wrong = json.loads(json.dumps(config))
        for name in ("api_key", "token"):
            if name in wrong["sources"][0]:
                wrong["sources"][0][name] = secret
        write("config.json", wrong)
        (status,), run = airbyte("check", "--config", "config.json")
        status = status["connectionStatus"]
        assert status["status"] == "FAILED" and wrong["sources"][0]["name"] in status["message"], status
        assert secret not in run.stdout + run.stderr
        print(f"wrong key: {status['message']}")
        write("configured.json", configured(catalog_of(wrong)))
        destination = Destination()
        messages, _ = read(destination, code=3)
        assert set(map(tuple, statuses(messages).values())) == {("STARTED", "RUNNING", "INCOMPLETE")}
        errors = [m["trace"]["error"] for m in messages
                  if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"]
        assert [error["failure_type"] for error in errors] == ["config_error"], errors
        # Once the key is right, what is missing comes.
        before = len(destination.rows["calls"])
        write("config.json", config)
        read(destination)
        print(f"partial: {before} calls without the source, {len(destination.rows['calls'])} with it")
    with sandbox("--records", "60", "--fault", "error-503=100%", vendors={"zudu"}) as (config, _):
        config["sources"] = [{**source, "retries": 0} for source in config["sources"]]
        write("config.json", config)
        messages, _ = airbyte(*read_words(Destination()), code=1)
        errors = [m["trace"]["error"] for m in messages
                  if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"]
        assert [error["failure_type"] for error in errors] == ["transient_error"], errors
    with sandbox("--records", "60", "--fault", "bad-id=10%", vendors={"agentvoice"}) as (config, _):
        write("config.json", config)
        destination = Destination()
        messages, _ = read(destination, code=3)
        rejected = len(destination.rows["set_aside"])
        assert rejected and "record" not in next(iter(destination.rows["set_aside"].values()))
        errors = [m["trace"]["error"] for m in messages
                  if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"]
        assert [error["failure_type"] for error in errors] == ["system_error"], errors
        # They were sent, and are no news.
        messages, _ = read(destination)
        assert not [message for message in messages if message["type"] == "RECORD"]
        print(f"set aside: {rejected} records without a usable id")
    with sandbox("--records", "60", "--fault", "detail-503-once", vendors={"elevenlabs"}) as (config, url):
        config["sources"] = [{**source, "retries": 0} for source in config["sources"]]
        write("config.json", {**config, "streams": {"detail": ["transcript"]}})
        destination = Destination()
        messages, _ = read(destination, code=3)
        errors = [m["trace"]["error"] for m in messages
                  if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"]
        assert [error["failure_type"] for error in errors] == ["transient_error"], errors
        before = len(destination.rows["turns"])
        # Details that could not be fetched are fetched by the next read, and then not again.
        read(destination)
        asked = requests(url)
        messages, _ = read(destination)
        assert not [message for message in messages if message["type"] == "RECORD"]
        assert requests(url) - asked < 10, requests(url) - asked
        print(f"details: {before} turns at first, {len(destination.rows['turns'])} after the next read")
    # A reference would run a command for whoever edits the connection.
    config = {"sources": [{"name": "a", "vendor": "zudu", "api_key": {"command": "touch owned"},
                           "api_secret": "s"}]}
    (status,), _ = airbyte("check", "--config", write("config.json", config))
    assert status["connectionStatus"]["status"] == "FAILED" and not os.path.exists("owned"), status


def wrapper(name, words):
    """A program of this name, as engines expect one."""
    path = pathlib.Path(name).absolute()
    path.write_text(f'#!/bin/sh\nexec {PROGRAM} {words} "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def check_pyairbyte():
    """PyAirbyte, offline, runs the program into DuckDB."""
    import airbyte as ab

    program = wrapper("source-callfold", "airbyte")
    with sandbox("--records", "40", "--grow", "2/s") as (config, url):
        source = ab.get_source("source-callfold", config=config, local_executable=program)
        source.check()
        names = source.get_available_streams()
        assert names == STREAMS, names
        source.select_all_streams()
        cache = ab.caches.DuckDBCache(db_path="calls.duckdb", schema_name="main")
        expect = truth(url)
        first = source.read(cache=cache).processed_records
        again = source.read(cache=cache).processed_records
        assert again < first / 2, (first, again)
        wrong = json.loads(json.dumps(config))
        wrong["sources"][0]["api_key"] = "sk-do-not-show-me"
        source.set_config(wrong)
        try:
            source.check()
            raise AssertionError("the check passed")
        except ab.exceptions.AirbyteConnectorCheckFailedError as error:
            assert "sk-do-not-show-me" not in str(error), error
    found = [(row["vendor"], row["call_id"]) for row in cache["calls"]]
    assert len(found) == len(set(found)) and expect <= set(found), (len(found), len(expect))
    turns = [(row["call"], row["position"]) for row in cache["turns"]]
    assert len(turns) == len(set(turns)) > 0, len(turns)
    print(f"PyAirbyte: {first} records, then {again}; {len(found)} calls and {len(turns)} turns in DuckDB")


def tap_and_target(tap, target, config, state=None):
    """Runs a tap into a target, and gives the last state that the target passed on."""
    words = [str(tap), "--config", "config.json", "--catalog", "singer.json"]
    words += ["--state", state] if state else []
    reading = subprocess.Popen(words, stdout=subprocess.PIPE)
    writing = subprocess.run(
        [target, "--config", write("target.json", config)], stdin=reading.stdout,
        capture_output=True, text=True)
    assert writing.returncode == 0, writing.stderr[-3000:]
    assert reading.wait() == 0
    states = [json.loads(line) for line in writing.stdout.splitlines() if line.startswith("{")]
    assert states, "the target passed no state on"
    return write("singer_state.json", states[-1]), writing.stderr


def check_singer():
    """Targets of PyPI take the tap's messages, and a second run with the state brings nothing."""
    tap = wrapper("tap-callfold", "singer")
    with sandbox("--records", "80") as (config, url):
        write("config.json", config)
        discovered = subprocess.run([tap, "--config", "config.json", "--discover"],
                                    capture_output=True, text=True, check=True)
        catalog = json.loads(discovered.stdout)
        for stream in catalog["streams"]:
            for item in stream["metadata"]:
                if item["breadcrumb"] == []:
                    item["metadata"]["selected"] = stream["stream"] != "warnings"
                if item["breadcrumb"] == ["properties", "summary"]:
                    item["metadata"]["selected"] = False
        write("singer.json", catalog)
        expect = truth(url)
        target = f"{SINGER}/target-csv"
        os.makedirs("csv")
        settings = {"output_path": "csv", "file_naming_scheme": "{stream_name}-{timestamp}.csv"}
        loaded = lambda: [row for name in glob.glob("csv/calls-*.csv") for row in csv.DictReader(open(name))]
        state, _ = tap_and_target(tap, target, settings)
        rows = loaded()
        assert {(row["vendor"], row["call_id"]) for row in rows} == expect and len(rows) == len(expect)
        assert "summary" not in rows[0] and not glob.glob("csv/warnings*")
        costs = [row["cost_total"] for row in rows if row["cost_total"]]
        tap_and_target(tap, target, settings, state)
        assert len(loaded()) == len(expect)
        print(f"target-csv: {len(rows)} calls, then none; costs such as {max(costs, key=len)}")
        server = os.environ.get("CALLFOLD_TEST_POSTGRES")
        if not server:
            print("target-postgres: left out, as CALLFOLD_TEST_POSTGRES is not set")
            return
        settings = {"sqlalchemy_url": re.sub("^postgres(ql)?:", "postgresql+psycopg:", server),
                    "default_target_schema": "singer", "ssl_enable": False}
        password = os.environ.get("PGPASSWORD")
        if password and "@" in server and ":" not in server.split("//")[1].split("@")[0]:
            settings["sqlalchemy_url"] = settings["sqlalchemy_url"].replace("@", f":{password}@", 1)
        for _ in range(2):
            # Without a state the same calls come again, and are merged by their keys.
            state, _ = tap_and_target(tap, f"{SINGER}/target-postgres", settings)
        count = subprocess.run(
            ["psql", "-qtAX", server, "-c", "SELECT count(*), count(DISTINCT id) FROM singer.calls"],
            capture_output=True, text=True, check=True).stdout.strip()
        assert count == f"{len(expect)}|{len(expect)}", count
        print(f"target-postgres: {count} calls and keys after two full runs")


def export_part(number, kill_after=None):
    name = f"parts/{number:02}"
    words = [PROGRAM, "--quiet", "export", f"{name}.jsonl", "--part", f"{name}.part", "--resume",
             "--report", f"{name}.json", "--config", "config.json"]
    run = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    if kill_after:
        time.sleep(kill_after)
        run.kill()
    return run


def check_parts():
    """Eight parts in three processes, one killed and retried, are the set of one run."""
    with sandbox("--records", "3000", "--latency", "4ms", vendors={"agentvoice"}) as (config, url):
        write("config.json", config)
        subprocess.run([PROGRAM, "--quiet", "export", "one.jsonl", "--config", "config.json"], check=True)
        planned = subprocess.run(
            [PROGRAM, "plan", "--split", "8", "--history", "30d", "--config", "config.json"],
            capture_output=True, text=True, check=True).stdout.splitlines()
        assert len(planned) == 8, planned
        os.makedirs("parts")
        for number, line in enumerate(planned, 1):
            pathlib.Path(f"parts/{number:02}.part").write_text(line)
        merge = lambda: subprocess.run([PROGRAM, "merge-reports", *sorted(glob.glob("parts/*.json"))],
                                       capture_output=True, text=True)
        waiting, running, killed = list(range(1, 9)), {}, 0
        while waiting or running:
            while waiting and len(running) < 3:
                number = waiting.pop(0)
                # The last slice is the fullest: it is killed in the middle.
                is_victim = number == 8 and not killed
                running[number] = export_part(number, 0.25 if is_victim else None)
                killed += is_victim
            for number, run in list(running.items()):
                if run.poll() is None:
                    continue
                del running[number]
                if run.returncode == -signal.SIGKILL:
                    before = merge()
                    assert before.returncode == 3, before
                    waiting.append(number)
                else:
                    assert run.returncode == 0, run.stderr.read()
            time.sleep(0.01)
        merged = merge()
        assert merged.returncode == 0, (merged.stdout, merged.stderr)
        lines = lambda names: sorted(line for name in names for line in open(name))
        one, parts = lines(["one.jsonl"]), lines(glob.glob("parts/*.jsonl"))
        assert one == parts and len(one) == len(truth(url, {"agentvoice"})), (len(one), len(parts))
        sizes = [sum(1 for _ in open(name)) for name in sorted(glob.glob("parts/*.jsonl"))]
        os.remove("parts/03.json")
        lacking = merge()
        assert lacking.returncode == 3 and "part 3: no report" in lacking.stdout, lacking
        print(f"parts: {sizes} calls, together those of one run; {merged.stdout.strip()}")


def check_recipes():
    """The recipes of docs/engines.md, as they stand there."""
    pattern = re.compile(r"<!-- runs: (\w+) -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    recipes = pattern.findall(PAGE.read_text(encoding="utf-8"))
    assert {kind for kind, _, _ in recipes} >= {"shell", "pyairbyte", "dlt", "spark"}
    os.makedirs("bin", exist_ok=True)
    link = pathlib.Path("bin/callfold")
    link.exists() or link.symlink_to(PROGRAM)
    pythons = {"pyairbyte": sys.executable, "dlt": DLT, "spark": SPARK}
    with sandbox("--records", "40") as (config, _):
        write("config.json", config)
        path = f"{os.path.abspath('bin')}:{SINGER}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "CALLFOLD_CONFIG": os.path.abspath("config.json"),
                       "DLT_DATA_DIR": os.path.abspath("dlt"), "RUNTIME__DLTHUB_TELEMETRY": "false"}
        for kind, language, text in recipes:
            if language == "sh":
                words = ["bash", "-euo", "pipefail", "-c", text]
            elif pythons[kind]:
                words = [pythons[kind], "-W", "ignore", "-c", text]
            else:
                print(f"recipe {kind}: left out")
                continue
            run = subprocess.run(words, capture_output=True, text=True, env=environment)
            assert run.returncode == 0, (kind, text, run.stdout[-1500:], run.stderr[-3000:])
            print(f"recipe {kind}: {len(text.splitlines())} lines run")


def main():
    global PROGRAM, SINGER, DLT, SPARK
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--singer", required=True)
    arguments.add_argument("--dlt", required=True)
    arguments.add_argument("--spark")
    arguments.add_argument("--only", nargs="+")
    given = arguments.parse_args()
    PROGRAM, SINGER, DLT, SPARK = os.path.realpath(given.program), given.singer, given.dlt, given.spark
    os.environ["AIRBYTE_LOGGING_ROOT"] = os.path.abspath("logs")
    checks = [check_protocol, check_changes, check_kills, check_problems, check_pyairbyte, check_singer,
              check_parts, check_recipes]
    for check in checks:
        name = check.__name__.removeprefix("check_")
        if given.only and name not in given.only:
            continue
        begin = time.monotonic()
        os.makedirs(name)
        os.chdir(name)
        check()
        os.chdir("..")
        print(f"  ({name}: {time.monotonic() - begin:.0f} s)")


main()
