"""Whether the parts of a running bot are well: what /readyz asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.outlet import Outlet
from bot.storage.database import Database

_STALE_SECONDS = 120.0


def problems_of(
    database: Database, outlet: Outlet, engine: Engine, clock: Clock
) -> Callable[[], Awaitable[Mapping[str, str]]]:
    """What asks each of them anew, and gives the names of those that are not well, each with a word on it."""

    async def problems() -> Mapping[str, str]:
        found = {}
        if not outlet.connected:
            found["discord"] = "not connected"
        elif outlet.shards_down:
            found["discord"] = f"connection lost, trying again: shards {sorted(outlet.shards_down)}"
        elif outlet.embargo.left:
            found["discord"] = f"turns this address away for {outlet.embargo.left:.0f} s"
        if clock() - engine.beat > _STALE_SECONDS:
            found["engine"] = "not moving"
        if not await database.answers():
            found["database"] = "does not answer"
        elif database.damage is not None:
            found["database"] = "is damaged"
        return found

    return problems
