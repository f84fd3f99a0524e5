"""Clips made once for the whole session, and a studio around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.drawing.render import FfmpegRenderer, PrebuiltRenderer, Shot
from tests.acceptance.cutting_room import SmallRenderer, render_small
from tests.acceptance.studio import Studio, open_studio


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip, rendered once: most tests are not about pictures."""
    renderer = FfmpegRenderer(tmp_path_factory.mktemp("clips"))
    return asyncio.run(renderer.render(Shot("a calm sea", 6, 768, None, None)))


@pytest.fixture
async def studio(tmp_path: Path, clip: Path) -> AsyncIterator[Studio]:
    """A studio with quick stand-ins."""
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip)) as studio:
        yield studio


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    asyncio.run(render_small(folder))
    return folder


@pytest.fixture
async def cutting(tmp_path: Path, small: Path) -> AsyncIterator[Studio]:
    """A studio whose clips are small."""
    async with open_studio(tmp_path / "data", renderer=SmallRenderer(small), render_seconds=0.1) as studio:
        yield studio
