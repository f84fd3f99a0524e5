"""A clock, a channel and a board."""

from __future__ import annotations

import pytest

from bot.storage.jobs import JobStore
from tests.unit.jobs.board import Board, new_board
from tests.unit.jobs.channel import Channel
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
