"""The order in which scripted trouble is played; what the trouble is, each stand-in says. No HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from dataclasses import Field
    from typing import Any


class Repeated(Protocol):
    """A dataclass that is played `times` times; None means always."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def times(self) -> int | None:
        """How often it is still to be played."""


F = TypeVar("F", bound=Repeated)


class Script(Generic[F]):
    """What is still to be played by one stand-in, read from the front."""

    def __init__(self) -> None:
        self._waiting: list[F] = []

    def add(self, *faults: F) -> None:
        """Put faults at the end of the script."""
        self._waiting += faults

    def clear(self) -> None:
        """Be well behaved from now on."""
        self._waiting.clear()

    @property
    def waiting(self) -> tuple[F, ...]:
        """What has not been played yet; `times` is what is left."""
        return tuple(self._waiting)

    def play(self, fits: Callable[[F], bool]) -> F | None:
        """The first fault that fits, if any; it counts as played."""
        for place, fault in enumerate(self._waiting):
            if fits(fault):
                if fault.times is not None:
                    rest = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    self._waiting[place : place + 1] = rest
                return fault
        return None
