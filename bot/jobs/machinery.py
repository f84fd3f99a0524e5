"""Machinery: all that the runner drives, in one handful. It does nothing by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.clocks import Clock
from bot.jobs.board import StatusBoard
from bot.jobs.delivery import Outlet
from bot.jobs.housekeeping import Housekeeping
from bot.jobs.looks import Looks
from bot.jobs.outlook import Outlook
from bot.jobs.pipeline import Pipeline
from bot.providers.routing import Router
from bot.storage.jobs import JobStore


@dataclass(frozen=True, slots=True)
class Machinery:
    """What the runner drives; put together by bot.app."""

    store: JobStore
    pipeline: Pipeline
    router: Router
    board: StatusBoard
    outlook: Outlook
    looks: Looks
    housekeeping: Housekeeping
    outlet: Outlet
    clock: Clock
    gauge: Callable[[int, float], None]
