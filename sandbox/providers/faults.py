"""Scripted trouble: what a stand-in does wrong, how often, in what order. No HTTP; documented errors are in catalogue.

A script is read from the front: the first fault that fits a request is played, until its `times` are used up. Faults
with an `outcome` wait for the next new task instead, and decide how that ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from sandbox.providers.script import Script

STRICT = ConfigDict(extra="forbid")


class Route(StrEnum):
    """Which requests a fault may meet; pictures are fetched by the stand-in itself and never meet one."""

    SUBMIT = "submit"
    FETCH = "fetch"
    UPLOAD = "upload"
    FILE = "file"
    ANY = "any"


class Garbage(StrEnum):
    """Answers of status 200 that are not what they should be."""

    HTML = "html"
    TRUNCATED = "truncated"
    NESTED = "nested"


class Ending(StrEnum):
    """How a task ends, or what becomes of its clip."""

    COMPLETED = "completed"
    FAILED = "failed"
    NEVER = "never"
    WITHOUT_URL = "without_url"
    BARE_URL = "bare_url"
    LINK_FORBIDDEN = "link_forbidden"
    LINK_GONE = "link_gone"
    LINK_CUT = "link_cut"
    CLIP_SHORT = "clip_short"
    CLIP_HTML = "clip_html"


EXPIRED_ENDINGS = frozenset({Ending.LINK_FORBIDDEN, Ending.LINK_GONE})


@dataclass(frozen=True, config=STRICT)
class Outcome:
    """How one task ends.

    `text` and `code` are the provider's words for a failure (Apiframe has no code). `state` replaces the word for the
    final state: "CANCELLED" for a failed Apiframe job, "succeed" or "complete" for an AceData task. LINK_CUT drops the
    connection half-way through the clip; CLIP_SHORT serves half of it as if it were all.
    """

    ending: Ending = Ending.COMPLETED
    text: str = ""
    code: str = "api_error"
    state: str = ""


@dataclass(frozen=True, config=STRICT)
class Fault:
    """One piece of trouble, played `times` times (None: always) on requests whose path or body contains `match`.

    First comes `delay` seconds, then one of `reset` (the connection breaks), `garbage` or `status` with `body` (JSON,
    or text as it is) and `headers`; with none of these the request is answered properly, only late. Where `effect` is
    set the request does its work before the trouble begins: the task exists and is charged, the answer is lost.
    """

    route: Route = Route.SUBMIT
    times: int | None = 1
    match: str = ""
    delay: float = 0.0
    effect: bool = False
    reset: bool = False
    garbage: Garbage | None = None
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    outcome: Outcome | None = None


class FaultScript(Script[Fault]):
    """The faults still to be played by one stand-in, on requests and on tasks."""

    def for_request(self, route: Route, text: str) -> Fault | None:
        """The fault this request meets, if any; it counts as played."""
        return self.play(lambda f: f.outcome is None and f.route in (route, Route.ANY) and f.match in text)

    def for_task(self, text: str) -> Outcome:
        """How the task that is being created will end; `text` is its request."""
        fault = self.play(lambda f: f.outcome is not None and f.match in text)
        return fault.outcome if fault is not None and fault.outcome is not None else Outcome()


def parse_faults(data: object, catalogue: Mapping[str, Fault]) -> list[Fault]:
    """Faults from JSON: one object or a list; `{"name": ..., "times": ...}` takes one from the catalogue.

    Raises ValueError (pydantic's ValidationError is one) that says what is wrong.
    """
    items = data if isinstance(data, list) else [data]
    faults = []
    for item in items:
        if not isinstance(item, dict):
            raise ValueError("a fault is a JSON object")
        if "name" not in item:
            faults.append(TypeAdapter(Fault).validate_python(item))
        elif item["name"] in catalogue:
            known: dict[str, Any] = TypeAdapter(Fault).dump_python(catalogue[item["name"]])
            rest = {key: value for key, value in item.items() if key != "name"}
            faults.append(TypeAdapter(Fault).validate_python(known | rest))
        else:
            raise ValueError(f"no fault is named {item['name']!r}; there are: {', '.join(sorted(catalogue))}")
    return faults
