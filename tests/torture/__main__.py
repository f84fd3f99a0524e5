"""`python -m tests.torture [--quick] [--write]`: every long run there is, and one table of what happened.

The exit status is 1 unless every promise was kept and every negative control found what it is there to find.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.torture import crash_rows, hostile
from tests.torture.table import Fate, Row, fates, promises

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
NOT_PROMISED = """# Reliability

What is **not** promised:

- **Exactly-once payment at a provider without idempotency keys** (AceData). When the answer to a submission is lost,
  nobody can say whether it started. The bot submits at most once: it never sends that request again, gives the credits
  back and says so. The provider may have charged for a clip that is then not delivered, unless it calls back.
- **Delivery while Discord is down.** Finished clips wait on the disk and are posted when it is back.
- **Refunds by a provider.** Credits in Rushes come back; what a provider has charged is between you and the provider.
- **A power cut beyond what SQLite promises** with `synchronous=FULL`. The runs below kill a process with SIGKILL, which
  is the death of a process and not a loss of power: what the kernel had taken is on the disk afterwards.
"""
HOW = """The bot that is killed is the real one, as a process of its own, between a simulated Discord and stand-ins for
both providers that outlive it. After each run a referee who asks the bot nothing reads Discord's messages, the
providers' charges and the database. In every other run no nonce is honoured, as some minutes after a message. Waits
that have no part in this, such as that between two edits of one message, are shortened in the bot under test.

A **moment** is where a task of the bot really waits, found by stepping every coroutine of its loop: just after it has
let go at an `await`, when what it asks for is under way, or when the answer or the failure is there and it has not gone
on. A moment is named by the functions that wait for each other there. A bot killed at a moment is killed there once
more while the next one recovers. Whoever pressed a button when no bot was there to hear presses it again, as people do.
Rows that begin with SWITCHED OFF are negative controls: with a safeguard off, the same runs must find the violations
they are there to find."""


def main() -> int:
    """Run, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Try to break every promise.")
    parser.add_argument("--quick", action="store_true", help="a sample, in about four minutes")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    # The stand-ins hear of every connection that a killed bot leaves behind; that is no news here.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    begun = time.monotonic()
    rows, found = asyncio.run(everything(quick=options.quick))
    took = time.monotonic() - begun
    tables = "\n\n".join([promises(rows), *([fates(found)] if found else [])])
    print(tables)
    broken = [row.promise for row in rows if not row.kept]
    print(f"\n{len(rows) - len(broken)} of {len(rows)} rows as they should be, after {took / 60:.1f} min")
    for promise in broken:
        print(f"NOT KEPT: {promise}")
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(tables, took, quick=options.quick))
    return 1 if broken or not all(fate.alive for fate in found) else 0


async def everything(*, quick: bool) -> tuple[list[Row], list[Fate]]:
    """The crash runs, then a hostile outside."""
    rows = await crash_rows.rows(quick)
    more, found = await hostile.fates(quick)
    return rows + more, found


def page(tables: str, took: float, *, quick: bool) -> str:
    """docs/reliability.md."""
    how = "make torture QUICK=1" if quick else "make torture"
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return f"""{NOT_PROMISED}
## What was tried

`{how}` on {datetime.now(UTC):%Y-%m-%d}, commit {commit()}, {machine}, {took / 60:.0f} minutes.

{HOW}

{tables}
"""


def commit() -> str:
    """The commit that was tried, with a word if something was changed since."""
    known = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    changed = subprocess.run(["git", "status", "--porcelain", "bot", "cogs"], cwd=ROOT, capture_output=True, text=True)
    return (known.stdout.strip() or "unknown") + (" with changes" if changed.stdout.strip() else "")


if __name__ == "__main__":
    sys.exit(main())
