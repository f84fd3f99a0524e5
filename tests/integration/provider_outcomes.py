"""What becomes of a job when a provider answers with an error: one real job per error, through the real application.

Discord alone is replaced, by a channel that writes down what it is shown. What is made of the outcomes is in
provider_page and test_provider_outcomes.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import discord

from bot.app import App, open_app
from bot.jobs.intake import Draft, Order
from bot.jobs.transitions import ENDED
from bot.models import Job, JobStatus, ReplyTarget
from bot.outlet import Alarm, AlarmName, Clip, StatusView
from cogs.video.delivery.status_message import status_layout
from sandbox.demo.stage import settings_for
from sandbox.drawing.render import FfmpegRenderer, PrebuiltRenderer, Shot
from sandbox.drawing.stills import still
from sandbox.providers.catalogue import ACEDATA_ERRORS, APIFRAME_ERRORS
from sandbox.providers.faults import Ending, Fault, Route
from sandbox.providers.faults import Outcome as Ended
from sandbox.providers.standin import StandIn
from sandbox.servers import Sandbox
from tests.resting import rest, rests
from tests.silent import Silent

AT_ONCE = 6
TICK_SECONDS = 0.03
PATIENCE_SECONDS = 90.0
USER, GUILD, CHANNEL = 7, 1, 5
JUMP = f"https://discord.com/channels/{GUILD}/{CHANNEL}/501"
LIMIT = 10
SETTINGS: Mapping[str, object] = {
    "poll_min_seconds": 5.0,
    "poll_max_seconds": 15.0,
    "job_timeout_seconds": 1200.0,
    "quota_daily_credits": LIMIT,
    "public_url": None,
    "http_port": 0,
}
LOST_ANSWER = Fault(effect=True, reset=True)
PAGE_OF_AN_EDGE = "<html><body><center><h1>Error</h1></center><hr><center>nginx</center></body></html>"
BEYOND: Mapping[str, Fault] = {
    "answer_lost": LOST_ANSWER,
    "page_403": Fault(status=403, body=PAGE_OF_AN_EDGE),
    "page_502": Fault(status=502, body=PAGE_OF_AN_EDGE),
    "balance_in_task": Fault(outcome=Ended(Ending.FAILED, text="1008: insufficient balance")),
}
CATALOGUES = {"apiframe": APIFRAME_ERRORS, "acedata": ACEDATA_ERRORS}


@dataclass(frozen=True, slots=True)
class Case:
    """One job that meets one fault; `wanted` is the provider its requester named, None for auto."""

    provider: str
    name: str
    fault: Fault
    wanted: str | None

    @property
    def documented(self) -> bool:
        """Whether it is one of the catalogue's errors, met by a job that named its provider."""
        return self.wanted is not None and self.name in CATALOGUES[self.provider]

    @property
    def lasting(self) -> bool:
        """Whether the provider says it every time."""
        return self.fault.times is None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. `submissions` and `net_credits` are the providers' own books, `left` is read from our ledger."""

    case: Case
    job: Job
    shown: str
    owner_told: bool
    left: int
    submissions: dict[str, int]
    tasks: int
    net_credits: int

    @property
    def delivered(self) -> bool:
        """Whether the clip was posted."""
        return self.job.status is JobStatus.DELIVERED

    @property
    def quota_back(self) -> bool:
        """Whether nothing is used or held any more."""
        return self.left == LIMIT


class SkippingClock:
    """Noon of today and the time since then, with what has been skipped: waiting for minutes takes none."""

    def __init__(self) -> None:
        # Noon, so that no midnight passes and gives everybody new credits.
        self._noon = time.time() // 86_400 * 86_400 + 43_200
        self._began = time.monotonic()
        self._skipped = 0.0

    def __call__(self) -> float:
        return self._noon + time.monotonic() - self._began + self._skipped

    def skip(self, seconds: float) -> None:
        """Let this much time have passed."""
        self._skipped += seconds


