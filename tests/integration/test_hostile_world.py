"""The cheap rows of the hostile runs: a hostile outside and hostile people, against the real bot as a process.

All rows are in tests/torture; `python -m tests.torture` runs them and prints the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.hostile import FAMILIES
from tests.torture.hostile_bot import make_clip
from tests.torture.hostile_run import Trouble, run


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__module__.rpartition("_")[2])
async def test_every_trouble_ends_well(family: Callable[[], list[Trouble]], tmp_path: Path) -> None:
    """The right word, the right credits, a living bot, bounded memory; no mention, no leak, no private address."""
    tally = await run([trouble for trouble in family() if trouble.cheap], tmp_path, make_clip(tmp_path), at_once=6)
    assert {outcome.trouble.name: outcome.wrong for outcome in tally.outcomes if outcome.wrong} == {}
    assert tally.outcomes
    assert (tally.strange, tally.pings, tally.secrets.found) == ([], [], [])
