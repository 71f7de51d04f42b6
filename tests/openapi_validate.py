"""Checks the specs with a tool that is not ours.

Each spec must be a valid OpenAPI document for openapi-spec-validator, and each
body taken from a vendor's page must be valid for its schema, read strictly as
OpenAPI 3.0.3 says, with the dialect's one addition: `nullable` beside `allOf` or
`oneOf` allows null. Prints a line for each spec; fails when anything is wrong.

    pip install openapi-spec-validator
    python tests/openapi_validate.py
"""

import json
import pathlib
import sys

from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator
from openapi_spec_validator.readers import read_from_filename

ROOT = pathlib.Path(__file__).resolve().parent.parent


def schema_of(name, components):
    """The schema that a fixture names: a component, or `[Component]` for an array of it."""
    reference = {"$ref": f"#/components/schemas/{name.strip('[]')}"}
    if name.startswith("["):
        return {"type": "array", "items": reference, "components": components}
    return {"allOf": [reference], "components": components}


def with_null(schema):
    """`schema`, where each part that has `nullable` beside `allOf` or `oneOf` allows null."""
    if isinstance(schema, list):
        return [with_null(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: with_null(part) for name, part in schema.items()}
    for kind in ("allOf", "oneOf"):
        if schema.get("nullable") is True and kind in schema:
            null = {"type": "string", "nullable": True, "enum": [None]}
            schema["anyOf"] = [{kind: schema.pop(kind)}, null]
    return schema


def problems_of(spec):
    document, _ = read_from_filename(str(spec))
    for error in OpenAPIV30SpecValidator(document).iter_errors():
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
    for path in sorted((ROOT / "tests" / "fixtures" / spec.stem).glob("*.json")):
        fixture = json.loads(path.read_text(encoding="utf-8"))
        if fixture["sample"]:
            schema = schema_of(fixture["schema"], with_null(document["components"]))
            for error in OAS30Validator(schema).iter_errors(fixture["body"]):
                yield f"{path.name}: {error.json_path}: {error.message}"


def main():
    specs = sorted((ROOT / "specs").glob("*.yaml"))
    failed = not specs
    for spec in specs:
        problems = list(problems_of(spec))
        failed = failed or bool(problems)
        print(f"{spec.name}: {'; '.join(problems) if problems else 'valid'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
