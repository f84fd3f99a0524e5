"""`python -m benchmarks.million`: what each frequent question costs, and a start, with a million finished jobs.

The rows are those of benchmarks.million_rows, the questions those of benchmarks.million_questions. With `--plans`, how
SQLite answers each of them is shown as well; with `--write`, docs/benchmarks.md gets the slowest of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.million_questions import Question, changes, engines, members, rarely, sweeps
from benchmarks.million_rows import fill
from benchmarks.pages import DOCS, table, with_part
from benchmarks.plans import plans_of, read_whole
from bot.storage.database import Database
from bot.storage.open_jobs import OpenJobs

ROWS = 1_000_000
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds by name: starts after the imports, frequent questions, things that are written, rarer questions,
    and batches of what is too old.

    A start after a crash is that of a file that has to be checked, as far as a start waits for it.
    """

    starts: dict[str, float]
    questions: dict[str, float]
    changes: dict[str, float]
    rarer: dict[str, float]
    swept: dict[str, float]
    plans: dict[str, list[str]]


def measure(rows: int = ROWS) -> dict[str, float]:
    """Milliseconds by frequent question, the median of several."""
    return survey(rows).questions


def survey(rows: int = ROWS, *, times: int = 7) -> Figures:
    """All figures, each the median of several; a start is measured once."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "rushes.sqlite3"
        fill(path, rows)
        return asyncio.run(_survey(path, rows, times))


async def _survey(path: Path, rows: int, times: int) -> Figures:
    starts = {}
    for name in ("start after a crash", "start"):  # what has filled the file has left it as a crash does
        began = time.perf_counter()
        database = await _started(path)
        starts[name] = (time.perf_counter() - began) * 1000
        if name != "start":
            assert await database.check() == []
            await database.close()
    try:
        groups = (
            engines(database) | members(database, rows),
            changes(database, rows),
            rarely(database, rows),
            sweeps(database),
        )
        frequent, written, rarer, swept = [await _timed(group, times) for group in groups]
        plans = {name: await plans_of(database, ask) for group in groups for name, ask in group.items()}
        return Figures(starts, frequent, written, rarer, swept, plans)
    finally:
        await database.close()


async def _timed(questions: dict[str, Question], times: int) -> dict[str, float]:
    figures = {}
    for name, question in questions.items():
        costs = []
        for _ in range(times):
            began = time.perf_counter()
            await question()
            costs.append((time.perf_counter() - began) * 1000)
        figures[name] = median(costs)
    return figures


async def _started(path: Path) -> Database:
    """What the application does with the database before its first step: open it, and read what is open."""
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    async for _ in OpenJobs(database).steps_of_open():
        pass
    return database


def _report(figures: Figures, rows: int) -> str:
    """The part of docs/benchmarks.md: what people wait for, and what takes turns with them at writing."""
    costs = figures.changes | figures.questions | figures.rarer | figures.swept
    shown = sorted(costs.items(), key=lambda pair: -pair[1])[:_SHOWN]
    lines = [[name, f"{cost:.1f}"] for name, cost in shown]
    whole = {name for name, plan in figures.plans.items() if read_whole(plan)}
    machine = f"{datetime.now(UTC).date()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    said = (
        f"{machine}, {rows:,} finished jobs. The slowest {len(lines)} of {len(costs)} questions; a large table is read"
        f" whole for {', '.join(sorted(whole)) or 'none of them'}."
    )
    return f"{said}\n\n{table(['What is asked of the database', 'ms, median of 7'], lines)}"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--plans", action="store_true", help="show how SQLite answers each question")
    parser.add_argument("--write", action="store_true", help="bring docs/benchmarks.md up to date")
    asked = parser.parse_args()
    figures = survey(asked.rows)
    if asked.write:
        page = DOCS / "benchmarks.md"
        page.write_text(with_part(page.read_text("utf-8"), "million", _report(figures, asked.rows)), "utf-8")
    print(f"with {asked.rows} finished jobs:")
    for group in (figures.starts, figures.changes, figures.questions, figures.rarer, figures.swept):
        for name, cost in sorted(group.items(), key=lambda pair: -pair[1]):
            print(f"{cost:9.2f} ms  {name}")
            for step in figures.plans.get(name, []) if asked.plans else []:
                print(f"{'':15}{step}")
        print()
    whole = {name for name, plan in figures.plans.items() if read_whole(plan)}
    print(f"a large table is read whole for: {', '.join(sorted(whole)) or 'nothing'}")


if __name__ == "__main__":
    main()
