"""Metrics: what the bot counts and measures, and /metrics for Prometheus.

Labels hold statuses, provider names and our own short words, never an id or a text of a user. Layers below do not
import this; they take a Protocol of the methods they call.
"""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.clocks import Clock
from bot.jobs.transitions import ENDED
from bot.models import Job, JobStatus
from bot.storage.open_jobs import OpenJobs
from bot.web.sights import SightGauges

ACKNOWLEDGEMENT_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0)
"""Discord drops an interaction that is not acknowledged within 3 s."""
RENDER_BUCKETS = (15.0, 30.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 450.0, 600.0, 900.0, 1200.0)
LATENESS_BUCKETS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0)


class Metrics:
    """All figures of one bot, in a registry of its own: several bots may live in one process. Times are seconds."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._jobs = Counter(
            "rushes_jobs", "Jobs that ended, by final status and provider.", ["status", "provider"], registry=registry
        )
        self._calls = Counter(
            "rushes_provider_calls",
            "Calls to providers, by operation and outcome.",
            ["provider", "operation", "outcome"],
            registry=registry,
        )
        self._acknowledgement = Histogram(
            "rushes_acknowledgement_seconds",
            "From Discord making an interaction to our first answer.",
            buckets=ACKNOWLEDGEMENT_BUCKETS,
            registry=registry,
        )
        self._render = Histogram(
            "rushes_render_seconds",
            "From a task's submission to its end.",
            ["provider"],
            buckets=RENDER_BUCKETS,
            registry=registry,
        )
        self._lateness = Histogram(
            "rushes_delivery_lateness_seconds",
            "From a task being done at the provider to its clip being posted.",
            buckets=LATENESS_BUCKETS,
            registry=registry,
        )
        self._oldest = Gauge(
            "rushes_oldest_unfinished_job_age_seconds", "Age of the oldest job without an end.", registry=registry
        )
        self._queue = Gauge("rushes_queue_length", "Jobs waiting to be submitted.", registry=registry)
        self.seen = SightGauges(registry).seen

    def job_ended(self, status: str, provider: str) -> None:
        """Count a job that reached a final status (a models.JobStatus)."""
        self._jobs.labels(status=str(status), provider=provider).inc()

    def job_moved(self, before: Job, after: Job) -> None:
        """Count and measure one transition of a job; fits as a listener of the transitions."""
        if after.status is before.status:
            return
        if after.status in ENDED or after.status is JobStatus.UNKNOWN:
            self.job_ended(after.status, after.provider)
        if after.status is JobStatus.DELIVERING and after.submitted_at and after.rendered_at:
            self.rendered(after.provider, after.rendered_at - after.submitted_at)
        if after.status is JobStatus.DELIVERED and after.rendered_at and after.ended_at:
            self.delivered(after.ended_at - after.rendered_at)

    def provider_called(self, provider: str, operation: str, outcome: str) -> None:
        """Count a call: operation as in VideoProvider's methods, outcome `ok` or the class of the error."""
        self._calls.labels(provider, operation, outcome).inc()

    def acknowledged(self, seconds: float) -> None:
        """Note how long an interaction waited for its first answer."""
        self._acknowledgement.observe(seconds)

    def rendered(self, provider: str, seconds: float) -> None:
        """Note how long a task took at its provider."""
        self._render.labels(provider=provider).observe(seconds)

    def delivered(self, seconds_late: float) -> None:
        """Note how long a finished clip waited for being posted."""
        self._lateness.observe(seconds_late)

    def queue(self, length: int, oldest_unfinished_age: float) -> None:
        """Set what waits now: jobs to be submitted, and the age of the oldest unfinished job (0 without one)."""
        self._queue.set(length)
        self._oldest.set(oldest_unfinished_age)

    def render(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)

    def routes(self, open_jobs: OpenJobs, clock: Clock) -> list[web.RouteDef]:
        """Routes for the server; what waits is counted when somebody asks."""

        async def serve(request: web.Request) -> web.Response:
            waiting = sum(backlog.waiting for backlog in (await open_jobs.backlog()).values())
            oldest_at = await open_jobs.oldest_at()
            self.queue(waiting, 0.0 if oldest_at is None else clock() - oldest_at)
            return await self._serve(request)

        return [web.get("/metrics", serve)]

    async def _serve(self, request: web.Request) -> web.Response:
        return web.Response(body=self.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})
