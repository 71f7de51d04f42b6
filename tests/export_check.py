"""Exports as other programs meet them: pyarrow, an S3 server, the system.

Usage: export_check.py PROGRAM, in an empty directory. Compares with what the
sandbox says is true.
"""

import contextlib
import gzip
import json
import logging
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import pyarrow.dataset as dataset
import pyarrow.fs
import pyarrow.parquet as parquet
from moto.server import ThreadedMotoServer

PROGRAM = sys.argv[1]
VENDORS = len(list((pathlib.Path(__file__).resolve().parent.parent / "specs").glob("*.yaml")))
LONG = int(os.environ.get("RECORDS", 200_000 // VENDORS))


@contextlib.contextmanager
def sandbox(records):
    """Serves so many calls of each vendor, and gives the sandbox's address."""
    serving = subprocess.Popen(
        [PROGRAM, "sandbox", "--records", str(records)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = serving.stderr.readline()
        assert line.startswith("serving"), line
        url = line.split(" at ")[1].split(" until")[0]
        config = ""
        for line in iter(serving.stdout.readline, ""):
            config += line
            # The last line of a section is its address.
            if line.startswith("base_url"):
                config += 'rate = "100000/s"\n'
                if config.count("base_url") == VENDORS:
                    break
        pathlib.Path("callfold.toml").write_text(config)
        yield url
    finally:
        serving.kill()
        serving.wait()


def export(*arguments, code=0, **environment):
    run = subprocess.run(
        [PROGRAM, "export", *arguments], stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment})
    assert run.returncode == code, (arguments, run.returncode, run.stderr)
    return run.stderr


def truth(url):
    """What is true of each call, by vendor and id."""
    with urllib.request.urlopen(url + "/_truth") as answer:
        calls = [json.loads(line) for line in answer]
    return {(call["vendor"], call["id"]): call for call in calls}


def keys(table):
    return list(zip(table["vendor"].to_pylist(), table["call_id"].to_pylist()))


def check_files(true):
    export("--to", "calls.jsonl.gz")
    with gzip.open("calls.jsonl.gz", "rt") as text:
        calls = [json.loads(line) for line in text]
    found = {(call["vendor"], call["call_id"]) for call in calls}
    assert len(calls) == len(true) and found == set(true), (len(calls), len(true))
    export("--to", "calls.parquet")
    table = parquet.read_table("calls.parquet")
    assert sorted(keys(table)) == sorted(true), table.num_rows
    print(f"{len(true)} calls to JSON Lines and Parquet: those that are true")


def check_set(true):
    for _ in range(2):
        export("--to", "set/", "--partition", "vendor,date")
    check_dataset(dataset.dataset("set", partitioning="hive"), true)
    export("--to", "csvs/", "--partition", "vendor,month", "--format", "csv")
    partitioned = dataset.dataset("csvs", format="csv", partitioning="hive")
    assert partitioned.count_rows() == len(true)
    print(f"partitioned sets: {len(list(pathlib.Path('set').rglob('*.parquet')))} Parquet files")


def check_dataset(partitioned, true):
    assert partitioned.count_rows() == len(true)
    table = partitioned.to_table(columns=["vendor", "call_id", "started_at", "date"])
    assert sorted(keys(table)) == sorted(true)
    days = zip(table["started_at"].to_pylist(), table["date"].to_pylist())
    for started, day in days:
        assert (None if started is None else f"{started:%Y-%m-%d}") == (day and str(day)[:10])
    one = partitioned.count_rows(filter=dataset.field("vendor") == "zudu")
    assert one == sum(1 for vendor, _ in true if vendor == "zudu")


def check_store(true):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://127.0.0.1:{port}"
    environment = {
        "AWS_ACCESS_KEY_ID": "test-id", "AWS_SECRET_ACCESS_KEY": "test-key",
        "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true",
        "XDG_STATE_HOME": os.path.abspath("state"),
    }
    try:
        files = pyarrow.fs.S3FileSystem(
            access_key="test-id", secret_key="test-key", endpoint_override=endpoint,
            region="us-east-1", allow_bucket_creation=True)
        message = export("--to", "s3://calls/set/", "--partition", "vendor,date", code=1, **environment)
        assert "there is no such bucket" in message and "test-key" not in message, message
        files.create_dir("calls")
        # The second takes the place of the first.
        for _ in range(2):
            export("--to", "s3://calls/set/", "--partition", "vendor,date", **environment)
        check_dataset(dataset.dataset("calls/set", filesystem=files, partitioning="hive"), true)
        # More than one part.
        export("--to", "s3://calls/calls.jsonl", "--raw", "--detail", "transcript", **environment)
        size = files.get_file_info("calls/calls.jsonl").size
        with files.open_input_file("calls/calls.jsonl") as text:
            assert len(text.readall().splitlines()) == len(true)
        left = [path for path in pathlib.Path("state").rglob("*") if path.is_file()]
        assert not left, left
        print(f"S3: a partitioned set, replaced once, and one object of {size} bytes")
    finally:
        server.stop()


# A program counts with what the process had in memory that started it, so a
# small one has to do that.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
sys.exit(code)
"""


def check_memory():
    begin = time.monotonic()
    command = [PROGRAM, "--quiet", "export", "--to", "long.parquet"]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEASURE, *command], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    seconds = time.monotonic() - begin
    peak = float(ran.stdout)
    rows = parquet.read_metadata("long.parquet").num_rows
    print(f"{rows} calls to Parquet in {seconds:.1f} s, peak {peak:.0f} MB")
    assert rows == VENDORS * LONG and peak < 150, (rows, peak)


def main():
    with sandbox(LONG):
        check_memory()
    with sandbox(1000) as url:
        true = truth(url)
        check_files(true)
        check_set(true)
        check_store(true)


main()
