"""A hostile outside, hostile people, and secrets: every row runs against the real bot in a process of its own.

`python -m tests.torture.hostile [--quick] [words of a row]` prints the tables.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.torture import (
    hostile_away,
    hostile_clip,
    hostile_discord,
    hostile_disk,
    hostile_edges,
    hostile_files,
    hostile_money,
    hostile_people,
    hostile_pictures,
    hostile_provider,
    hostile_reels,
    hostile_said,
    hostile_state,
    hostile_whose_word,
)
from tests.torture.hostile_bot import make_clip
from tests.torture.hostile_child import HOARD_MIB
from tests.torture.hostile_run import GROWTH_MIB, Outcome, Tally, Trouble, run
from tests.torture.table import Fate, Row, promises
from tests.torture.table import fates as fates_table

FAMILIES = (
    hostile_provider.troubles,
    hostile_edges.troubles,
    hostile_clip.troubles,
    hostile_files.troubles,
    hostile_reels.troubles,
    hostile_discord.troubles,
    hostile_away.troubles,
    hostile_whose_word.troubles,
    hostile_state.troubles,
    hostile_disk.troubles,
    hostile_money.troubles,
    hostile_people.troubles,
    hostile_said.troubles,
    hostile_pictures.troubles,
)


def troubles(quick: bool) -> list[Trouble]:
    """The rows of a run, in the order of the table."""
    found = [trouble for family in FAMILIES for trouble in family()]
    return [trouble for trouble in found if not (quick and not trouble.cheap)]


async def fates(quick: bool) -> tuple[list[Row], list[Fate]]:
    """Suffer everything; what was promised, and what became of each trouble."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        directory = Path(name)
        tally = await run(troubles(quick), directory, make_clip(directory))
    return rows(tally), shown(tally)


def shown(tally: Tally) -> list[Fate]:
    """What became of each trouble; a control is none."""
    return [outcome.fate for outcome in tally.outcomes if not outcome.trouble.control]


def rows(tally: Tally) -> list[Row]:
    """What was promised, and how often it was broken."""
    found = [outcome for outcome in tally.outcomes if outcome.fate.run and not outcome.trouble.control]
    wrong = [outcome for outcome in found if outcome.wrong]
    bad = [f"{o.trouble.name}: {', '.join(o.wrong)}" for o in wrong]
    left_out = sum(not outcome.fate.run for outcome in tally.outcomes)
    bad += [f"{left_out} more could not be tried on this machine"] if left_out else []
    most = max((outcome.fate.grown_mib for outcome in found), default=0.0)
    grown = sum(outcome.fate.grown_mib > GROWTH_MIB for outcome in found)
    dead = sum(not outcome.fate.alive for outcome in found)
    secrets = tally.secrets
    searched = f"{secrets.secrets} secrets in {secrets.size / 1024 / 1024:.1f} MiB"
    return [
        Row("Every trouble ends with the right word and the right credits", len(found), len(wrong), "; ".join(bad)),
        Row("The bot delivers another clip after each trouble", len(found), dead),
        Row(f"No trouble takes more than {GROWTH_MIB:.0f} MiB", len(found), grown, f"at most {most:.1f} MiB"),
        Row("No connection is begun to a private address", tally.dials, len(tally.strange), _some(tally.strange)),
        Row("No mention fires but the requester's own", tally.messages, len(tally.pings), _some(tally.pings)),
        Row("No secret stands where it does not belong", secrets.secrets, len(secrets.found),
            f"{searched}{': ' if secrets.found else ''}{_some(secrets.found)}"),
        *controls(tally),
    ]  # fmt: skip


def controls(tally: Tally) -> list[Row]:
    """Whether the measurement of memory notices a bot that lets go of nothing."""
    found = [outcome.fate.grown_mib for outcome in tally.outcomes if outcome.trouble.control]
    words = f"SWITCHED OFF: the bot keeps {HOARD_MIB} MiB for good (more than {GROWTH_MIB:.0f} MiB are noticed)"
    noticed = sum(grown > GROWTH_MIB for grown in found)
    return [Row(words, len(found), noticed, f"{max(found):.1f} MiB seen", control=True)] if found else []


def _some(found: Sequence[str]) -> str:
    return "; ".join(sorted(set(found))[:5])


def main() -> None:
    """Print both tables of the rows whose names hold all words given, and each row as soon as it is over."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    chosen = [t for t in troubles("--quick" in sys.argv) if all(word in t.name for word in words)]
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        directory = Path(name)
        tally = asyncio.run(run(chosen, directory, make_clip(directory), told=_tell))
    print(promises(rows(tally)), fates_table(shown(tally)), sep="\n\n")


def _tell(outcome: Outcome) -> None:
    verdict = f"WRONG: {'; '.join(outcome.wrong)}" if outcome.wrong else outcome.fate.seen[:60]
    print(f"{outcome.trouble.name}: {verdict}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
