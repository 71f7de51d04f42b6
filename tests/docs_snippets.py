"""Runs the snippets of docs/formats.md as they stand there.

Usage: docs_snippets.py DIR KIND... DIR holds the exports that the page speaks of
(calls.parquet, calls/, calls.csv, calls.jsonl.zst, calls.vcon.jsonl.gz). A kind is
what stands in a snippet's mark, such as duckdb in `<!-- runs: duckdb -->`; a
statement of SQL must give rows, and Python must end without an error.

    pip install pyarrow duckdb pandas     # and pyspark, with Java, for pyspark
"""

import os
import pathlib
import re
import sys

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "formats.md"
SNIPPET = re.compile(r"<!-- runs: (\w+) -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_sql(text):
    import duckdb

    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for statement in filter(str.strip, code.split(";")):
        rows = duckdb.sql(statement).fetchall()
        assert rows, f"no rows: {statement}"


def main(directory, kinds):
    page = PAGE.read_text(encoding="utf-8")
    snippets = SNIPPET.findall(page)
    marks = page.count("<!-- runs: ")
    assert len(snippets) == marks, f"{marks} marks and {len(snippets)} snippets"
    unknown = set(kinds) - {kind for kind, _, _ in snippets}
    assert not unknown, f"no snippet is marked {unknown}"
    os.chdir(directory)
    for kind, language, text in snippets:
        if kind not in kinds:
            print(f"{kind}: left out")
            continue
        if language == "sql":
            run_sql(text)
        else:
            exec(compile(text, f"docs/formats.md ({kind})", "exec"), {})
        print(f"{kind}: {len(text.splitlines())} lines run")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