class Channel(Silent):
    """Takes every message at once and remembers the status message's latest text."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.shown: tuple[JobStatus, str] | None = None
        self.owner_told = False

    async def open_status(self, job: Job, view: StatusView, pictures: Sequence[Path]) -> int:
        """See bot.outlet.Deliverer."""
        await self.show_status(job, view)
        return 500

    async def show_status(self, job: Job, view: StatusView) -> None:
        """See bot.outlet.Deliverer."""
        title = self._app.services.jobs.provider_title(job.provider)
        layout = status_layout(job, view, title, JUMP if job.result_message_id else None)
        text = next(item.content for item in layout.walk_children() if isinstance(item, discord.ui.TextDisplay))
        self.shown = job.status, text.partition(f"\n<@{USER}>")[0].replace("\n", " ")

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
        return 501

    async def post_link(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """See bot.outlet.Deliverer."""
        raise NotImplementedError

    async def find_clip(self, job: Job) -> int | None:
        """See bot.outlet.Deliverer."""
        return None

    async def tell_requester(self, job: Job) -> None:
        """See bot.outlet.Deliverer."""

    async def tell_owner(self, alarm: Alarm) -> None:
        """See bot.outlet.Deliverer."""
        self.owner_told |= alarm.name is AlarmName.ACCOUNT_PROBLEM

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        """See bot.outlet.Deliverer."""


def documented_cases() -> list[Case]:
    """Every error the two providers document, said once to a job that names its provider."""
    return [
        Case(provider, name, fault, provider)
        for provider, catalogue in CATALOGUES.items()
        for name, fault in catalogue.items()
    ]


def other_cases() -> list[Case]:
    """A lost answer, an edge's page and a balance used up inside a task, which no document speaks of; and `auto`."""
    lost = [Case(provider, name, fault, provider) for name, fault in BEYOND.items() for provider in CATALOGUES]
    over = [
        Case("apiframe", name, APIFRAME_ERRORS[name], None)
        for name in ("unavailable", "insufficient_credits", "idempotency_conflict")
    ]
    return [*lost, *over]


async def play_all(room: Path) -> list[Outcome]:
    """Play every case; those that ended in a clip again, with an error that lasts."""
    clip = await FfmpegRenderer(room).render(Shot("a calm sea"))
    gate, opening = asyncio.Semaphore(AT_ONCE), asyncio.Lock()

    async def play_in_turn(case: Case) -> Outcome:
        async with gate:
            return await play(case, clip, opening)

    first = await asyncio.gather(*(play_in_turn(case) for case in [*documented_cases(), *other_cases()]))
    lasting = [
        replace(outcome.case, fault=replace(outcome.case.fault, times=None))
        for outcome in first
        if outcome.delivered and outcome.case.documented
    ]
    return [*first, *await asyncio.gather(*(play_in_turn(case) for case in lasting))]


async def play(case: Case, clip: Path, opening: asyncio.Lock) -> Outcome:
    """One job in an application of its own, until the person has been shown how it ended."""
    clock = SkippingClock()
    async with AsyncExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        box = await stack.enter_async_context(Sandbox(render_seconds=0.05, renderer=PrebuiltRenderer(clip)))
        stand_ins: dict[str, StandIn] = {"apiframe": box.apiframe, "acedata": box.acedata}
        stand_ins[case.provider].faults.add(case.fault)
        # Alembic keeps the migration it is at in a global, so only one application at a time may open.
        async with opening:
            app = await stack.enter_async_context(open_app(settings_for(box, data, **SETTINGS), clock))
        channel = Channel(app)
        app.services.outlet.attach(channel)
        job = await _run(app, channel, clock, case)
        assert channel.shown is not None
        return Outcome(
            case,
            job,
            channel.shown[1],
            channel.owner_told,
            (await app.services.jobs.allowance(GUILD, USER)).left,
            {name: _submissions(stand_in) for name, stand_in in stand_ins.items()},
            sum(len(stand_in.tasks) for stand_in in stand_ins.values()),
            sum(charge.credits for stand_in in stand_ins.values() for charge in stand_in.charges),
        )


async def _run(app: App, channel: Channel, clock: SkippingClock, case: Case) -> Job:
    picture = still("a calm sea") if case.fault.route is Route.UPLOAD else None
    draft = Draft("a fox in the snow", provider=case.wanted, has_first_frame=picture is not None)
    accepted = await app.services.jobs.submit([Order(ReplyTarget(99, USER, GUILD, CHANNEL), draft)], first=picture)
    patient_until = clock() + 7200.0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await asyncio.sleep(TICK_SECONDS)
            job = await app.services.jobs.job(accepted.job.job_id, guild_id=GUILD)
            over = job.status in ENDED or job.status is JobStatus.UNKNOWN
            if over and channel.shown is not None and channel.shown[0] is job.status:
                await rest(app.engine, clock)  # the owner may be told yet
                return job
            # Time stands still while a step is under way: however slow the machine is, the outcome is the same.
            if rests(app.engine, clock):
                clock.skip(_stride(case) if clock() < patient_until else 3600.0)
                app.engine.wake()


def _stride(case: Case) -> float:
    """Seconds to skip at once: few where a task must not become late by them, many where nothing else is to come."""
    if not case.lasting:
        return 3.0
    return 60.0 if case.fault.route is Route.FETCH else 120.0


def _submissions(stand_in: StandIn) -> int:
    doors = [door for door, route in stand_in.routes_of.items() if route is Route.SUBMIT]
    return sum((request.method, request.path) in doors for request in stand_in.requests)
