"""Holds the vCon of each kind of call to JSON Schemas, by a validator that is not ours.

Usage: vcon_check.py PROGRAM [SCHEMA...], in an empty directory. PROGRAM exports one call of
each kind, as Zudu would send it. The schema is that of
crates/export/schemas, and more can be named, such as the working group's own, which is
vcon_json_schema.json in https://github.com/ietf-wg-vcon/draft-ietf-vcon-vcon-core.

    pip install 'jsonschema[format]'
"""

import json
import pathlib
import subprocess
import sys

import jsonschema

from vendor_server import serve

PROGRAM = sys.argv[1]
OURS = pathlib.Path(__file__).resolve().parent.parent / "crates/export/schemas/vcon.schema.json"
START = 1776772800000  # 2026-04-21T12:00:00Z
RECORDING = "https://recordings.example.com/1.mp3"
TURNS = [
    {"role": "agent", "content": "Good morning.", "timestamp": START + 1000},
    {"role": "user", "content": "Hello.", "timestamp": START + 3000},
]
PHONE = {
    "call_type": "PHONE_CALL", "direction": "OUTBOUND", "from_number": "+14155550100",
    "to_number": "+14155550177", "start_timestamp": START, "created_at": START,
}
OVER = {**PHONE, "call_status": "ENDED", "end_timestamp": START + 60000, "call_duration": 60000}
# The record of each kind, and the types of the dialogs that its vCon has.
KINDS = {
    "ringing": ({**PHONE, "call_status": "RINGING", "start_timestamp": None}, []),
    "unanswered": ({**OVER, "disconnection_reason": "no_answer"}, ["incomplete"]),
    "answered": (
        {**OVER, "disconnection_reason": "USER_HANGUP", "recording_url": RECORDING,
         "transcript_object": TURNS}, ["recording"]),
    "transferred": (
        {**OVER, "disconnection_reason": "call_transfer", "recording_url": RECORDING,
         "transcript_object": TURNS}, ["recording", "transfer"]),
    "web": (
        {**OVER, "call_type": "WEB_CALL", "direction": None, "from_number": None,
         "to_number": None, "transcript_object": TURNS}, ["text", "text"]),
    "text-only": ({**OVER, "transcript": "We spoke about an order."}, ["text"]),
    "withheld": (
        {**OVER, "direction": "INBOUND", "from_number": "anonymous",
         "to_number": "+14155550100", "recording_url": RECORDING}, ["recording"]),
    "timeless": (
        {"call_status": "ENDED", "call_type": "PHONE_CALL", "transcript": "We spoke."}, []),
}


def export(*arguments):
    calls = [{"id": kind, "call_id": kind, **record} for kind, (record, _) in KINDS.items()]
    with serve({"zudu": calls}):
        subprocess.run([PROGRAM, "--quiet", "export", "--to", "calls.vcon.jsonl", *arguments], check=True)
    lines = pathlib.Path("calls.vcon.jsonl").read_text(encoding="utf-8").splitlines()
    vcons = [json.loads(line) for line in lines]
    return {vcon["attachments"][0]["body"]["call_id"]: vcon for vcon in vcons}


def validators(paths):
    for path in paths:
        schema = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        yield path, kind(schema, format_checker=kind.FORMAT_CHECKER)


def main(schemas):
    checks = list(validators([OURS, *schemas]))
    for arguments in ([], ["--pii", "mask"], ["--pii", "drop"]):
        vcons = export(*arguments)
        assert set(vcons) == set(KINDS), sorted(vcons)
        for kind, vcon in vcons.items():
            for path, validator in checks:
                errors = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(vcon)]
                assert not errors, (kind, path, errors)
            assert all(dialog for dialog in vcon["dialog"]), (kind, vcon["dialog"])
            assert not vcon["created_at"].startswith("1970"), kind
            assert "anonymous" not in json.dumps(vcon["parties"]), (kind, vcon["parties"])
        if not arguments:
            found = {kind: [dialog["type"] for dialog in vcon["dialog"]] for kind, vcon in vcons.items()}
            assert found == {kind: types for kind, (_, types) in KINDS.items()}, found
    print(f"vcon: {len(KINDS)} kinds of calls, each valid by {len(checks)} schemas")


if __name__ == "__main__":
    main(sys.argv[2:])
