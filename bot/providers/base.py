"""What every provider offers to the rest of the bot. No vendor's URL, field or error code belongs here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from bot.models import FailureCode, Resolution, VideoRequest


class TaskState(StrEnum):
    """What a provider says of a task, in our words."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    MISSING = "missing"


class RemoteTask(NamedTuple):
    """One task as a provider describes it; a tuple, because a page of a list makes a hundred of them at a time.

    `progress` is a percentage, only where the provider gives one; `video_url` is set only when SUCCEEDED, and None
    then where the provider has not named a link yet; `failure` says why it FAILED, or what it comes to if no link ever
    turns up; `detail` is the provider's own text, cut to 200 characters, for the log alone; `seconds` is how long an
    ended one took by the provider's own clock, and `cost` what it took for it in units of its own, where it says so.
    """

    task_id: str
    state: TaskState
    progress: int | None = None
    video_url: str | None = None
    failure: FailureCode | None = None
    detail: str = ""
    seconds: float | None = None
    cost: float | None = None

    @property
    def under_way(self) -> bool:
        """Whether it may still come to an end."""
        return self.state is TaskState.WAITING or self.state is TaskState.RUNNING

    @classmethod
    def finished(cls, task_id: str, url: str | None, progress: int | None = None) -> RemoteTask:
        """One that the provider calls done; a link that is missing may be there at the next look."""
        if url is None:
            return cls(
                task_id, TaskState.SUCCEEDED, progress, failure=FailureCode.CLIP_LOST, detail="done without a link"
            )
        return cls(task_id, TaskState.SUCCEEDED, progress, url)


@dataclass(frozen=True, slots=True)
class Submission:
    """A request made ready to send: pictures are URLs the provider can fetch. None means: leave the field out."""

    job_id: str
    prompt: str
    resolution: Resolution | None = None
    duration_seconds: int | None = None
    optimize_prompt: bool | None = None
    first_image_url: str | None = None
    last_image_url: str | None = None
    webhook_url: str | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, so that the rest is refused before anything is spent.

    `idempotent`: a POST may be repeated with the same job id. `batch`: tasks that can share one status query.
    `uploads`: it has an endpoint that takes image bytes. `average_seconds`: its published render time.
    `link_seconds`: how long its result links are said to live.
    """

    name: str
    title: str
    resolutions: frozenset[Resolution]
    durations: frozenset[int]
    last_frame: bool
    optimize_prompt: bool
    idempotent: bool
    uploads: bool
    batch: int
    average_seconds: float
    link_seconds: float

    def missing_for(self, request: VideoRequest) -> list[str]:
        """Names of the options asked for that this provider does not have, in the spelling of the command."""
        missing = []
        if request.resolution is not None and request.resolution not in self.resolutions:
            missing.append("resolution")
        if request.duration_seconds is not None and request.duration_seconds not in self.durations:
            missing.append("duration")
        if request.last_frame is not None and not self.last_frame:
            missing.append("end_image")
        if request.optimize_prompt is not None and not self.optimize_prompt:
            missing.append("optimize_prompt")
        return missing


class VideoProvider(Protocol):
    """A hosted video API. Methods raise errors.ProviderError and nothing else."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def submit(self, submission: Submission) -> RemoteTask:
        """Start a task. OutcomeUnknown when it may have been started; ProviderBusy when it certainly was not."""

    async def fetch(self, task_ids: Sequence[str]) -> Mapping[str, RemoteTask]:
        """Ask for many tasks at once; every id asked for is in the answer, MISSING where the provider knows none.

        Tasks that came along without a query of their own may be in it too: others of ours that have not ended.
        """

    async def upload(self, image: bytes, content_type: str) -> str:
        """Store an image at the provider and return its URL; only where `capabilities.uploads`."""

    async def balance(self) -> float | None:
        """What is left on the account, in the provider's own units; None where it does not say."""
