"""A clock, a channel, a board, and the life of jobs put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.storage.jobs import JobStore
from tests.unit.jobs.board import Board, new_board
from tests.unit.jobs.channel import Channel
from tests.unit.jobs.rig import Rig
from tests.unit.jobs.samples import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(clock: Clock) -> Channel:
    return Channel(clock)


@pytest.fixture
def board(store: JobStore, channel: Channel, clock: Clock) -> Board:
    return new_board(store, channel, clock)


@pytest.fixture
def rig(store: JobStore, clock: Clock, tmp_path: Path) -> Rig:
    return Rig(store, clock, tmp_path)
