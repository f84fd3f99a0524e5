"""A few rows of the hostile runs: a hostile outside and hostile people, against the real bot as a process.

All rows are in tests/torture: `make torture` runs them and prints the tables, `make torture QUICK=1` the cheap ones.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.hostile import FAMILIES
from tests.torture.hostile_bot import make_clip
from tests.torture.hostile_run import Trouble, run

OF_EACH = 2
"""Rows of each family."""


def sample(family: Callable[[], list[Trouble]]) -> list[Trouble]:
    """Cheap ones, those that share a bot first."""
    return sorted((trouble for trouble in family() if trouble.cheap), key=lambda trouble: trouble.alone)[:OF_EACH]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__module__.rpartition("_")[2])
async def test_every_trouble_ends_well(family: Callable[[], list[Trouble]], tmp_path: Path) -> None:
    """The right word, the right credits, a living bot, bounded memory; no mention, no leak, no private address."""
    tally = await run(sample(family), tmp_path, make_clip(tmp_path), at_once=4)
    assert {outcome.trouble.name: outcome.wrong for outcome in tally.outcomes if outcome.wrong} == {}
    assert tally.outcomes
    assert (tally.strange, tally.pings, tally.secrets.found) == ([], [], [])
