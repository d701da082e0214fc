"""The part of JSON Schema (draft 6) that the schemas of OCPP use. They are not part of the tree; without them nothing is checked."""

import datetime
import json
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def shared_data():
    named = os.environ.get("BULWATT_SHARED_DATA")
    return pathlib.Path(named) if named else ROOT / ".." / "shared" / "data"


def is_a(value, kind):
    if kind == "integer":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer()
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])


class Schema:
    def __init__(self, root):
        self.root = root

    def faults(self, value):
        return list(self.walk(value, self.root, "payload"))

    def walk(self, value, schema, where):
        if "$ref" in schema:
            schema = self.root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
        kind = schema.get("type")
        if kind and not is_a(value, kind):
            yield f"{where} is no {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where} is {value!r}, which is no value of its enumeration"
        if isinstance(value, dict):
            yield from self.walk_object(value, schema, where)
        elif isinstance(value, list):
            yield from self.walk_list(value, schema, where)
        elif isinstance(value, str):
            yield from self.walk_text(value, schema, where)
        elif kind in ("integer", "number"):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                yield f"{where} is {value}, which is outside its limits"

    def walk_object(self, value, schema, where):
        members = schema.get("properties", {})
        yield from (f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, member in value.items():
            if name in members:
                yield from self.walk(member, members[name], f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}.{name} does not exist"

    def walk_list(self, value, schema, where):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{where} has {len(value)} elements"
        for number, element in enumerate(value):
            yield from self.walk(element, schema.get("items", {}), f"{where}[{number}]")

    def walk_text(self, value, schema, where):
        if len(value) > schema.get("maxLength", len(value)):
            yield f"{where} has {len(value)} characters, which is too long"
        if schema.get("format") == "date-time" and not good_time(value):
            yield f"{where} is {value!r}, which is no time"


def good_time(text):
    return bool(DATE_TIME.match(text)) and parse_time(text) is not None


def parse_time(text):
    try:
        return datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00"))
    except ValueError:
        return None


class Schemas:
    """All schemas of one version, read when first needed."""

    def __init__(self, folder=None):
        self.folder = folder or shared_data() / "ocpp" / "schemas" / "2.0.1"
        self.known = {}

    def present(self):
        return self.folder.is_dir()

    def get(self, name):
        if name not in self.known:
            path = self.folder / f"{name}.json"
            self.known[name] = Schema(json.loads(path.read_text(encoding="utf-8-sig"))) if path.is_file() else None
        return self.known[name]

    def faults(self, name, payload):
        """`name` is the action and Request or Response. Without schemas there are no faults."""
        if not self.present():
            return []
        schema = self.get(name)
        return [f"there is no message {name}"] if schema is None else [f"{name}: {fault}" for fault in schema.faults(payload)]
