"""Clips made once for the whole session, and a studio around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.render import FfmpegRenderer, Order, PrebuiltRenderer
from tests.acceptance.studio import Studio, open_studio


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real clip, rendered once: most tests are not about pictures."""
    renderer = FfmpegRenderer(tmp_path_factory.mktemp("clips"))
    return asyncio.run(renderer.render(Order("a calm sea", 6, 768, None, None)))


@pytest.fixture
async def studio(tmp_path: Path, clip: Path) -> AsyncIterator[Studio]:
    """A studio with quick stand-ins."""
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip)) as studio:
        yield studio
