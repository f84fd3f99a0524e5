"""Machinery: all that the runner drives, in one handful. It does nothing by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.clocks import Clock
from bot.jobs.forecast import StatusForecast
from bot.jobs.pipeline import Pipeline
from bot.jobs.poll_schedule import PollSchedule
from bot.jobs.status_editor import StatusEditor
from bot.library.housekeeping import Housekeeping
from bot.outlet import Outlet
from bot.providers.routing import Router
from bot.storage.jobs import JobStore


@dataclass(frozen=True, slots=True)
class Machinery:
    """What the runner drives; put together by bot.app."""

    store: JobStore
    pipeline: Pipeline
    router: Router
    board: StatusEditor
    outlook: StatusForecast
    looks: PollSchedule
    housekeeping: Housekeeping
    outlet: Outlet
    clock: Clock
    gauge: Callable[[int, float], None]
