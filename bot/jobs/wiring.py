"""Puts the parts of the life of a job together. What a part does is in the part; what they stand on is bot.app's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.jobs.admission import Admission
from bot.jobs.delivery.clip_delivery import ClipDelivery
from bot.jobs.delivery.fetching import Fetcher
from bot.jobs.intake import Intake
from bot.jobs.job_transitions import JobTransitions, Listener
from bot.jobs.pipeline import Pipeline
from bot.jobs.polling.curve import Bounds
from bot.jobs.polling.estimates import Estimates
from bot.jobs.polling.plans import Pace
from bot.jobs.polling.poller import Poller
from bot.jobs.polling.schedule import PollSchedule
from bot.jobs.scheduler import JobScheduler
from bot.jobs.service import JobService
from bot.jobs.status.editor import StatusEditor
from bot.jobs.status.forecast import StatusForecast
from bot.jobs.submission.callback_handler import CallbackHandler
from bot.jobs.submission.callback_urls import CallbackUrls
from bot.jobs.submission.dispatch import Dispatcher
from bot.jobs.submission.frames import RequestFrames
from bot.jobs.submission.line import Line
from bot.jobs.submission.submitting import Submitter
from bot.jobs.submission.waiting import WaitingLine
from bot.library.clip_files import ClipFiles
from bot.library.fitting import Fitter
from bot.media.links import PictureLinks
from bot.media.pictures.images import PictureStore
from bot.models import Job
from bot.outlet import Outlet, StatusView
from bot.policy.gates import OwnerLimits
from bot.policy.prices import PriceTable, price_table
from bot.providers.routing import Router
from bot.storage.jobs import JobStore
from bot.storage.money.reservations import Reservations
from bot.storage.open_jobs import OpenJobs
from bot.timings import TIMINGS, Timings


@dataclass(frozen=True, slots=True)
class Foundation:
    """What the life of a job stands on; `clock` measures waits, `wall` says which day credits count for.

    `near_cap` is told of servers whose spending is to be looked at, `turned_away` of providers that want no account of
    ours.
    """

    store: JobStore
    reservations: Reservations
    open_jobs: OpenJobs
    router: Router
    outlet: Outlet
    engine: Engine
    pictures: PictureStore
    clips: ClipFiles
    fitter: Fitter
    limits: OwnerLimits
    clock: Clock
    wall: Clock
    timings: Timings = TIMINGS
    picture_links: PictureLinks | None = None
    callback_urls: CallbackUrls | None = None
    poll_seconds: tuple[float, float] = (5.0, 15.0)
    poll_lateness_seconds: float = 4.0
    timeout_seconds: float = 1200.0
    prices: PriceTable = field(default_factory=price_table)
    near_cap: Callable[[int], None] = lambda _guild_id: None
    turned_away: Callable[[str], None] = lambda _provider: None


@dataclass(frozen=True, slots=True)
class Jobs:
    """The life of jobs, put together."""

    service: JobService
    admission: Admission
    pipeline: Pipeline
    scheduler: JobScheduler
    status: StatusEditor
    callbacks: CallbackHandler
    line: Line
    view: Callable[[Job], Awaitable[StatusView]]


def assemble_jobs(base: Foundation, *listeners: Listener) -> Jobs:
    """Everything, plugged into the engine; the listeners hear of each transition."""
    store, router, engine, clock = base.store, base.router, base.engine, base.clock
    transitions, line = JobTransitions(store, clock), Line()
    estimates = Estimates(store, router, clock)
    schedule = _poll_schedule(base, estimates)
    poller = Poller(router, schedule, engine, clock)
    scheduler = JobScheduler(store, base.open_jobs, engine, line, poller, router, clock)
    for listener in (scheduler.moved, *listeners):
        transitions.listen(listener)
    forecast = StatusForecast(base.open_jobs, estimates, schedule, line, router, clock)
    status = StatusEditor(store, base.outlet, base.pictures.path, forecast, engine, clock, base.timings)
    status.plug_into(engine)
    pipeline = _pipeline(base, transitions, line, poller, scheduler, status)
    pipeline.plug_into(engine, base.outlet)
    admission = Admission(base.reservations, base.limits, (clock, base.wall))

    def accepted(jobs: Sequence[Job], *, near_cap: bool) -> None:
        scheduler.accepted(jobs)
        if near_cap:
            base.near_cap(jobs[0].target.guild_id)

    intake = Intake(admission, router, base.prices, base.pictures, clock, line, accepted)
    service = JobService(store, transitions, status, router, intake, admission, base.pictures)
    callbacks = CallbackHandler(store, transitions, poller, clock)
    return Jobs(service, admission, pipeline, scheduler, status, callbacks, line, forecast.view)


def _poll_schedule(base: Foundation, estimates: Estimates) -> PollSchedule:
    pace = Pace(Bounds(*base.poll_seconds), base.poll_lateness_seconds, base.timeout_seconds)
    return PollSchedule(estimates.past, base.clock, pace)


def _pipeline(
    base: Foundation,
    transitions: JobTransitions,
    line: Line,
    poller: Poller,
    scheduler: JobScheduler,
    status: StatusEditor,
) -> Pipeline:
    router, outlet, clock, backoff = base.router, base.outlet, base.clock, base.timings.backoff
    waiting = WaitingLine(transitions, router, clock, timeout=base.timeout_seconds, backoff=backoff)
    frames = RequestFrames(base.pictures, base.picture_links, outlet, clock)
    submitter = Submitter(
        transitions,
        router,
        frames,
        outlet,
        clock,
        base.callback_urls,
        line=waiting,
        open_status=status.reopen,
        turned_away=base.turned_away,
        backoff=backoff,
    )
    fetcher = Fetcher(transitions, router, base.clips, clock, backoff)
    delivery = ClipDelivery(transitions, fetcher, base.fitter, outlet, clock, status.reopen, backoff)
    dispatcher = Dispatcher(base.store, base.open_jobs, router, line, waiting, base.engine, clock)
    return Pipeline(transitions, line, dispatcher, waiting, submitter, poller, delivery, scheduler.resume, clock)
