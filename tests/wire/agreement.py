"""Agreement: whether requests and answers of the simulated Discord are what Discord's own OpenAPI document says.

`openapi.json` beside this file is the part of that document that speaks of our paths, without its texts: github
discord/discord-api-spec, MIT License. `python -m tests.wire.agreement DOCUMENT` makes it anew from a whole document.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]
EXCERPT = Path(__file__).with_name("openapi.json")
BASE = "urn:discord"
SMALLEST_ID = 1 << 40
TEXTS = {"description", "title", "example", "examples"}


class Agreement:
    """Give it to a Wire as its witness; `disagreements` says what did not fit, each thing once, in order."""

    def __init__(self) -> None:
        self.disagreements: dict[str, None] = {}
        self.seen: set[str] = set()
        """The operations that were compared, as "METHOD /path"."""
        self._document = json.loads(EXCERPT.read_text())
        self._registry: Registry[Any] = Registry().with_resource(
            BASE, Resource.from_contents(self._document, default_specification=DRAFT202012)
        )
        self._validator = cache(self._make_validator)

    def witness(self, method: str, path: str, payload: Any, status: int, answer: Any) -> None:
        """Compare one exchange: `payload` and `answer` are JSON, None without any. Refusals are not compared."""
        operation = self._operation(method, path)
        if operation is None or status >= 400:
            return
        self.seen.add(operation)
        if payload:
            self._compare(f"/operations/{_escaped(operation)}/request", f"{operation}, request", with_ids(payload))
        if str(status) not in self._document["operations"][operation]["responses"]:
            self.disagreements[f"{operation}: status {status} is not known"] = None
            return
        self._compare(f"/operations/{_escaped(operation)}/responses/{status}", f"{operation}, {status}", answer)

    def _operation(self, method: str, path: str) -> str | None:
        """The operation of the document with the most of its path written out, if there is one."""
        fitting = [name for name in self._document["operations"] if _pattern(name).fullmatch(f"{method} {path}")]
        return min(fitting, key=lambda name: name.count("{"), default=None)

    def _compare(self, pointer: str, what: str, value: Any) -> None:
        validator = self._validator(pointer)
        if validator is None:
            if value is not None:
                self.disagreements[f"{what}: there is a body, and ought to be none"] = None
            return
        for error in validator.iter_errors(value):
            for deepest in causes(error):
                place = re.sub(r"\d+", "*", deepest.json_path)
                self.disagreements[f"{what}: {place}: {deepest.message[:200]}"] = None

    def _make_validator(self, pointer: str) -> Draft202012Validator | None:
        found: Any = self._document
        for part in pointer.split("/")[1:]:
            found = None if found is None else found.get(part.replace("~1", "/").replace("~0", "~"))
        if found is None:
            return None
        return Draft202012Validator({"$ref": f"{BASE}#{pointer}"}, registry=self._registry)


def causes(error: ValidationError) -> list[ValidationError]:
    """What is really wrong: of several shapes that are allowed, the one that says it is of this type is meant."""
    branches: defaultdict[Any, list[ValidationError]] = defaultdict(list)
    for part in error.context or []:
        branches[part.relative_schema_path[0]].append(part)
    meant = [parts for parts in branches.values() if not any(list(part.relative_path) == ["type"] for part in parts)]
    nearest = min(meant, key=len, default=[])
    return [cause for part in nearest for cause in causes(part)] or [error]


def with_ids(value: Any) -> Any:
    """Ids as text: the document wants them so, and Discord takes numbers from discord.py as well."""
    if isinstance(value, dict):
        return {key: _numbered(part) if key == "attachments" else with_ids(part) for key, part in value.items()}
    if isinstance(value, list):
        return [with_ids(part) for part in value]
    is_id = isinstance(value, int) and value >= SMALLEST_ID
    return str(value) if is_id else value


def _numbered(attachments: Any) -> Any:
    return [with_ids(file) | {"id": str(file["id"])} for file in attachments or []]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


@cache
def _pattern(operation: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation)))


# -- making the excerpt ------------------------------------------------------------------------------------------------


def excerpt(document: Json, routes: set[tuple[str, str]]) -> Json:
    """What a whole document says of these routes, (method, path with any names in braces), and the schemas used."""
    shapes = {(method, re.sub(r"\{\w+\}", "[^/]+", path)) for method, path in routes}
    operations = {
        f"{method.upper()} {path}": _operation(operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if any(method.upper() == wanted and re.fullmatch(shape, path) for wanted, shape in shapes)
    }
    schemas: Json = {}
    missing = set(_references(operations))
    while missing:
        name = missing.pop()
        schemas[name] = _bare(document["components"]["schemas"][name])
        missing |= set(_references(schemas[name])) - schemas.keys()
    return {"operations": operations, "components": {"schemas": schemas}}


def _operation(operation: Json) -> Json:
    request = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = {
        status: _bare(response.get("content", {}).get("application/json", {}).get("schema"))
        for status, response in operation["responses"].items()
        if status.startswith("2")
    }
    return {"request": _bare(request), "responses": answers}


def _bare(schema: Any, *, names: bool = False) -> Any:
    """A schema without its texts; `names`: the keys here are those of somebody's properties."""
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _bare(part, names=key == "properties" and not names)
        for key, part in schema.items()
        if names or (key not in TEXTS and not key.startswith("x-"))
    }


def _references(schema: Any) -> Iterator[str]:
    return (found[1] for found in re.finditer(r'"#/components/schemas/(\w+)"', json.dumps(schema)))


def write(document: Json, routes: set[tuple[str, str]]) -> None:
    """Write the excerpt, with one line for each operation and schema."""
    made = excerpt(document, routes)
    parts = {"operations": made["operations"], "components": made["components"]["schemas"]}
    lines = {
        name: ",\n".join(f"{json.dumps(key)}:{json.dumps(part[key], separators=(',', ':'))}" for key in sorted(part))
        for name, part in parts.items()
    }
    EXCERPT.write_text(
        f'{{"operations":{{\n{lines["operations"]}\n}},"components":{{"schemas":{{\n{lines["components"]}\n}}}}}}\n'
    )


if __name__ == "__main__":
    from tests.wire.server import Wire

    write(json.loads(Path(sys.argv[1]).read_text()), Wire().routes)
