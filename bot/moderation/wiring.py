"""Puts the watch together. What it looks at is opened by bot.app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.jobs.admission import Admission
from bot.jobs.wiring import Foundation
from bot.moderation.watch import Bounds, Sight
from bot.moderation.watchman import Grounds, Watchman
from bot.storage.database import Database
from bot.storage.guilds.alarms import AlarmStore


def set_watch(
    base: Foundation,
    admission: Admission,
    database: Database,
    data: Path,
    low_clips: int,
    seen: Callable[[Sight], None],
) -> Watchman:
    """A watchman whose steps are plugged into the engine and due."""
    grounds = Grounds(base.router, base.open_jobs, admission, database, data, base.prices)
    bounds = Bounds(base.limits, base.timeout_seconds, low_clips)
    clocks = base.clock, base.wall
    watchman = Watchman(grounds, bounds, AlarmStore(database), base.outlet, base.engine, clocks, seen)
    watchman.plug_into(base.engine)
    return watchman
