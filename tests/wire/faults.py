"""Scripted trouble of the REST side: what goes wrong, how often, and in what order. No HTTP.

A script is read from the front: the first fault that fits a request is played, until its `times` are used up.
The gateway's trouble is not scripted but done: see gateway.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from sandbox.providers.script import Script

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=STRICT)
class Fault:
    """One piece of trouble, played `times` times (None: always) on requests that fit.

    A request fits by `method` (empty: any), `path` (part of the path below the base) and `match` (part of its JSON).
    First comes `delay` seconds, then one of `reset` (the connection breaks), `retry_after` (429 for so many seconds,
    `everywhere` makes it global), or `status` with `code`, or `body` in its place (JSON, or text as it is) and
    `headers`; with none of these the request is answered properly, only late. Where `effect` is set the request does
    its work before the trouble begins. `cut_after` breaks the connection after so many bytes of the body, unread.
    """

    method: str = ""
    path: str = ""
    match: str = ""
    times: int | None = 1
    delay: float = 0.0
    effect: bool = False
    reset: bool = False
    cut_after: int | None = None
    retry_after: float | None = None
    everywhere: bool = False
    status: int | None = None
    code: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def fits(self, method: str, path: str, text: str) -> bool:
        """Whether it is meant for this request."""
        return self.method in ("", method) and self.path in path and self.match in text


class FaultScript(Script[Fault]):
    """The faults still to be played by the server."""

    def take(self, method: str, path: str, text: str | None) -> Fault | None:
        """The fault that this request meets; it counts as played. Without `text`, the body is still to be read."""
        return self.play(
            lambda fault: (fault.cut_after is not None) == (text is None) and fault.fits(method, path, text or "")
        )


def parse_faults(data: object) -> list[Fault]:
    """Faults from JSON: one object or a list. Raises ValueError that says what is wrong."""
    items = data if isinstance(data, list) else [data]
    return [TypeAdapter(Fault).validate_python(item) for item in items]
