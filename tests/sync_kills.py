#!/usr/bin/env python3
"""Kills a sync at random moments, and compares what it leaves with a single run.

Usage: tests/sync_kills.py PROGRAM [--kills N] [--records N] [--fault KIND=RATE]...

A sandbox serves every vendor. A sync of all their calls is killed (SIGKILL) and
begun again until it ends, into one new database after the other, until it was
killed often enough; each database then has to equal, row for row, one that a
single sync made of a sandbox without faults. With CALLFOLD_TEST_POSTGRES, the
address of a PostgreSQL server, the databases are schemas there instead of SQLite
files: `tests/postgres.sh tests/sync_kills.py PROGRAM` starts one.
"""

import argparse
import glob
import os
import pathlib
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

TABLES = ["calls", "turns", "cost_parts", "warnings", "recordings", "raw", "set_aside"]
# What tells of a run and not of a call.
OF_RUNS = {"first_seen_run", "last_changed_run", "last_changed_at", "missing_since_run", "fetched_at"}
SERVER = os.environ.get("CALLFOLD_TEST_POSTGRES")


class File:
    """A database of SQLite."""

    def __init__(self, number):
        self.address = os.path.abspath(f"{number}.sqlite")

    def rows(self, table):
        file = sqlite3.connect(self.address)
        columns = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
        wanted = ", ".join(column for column in columns if column not in OF_RUNS)
        return sorted(map(repr, file.execute(f"SELECT {wanted} FROM {table}")))

    def killed(self):
        return sqlite3.connect(self.address).execute(KILLED).fetchone()[0]

    def check(self):
        file = sqlite3.connect(self.address)
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert not file.execute("PRAGMA foreign_key_check").fetchall()

    def drop(self):
        # A connection that closes removes its own files meanwhile.
        for path in glob.glob(self.address + "*"):
            pathlib.Path(path).unlink(missing_ok=True)


class Schema:
    """A schema of a PostgreSQL server."""

    def __init__(self, number):
        self.name = f"kills_{os.getpid()}_{number}"
        self.address = f"{SERVER}?options=-csearch_path%3D{self.name}"
        self.ask(f"CREATE SCHEMA {self.name}")

    def ask(self, sql):
        words = ["psql", "-qtAX", self.address, "-c", sql]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    def rows(self, table):
        columns = self.ask(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = "
            f"'{self.name}' AND table_name = '{table}' ORDER BY ordinal_position"
        ).split()
        wanted = ", ".join(column for column in columns if column not in OF_RUNS)
        return sorted(self.ask(f"COPY (SELECT {wanted} FROM {table}) TO STDOUT").splitlines())

    def killed(self):
        return int(self.ask(KILLED))

    def check(self):
        pass

    def drop(self):
        self.ask(f"SET client_min_messages = error; DROP SCHEMA {self.name} CASCADE")


KILLED = "SELECT count(*) FROM runs WHERE outcome = 'killed'"
Place = Schema if SERVER else File


def content(place):
    return {table: place.rows(table) for table in TABLES}


def serve(program, port, records, faults):
    """Starts a sandbox, and configures callfold to read it without a pace."""
    words = [program, "sandbox", "--records", str(records), "--port", str(port)]
    words += [word for fault in faults for word in ("--fault", fault)]
    with open("sandbox.toml", "w") as said, open("sandbox.err", "w") as error:
        sandbox = subprocess.Popen(words, stdout=said, stderr=error)
    while "serving" not in open("sandbox.err").read():
        if sandbox.poll() is not None:
            sys.exit(f"the sandbox ended: {open('sandbox.err').read()}")
        time.sleep(0.05)
    with open("callfold.toml", "w") as file:
        file.write(open("sandbox.toml").read().replace("base_url", "rate = \"100000/s\"\nbase_url"))
    return sandbox


def sync(program, place):
    words = [program, "sync", "--db", place.address, "--wait", "30s", "--quiet"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=subprocess.PIPE, text=True)


def reference(program, places):
    """What a single sync makes, and how long it takes."""
    for _ in range(2):
        place = next(places)
        begin = time.monotonic()
        run = sync(program, place)
        told = run.communicate()[1]
        took = time.monotonic() - begin
        if run.returncode != 0:
            sys.exit(f"a sync without a fault ended with {run.returncode}: {told}")
        rows = content(place)
        place.drop()
    return rows, took


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--records", type=int, default=4000, help="calls of each vendor")
    arguments.add_argument("--fault", action="append", default=[])
    asked = arguments.parse_args()
    program = os.path.realpath(asked.program)
    with tempfile.TemporaryDirectory() as scratch, socket.socket() as free:
        os.chdir(scratch)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        sandbox = serve(program, port, asked.records, [])
        try:
            places = map(Place, range(1, sys.maxsize))
            expect, took = reference(program, places)
            sources = open("sandbox.toml").read().count("base_url")
            assert len(expect["calls"]) == sources * asked.records
            if asked.fault:
                sandbox.terminate()
                sandbox.wait()
                sandbox = serve(program, port, asked.records, asked.fault)
            kill(program, places, expect, took, asked)
        finally:
            sandbox.terminate()
            sandbox.wait()
            os.chdir("/")


def kill(program, places, expect, took, asked):
    dice, begin = random.Random(7), time.monotonic()
    left, databases, syncs, amid = asked.kills, 0, 0, 0
    while left:
        place, run = next(places), None
        databases += 1
        while run is None or run.returncode != 0:
            syncs += 1
            run = sync(program, place)
            if left:
                time.sleep(dice.random() * took / 2)
                if run.poll() is None:
                    run.kill()
                    run.communicate()
                    left -= 1
                    continue
            told = run.communicate()[1]
            # A fault may end a run that was not killed; the next goes on.
            if run.returncode != 0 and not (asked.fault and run.returncode in (1, 3)):
                sys.exit(f"a sync ended with {run.returncode}: {told}")
        amid += place.killed()
        place.check()
        for table, rows in content(place).items():
            if rows != expect[table]:
                sys.exit(f"{table} of database {databases} differs from a single run's")
        place.drop()
    kind = "PostgreSQL" if SERVER else "SQLite"
    print(
        f"{kind}{''.join(f', {fault}' for fault in asked.fault)}: {asked.kills} kills, {amid} amid a "
        f"run, {syncs} syncs into {databases} databases, all equal; {time.monotonic() - begin:.0f} s"
    )


main()
