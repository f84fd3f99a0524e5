"""A clock that stands still, and an engine that goes by it."""

from __future__ import annotations

import pytest

from bot.engine.engine import Engine
from tests.unit.jobs.samples import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Engine:
    return Engine(clock, stop_seconds=0.05)
