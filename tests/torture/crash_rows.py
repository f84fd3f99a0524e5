"""What the crash runs add up to: one row per promise. How a run goes is in crash, crash_storm and crash_controls."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain

from tests.stepping import Moment
from tests.torture.crash import Point, Run, Workshop, late, matrix, workshop
from tests.torture.crash_controls import CONTROLS, finishes, races, without
from tests.torture.crash_referee import LEDGER, LOST, PAID, POSTED
from tests.torture.crash_stage import PROVIDERS
from tests.torture.crash_storm import STOP_SECONDS, stops, storm
from tests.torture.crash_together import CONTROLLED, QUICK, crash, every_moment, picked, several
from tests.torture.table import Row

TITLES = {"apiframe": "Apiframe, with idempotency keys", "acedata": "AceData, without"}
PROMISED = {
    LOST: "every accepted job ends delivered, or given back with a word to its user",
    PAID: "no job is submitted or paid for twice",
    POSTED: "no clip is posted twice",
    LEDGER: "every hold is closed once, by the same amount",
}
TOGETHER = {
    LOST: "each that was begun ends, whole and shown, and leaves no file behind",
    PAID: "none has two sets of clips, and no clip is submitted or paid for twice",
    POSTED: "nothing is posted twice: no clip, thread, board, result or reel",
    LEDGER: PROMISED[LEDGER],
}
KILLS_EACH = 10
"""Random kills of one data directory."""
STOPS_EACH = 5


async def rows(quick: bool) -> list[Row]:
    """Everything: the matrix, the storms, the orderly stops, and the negative controls."""
    async with workshop() as shop:
        alone = await matrix(shop, quick)
        known = {point.moment for point, _ in alone}
        moments = [*killed_at_moments(alone), *await killed_putting_together(shop, quick, known)]
        others = await asyncio.gather(
            killed_at_random(shop, 40 if quick else 300),
            called_back_late(shop, 2 if quick else 6),
            stopped(shop, 5 if quick else 20),
        )
        races_ = await raced(shop, 6 if quick else 24)
        return [*moments, *chain.from_iterable(others), *races_, *await controls(shop, quick)]


def killed_at_moments(done: Sequence[tuple[Point, Run]]) -> list[Row]:
    """The crash matrix, provider by provider."""
    found: list[Row] = []
    for provider in PROVIDERS:
        mine = [(point, run) for point, run in done if point.provider == provider]
        runs = [run for _, run in mine]
        reached = {point.moment for point, run in mine if run.kills}
        again = sum(run.kills > 1 for run in runs)
        note = f"{len(reached)} moments; {sum(run.kills for run in runs)} kills, {again} of them again in recovery"
        title = f"kill -9 at every moment of a job's life ({TITLES[provider]})"
        found += promised(title, runs, sum(run.kills > 0 for run in runs), f"{note}; {ends(runs)}")
    return found


async def killed_putting_together(shop: Workshop, quick: bool, known: Container[Moment]) -> list[Row]:
    """The crash matrix of what is put together from several clips; `known` moments were tried with a single job."""
    points = await picked(shop, QUICK) if quick else await every_moment(shop, known)
    runs = await several(shop, points)
    reached = {point.moment for point, run in zip(points, runs, strict=True) if run.kills}
    again = sum(run.kills > 1 for run in runs)
    note = f"at {len(reached)} moments; {sum(run.kills for run in runs)} kills, {again} of them again in recovery"
    title = "kill -9 at every moment of takes side by side, a brainstorm, a reel"
    return promised(title, runs, sum(run.kills > 0 for run in runs), f"{note}; {ends(runs)}", TOGETHER)


async def killed_at_random(shop: Workshop, kills: int) -> list[Row]:
    """Storms, with both providers by turns."""
    count = max(2, kills // KILLS_EACH)
    each = -(-kills // count)
    runs = await shop.all(
        lambda n=n: storm(shop, n, each, PROVIDERS[n % 2])  # type: ignore[misc]
        for n in range(count)
    )
    found: list[Row] = []
    for n, provider in enumerate(PROVIDERS):
        mine = runs[n::2]
        note = f"{len(mine)} data directories, up to {max(run.in_flight for run in mine)} jobs under way; {ends(mine)}"
        title = f"kill -9 at a random instant with jobs under way ({TITLES[provider]})"
        found += promised(title, mine, sum(run.kills for run in mine), note)
    return found


def promised(
    title: str, runs: Sequence[Run], count: int, note: str, promises: Mapping[str, str] = PROMISED
) -> list[Row]:
    """One row per promise; a run breaks each at most once."""
    report(runs)
    found = []
    for kind, words in promises.items():
        broken = sum(any(what == kind for what, _ in run.found) for run in runs)
        found.append(Row(f"{title}: {words}", count, broken, note if kind == LOST else ""))
    errors = sum(bool(run.complaints) for run in runs)
    return [*found, Row(f"{title}: the bot logs no error", count, errors)]


async def called_back_late(shop: Workshop, count: int) -> list[Row]:
    """Jobs of unknown outcome whose provider calls back after all."""
    runs = await shop.all(lambda: late(shop) for _ in range(count))
    report(runs)
    jobs = sum(run.statuses.total() for run in runs)
    undelivered = sum(run.statuses.total() - run.statuses["delivered"] + len(run.found) for run in runs)
    return [
        Row("AceData's answer is lost in a crash, its callback comes later: delivered, at no charge", jobs, undelivered)
    ]


async def stopped(shop: Workshop, count: int) -> list[Row]:
    """Orderly stops under load, in a few data directories side by side."""
    places = max(1, count // STOPS_EACH)
    runs = await shop.all(lambda seed=seed: stops(shop, seed, count // places) for seed in range(places))  # type: ignore[misc]
    report(runs)
    seconds = [second for run in runs for second in run.seconds]
    slow = sum(second >= STOP_SECONDS for second in seconds) + sum(status != 0 for run in runs for status in run.exits)
    jobs = sum(run.statuses.total() for run in runs)
    undelivered = sum(run.statuses.total() - run.statuses["delivered"] + len(run.found) for run in runs)
    longest = f"the longest took {max(seconds, default=0.0):.1f} s"
    return [
        Row(f"SIGTERM under load: stopped within {STOP_SECONDS:.0f} s, exit status 0", len(seconds), slow, longest),
        Row("SIGTERM under load: every job is taken up again and delivered, once", jobs, undelivered),
    ]


async def raced(shop: Workshop, count: int) -> list[Row]:
    """A cancellation and a step of the job at the same moment."""
    found = []
    for words, runs in (
        ("handed over: given back or begun", await races(shop, count)),
        ("finished: posted, or kept and charged for", await finishes(shop, count)),
    ):
        report(runs)
        broken = sum(bool(run.found) for run in runs)
        found.append(Row(f"cancelled at the moment when it is {words}, never both", count, broken, ends(runs)))
    return found


async def controls(shop: Workshop, quick: bool) -> list[Row]:
    """One safeguard off at a time."""
    points = await picked(shop, CONTROLLED[:1] if quick else CONTROLLED)
    *alone, together = await asyncio.gather(
        *(
            without(shop, provider, moments[:1] if quick else moments, *names)
            for _, _, (provider, moments, names) in CONTROLS
        ),
        shop.all(lambda point=point: crash(shop, point, without=("nonce", "search")) for point in points),  # type: ignore[misc]
    )
    raced_ = await races(shop, 6 if quick else 24, "compare_and_set")
    return [
        *(_control(words, kind, runs) for (words, kind, _), runs in zip(CONTROLS, alone, strict=True)),
        _control("no nonce and no look for what is there already, putting together", POSTED, together),
        _control("no compare-and-set, cancelled while handed over", LEDGER, raced_),
    ]


def _control(words: str, kind: str, runs: Sequence[Run]) -> Row:
    broken = sum(any(what == kind for what, _ in run.found) for run in runs)
    return Row(f"SWITCHED OFF: {words} ({kind})", len(runs), broken, control=True)


def ends(runs: Iterable[Run]) -> str:
    """How the jobs of some runs ended."""
    total = sum((run.statuses for run in runs), Counter())
    return ", ".join(f"{count} {status}" for status, count in total.most_common())


def report(runs: Iterable[Run]) -> None:
    """Say on stderr what was not kept, and where."""
    for run in runs:
        for kind, what in run.found:
            print(f"{run.name}: {kind}: {what}", file=sys.stderr)
        for line in run.complaints[:3]:
            print(f"{run.name}: {line}", file=sys.stderr)
