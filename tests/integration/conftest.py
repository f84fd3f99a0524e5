"""The simulated Discord, an unmodified client of it, a patient, a workshop for bots that are killed, a round."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.storage.database import Database
from sandbox.drawing.render import FfmpegRenderer, Shot
from tests.integration.courier_round import Round, a_round
from tests.integration.practice import Patient, a_patient
from tests.torture.crash import Workshop, workshop
from tests.wire.client import Client, connected
from tests.wire.server import Wire


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """A Discord of one's own."""
    async with Wire() as wire:
        yield wire


@pytest.fixture
async def client(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client that is connected to it."""
    async with connected(wire, monkeypatch) as client:
        yield client


@pytest.fixture
async def patient(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Patient]:
    """An installation that is well, for the doctor to look at."""
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    async with a_patient(tmp_path, migrated) as patient, patient.open:
        yield patient


@pytest.fixture
async def shop() -> AsyncIterator[Workshop]:
    """What crash runs share."""
    async with workshop() as shop:
        yield shop


@pytest.fixture(scope="session")
def movie(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real clip, rendered once."""
    renderer = FfmpegRenderer(tmp_path_factory.mktemp("clips"))
    return asyncio.run(renderer.render(Shot("a calm sea", 6, 768, None, None))).read_bytes()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    return asyncio.run(FfmpegRenderer(tmp_path_factory.mktemp("clip")).render(Shot("a calm sea")))


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[Round]:
    """A courier's round with one job."""
    async with a_round(database, tmp_path) as world:
        yield world


@pytest.fixture
async def bare(database: Database, tmp_path: Path) -> AsyncIterator[Round]:
    """The same without FFmpeg."""
    async with a_round(database, tmp_path, program=None) as world:
        yield world
