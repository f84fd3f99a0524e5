"""The JSON of an assembly's row as the typed state of its kind, and back: the one place where either is done.

A row that has no version, or lacks what came later, is of an earlier release and gets the defaults. A change for which
defaults do not do gets a new `version` in the class, and older rows are brought up here, before they are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from bot.assemblies.brainstorm import Brainstorm
from bot.assemblies.choice import Choice
from bot.assemblies.takes import Takes
from bot.errors import Refused, StateUnreadable
from bot.models import Assembly

State = Takes | Brainstorm | Choice
"""What an assembly can be."""

S = TypeVar("S", bound=State)

_STATES: TypeAdapter[State] = TypeAdapter(Annotated[State, Field(discriminator="kind")])
_TOLD = 3
"""Faults of one row that are named in the log."""


def read(assembly: Assembly, wanted: type[S]) -> S:
    """The state of a row; StateUnreadable for one that is none, Refused("no_such_assembly") for one of another kind."""
    found = read_any(assembly)
    if not isinstance(found, wanted):
        raise Refused("no_such_assembly")
    return found


def read_any(assembly: Assembly) -> State:
    """The state of a row, whatever it is; StateUnreadable for one that is none."""
    try:
        return _STATES.validate_python({**assembly.state, "kind": assembly.kind})
    except ValidationError as error:
        raise StateUnreadable("assembly_unreadable", faults=_faults(error)) from None


def write(state: State) -> dict[str, Any]:
    """What is written into the row."""
    written: dict[str, Any] = _STATES.dump_python(state, mode="json")
    return written


def read_all(assemblies: Sequence[Assembly], wanted: type[S]) -> list[tuple[Assembly, S]]:
    """Those that can be read, each with its state."""
    found = []
    for assembly in assemblies:
        try:
            found.append((assembly, read(assembly, wanted)))
        except StateUnreadable:
            continue
    return found


def _faults(error: ValidationError) -> str:
    """What is wrong and where; never what stands there, which is people's own."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    named = [f"{'.'.join(map(str, fault['loc'][1:])) or 'kind'}: {fault['type']}" for fault in faults]
    more = len(named) - _TOLD
    return ", ".join([*named[:_TOLD], *([f"and {more} more"] if more > 0 else [])])
