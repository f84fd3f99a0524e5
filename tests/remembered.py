"""Whatever a running application still remembers of some ids: a walk through all of its objects."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import is_dataclass
from types import MethodType
from typing import Any

from bot.models import Assembly, Job

OURS = ("bot.", "cogs.")


def remembered(root: object, ids: Collection[str]) -> list[str]:
    """The paths from `root` to containers that hold one of these ids, or a job or an assembly of that id."""
    return sorted(set(_walk(root, "", frozenset(ids), set())))


def _walk(thing: object, path: str, ids: frozenset[str], seen: set[int]) -> Iterator[str]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Job | Assembly):
        if getattr(thing, "job_id", None) in ids or getattr(thing, "assembly_id", None) in ids:
            yield path
        return
    if isinstance(thing, str):
        if any(part in ids for part in thing.replace(":", " ").split()):
            yield path
        return
    for name, part in _parts(thing):
        yield from _walk(part, f"{path}{name}", ids, seen)


def _parts(thing: object) -> Iterator[tuple[str, object]]:
    if isinstance(thing, dict):
        for key, value in list(thing.items()):
            yield "{}", key
            yield "{}", value
    elif isinstance(thing, list | tuple | set | frozenset):
        for value in list(thing):
            yield "[]", value
    elif isinstance(thing, MethodType):
        yield "()", thing.__self__
    elif type(thing).__module__.startswith(OURS) or is_dataclass(thing):
        for name in {*getattr(thing, "__dict__", {}), *_slots(thing)}:
            yield f".{name}", getattr(thing, name, None)


def _slots(thing: object) -> Iterator[str]:
    for kind in type(thing).__mro__:
        slots: Any = kind.__dict__.get("__slots__", ())
        yield from [slots] if isinstance(slots, str) else slots
