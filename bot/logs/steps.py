"""Which step the code at hand belongs to: set by the engine, read where a line of the log is written."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class Taking(NamedTuple):
    """A step that is being taken: its kind, and what it is taken for."""

    kind: str
    key: str


_taking: ContextVar[Taking | None] = ContextVar("taking", default=None)


def taking(kind: str, key: str) -> None:
    """Say so for the task that calls this, and for those that it begins."""
    _taking.set(Taking(kind, key))


def taken() -> Taking | None:
    """The step, or None outside of any."""
    return _taking.get()
