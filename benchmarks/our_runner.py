"""Our own runner, measured from outside: the real application, with a channel that takes every message at once."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist

from benchmarks.figures import Side, Spread, spread
from benchmarks.renders import SPREAD, Plan
from bot.app import App, open_app
from bot.changes import JobChanges
from bot.jobs.intake import Draft, Order
from bot.models import Job, JobStatus, LedgerKind, ReplyTarget, VideoRequest
from bot.outlet import Clip, StatusView
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.open_jobs import OpenJobs
from sandbox.demo.stage import settings_for
from sandbox.providers.faults import Route
from sandbox.providers.standin import StandIn
from sandbox.servers import Sandbox
from tests.reserving import reserve
from tests.silent import Silent

PROVIDERS = ("apiframe", "acedata")
GUILD, CHANNEL = 1, 5
ASKED = 10
"""Jobs at each provider that commands ask for."""

HISTORY = 20
"""Past jobs at each provider; what the runner knows of usual render times, it knows from these."""

Commands = Callable[[App, "Channel", Sequence[str]], Awaitable[None]]
"""Asks for these prompts at every provider by way of commands, and measures what it likes."""


@dataclass
class Channel(Silent):
    """The outside world in place of Discord; `posted` is when each job's clip was handed over for posting."""

    wanted: int
    posted: dict[str, tuple[Job, float]] = field(default_factory=dict)
    edits: int = 0
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    async def open_status(self, job: Job, view: StatusView, pictures: Sequence[Path]) -> int:
        """See bot.outlet.Deliverer."""
        return 500

    async def show_status(self, job: Job, view: StatusView) -> None:
        """See bot.outlet.Deliverer."""
        self.edits += 1

    async def picture_urls(self, job: Job) -> tuple[str, ...]:
        """See bot.outlet.Deliverer."""
        raise NotImplementedError

    def upload_limit(self, job: Job) -> int:
        """See bot.outlet.Deliverer."""
        return 20 * 1024 * 1024

    async def save_clip(self, job: Job, path: Path) -> None:
        """See bot.outlet.Deliverer."""
        raise NotImplementedError

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """See bot.outlet.Deliverer."""
        self.posted[job.job_id] = job, time.time()
        if len(self.posted) == self.wanted:
            self.complete.set()
        return 501

    async def post_link(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """See bot.outlet.Deliverer."""
        raise NotImplementedError

    async def find_clip(self, job: Job) -> int | None:
        """See bot.outlet.Deliverer."""
        return None

    async def tell_requester(self, job: Job) -> None:
        """See bot.outlet.Deliverer."""


@dataclass(frozen=True, slots=True)
class World:
    """What one run has beside its jobs: past ones to learn from, commands for the last ASKED prompts."""

    history: bool
    commands: Commands | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """What one run of the application gave: a side for each provider, and how late its clips were handed over."""

    sides: list[Side]
    messages: dict[str, Spread]


async def run_ours(name: str, plan: Plan, box: Sandbox, data: Path, world: World) -> Ours:
    """Wait for all jobs of the plan at both providers; the last ones are asked for by commands, if there are any."""
    last = len(plan.prompts) - (ASKED if world.commands is not None else 0)
    direct, rest = plan.prompts[:last], plan.prompts[last:]
    settings = _settings(box, data, len(plan.prompts))
    if world.history:
        await _remember(settings, plan.median)
    async with open_app(settings) as app:
        channel = Channel(wanted=len(plan.prompts) * len(PROVIDERS))
        app.services.outlet.attach(channel)
        await asyncio.gather(
            *(
                app.services.jobs.submit(
                    [Order(ReplyTarget(10_000 + user, user, GUILD, CHANNEL), Draft(prompt, provider=chosen))]
                )
                for user, (prompt, chosen) in enumerate(itertools.product(direct, PROVIDERS), 1)
            )
        )
        if world.commands is not None:
            await _all_in_flight(app)
            await world.commands(app, channel, rest)
        async with asyncio.timeout(3 * plan.median + 60):
            await channel.complete.wait()
        return _summed_up(name, box, channel)


def _settings(box: Sandbox, data: Path, jobs: int) -> Settings:
    """The defaults, but for what would keep so many jobs from being in flight at once."""
    return settings_for(
        box,
        data,
        apiframe_concurrency=jobs,
        acedata_concurrency=jobs,
        poll_min_seconds=5.0,
        poll_max_seconds=15.0,
        job_timeout_seconds=1200.0,
        quota_daily_credits=1_000_000,
        pending_per_member=1_000_000,
        public_url=None,
        http_port=0,
    )


async def _all_in_flight(app: App) -> None:
    while True:
        await asyncio.sleep(0.5)
        jobs = await app.store.get_all([*await OpenJobs(app.store._database).ids()])
        if all(job.task_id is not None and job.status_message_id is not None for job in jobs):
            return


def _summed_up(name: str, box: Sandbox, channel: Channel) -> Ours:
    sides, messages = [], {}
    stand_ins: dict[str, StandIn] = {"apiframe": box.apiframe, "acedata": box.acedata}
    for provider, stand_in in stand_ins.items():
        posted = [(job, at) for job, at in channel.posted.values() if job.provider == provider]
        known = [(job.rendered_at or 0.0) - stand_in.completed_at[job.task_id or ""] for job, _ in posted]
        late = [at - stand_in.completed_at[job.task_id or ""] for job, at in posted]
        jobs = len(posted)
        calls = [_count(stand_in, route) / jobs for route in (Route.SUBMIT, Route.FETCH)]
        sides.append(Side(name, provider, calls[0], calls[1], spread(known)))
        messages[provider] = spread(late)
    return Ours(sides, messages)


def _count(stand_in: StandIn, wanted: Route) -> int:
    doors = [door for door, route in stand_in.routes_of.items() if route is wanted]
    return sum(
        any(request.method == method and request.path.startswith(path) for method, path in doors)
        for request in stand_in.requests
    )


async def _remember(settings: Settings, seconds: float) -> None:
    """Put finished jobs with this median into the database, as weeks of use would."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    await database.migrate()
    store, now = JobStore(database), time.time()
    for number in range(HISTORY * len(PROVIDERS)):
        job = Job(
            job_id=f"{number:020x}",
            version=1,
            status=JobStatus.QUEUED,
            request=VideoRequest("an earlier scene"),
            target=ReplyTarget(number + 1, 1, GUILD + 1, CHANNEL),
            provider=PROVIDERS[number % len(PROVIDERS)],
            auto_provider=False,
            price=1,
            created_at=now - 9000,
            due_at=now - 9000,
        )
        await reserve(store, job, day="2026-01-01", base=1_000_000, resets_at=now)
        share = (number // len(PROVIDERS) + 0.5) / HISTORY
        took = seconds * math.exp(SPREAD * NormalDist().inv_cdf(share))
        times: JobChanges = {"submitted_at": now - 9000, "rendered_at": now - 9000 + took, "ended_at": now - 8000}
        await store.transition(job, at=now, entry=LedgerKind.SETTLE, status=JobStatus.DELIVERED, **times)
    await database.close()
