"""Plain frozen data that every room shares. No input, no output, no Discord, no SQL.

Times are seconds since the epoch, UTC, as float; ids of Discord are int; `job_id` is ours, `task_id` the provider's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Resolution(StrEnum):
    """Resolutions as hailuo-02 spells them."""

    P768 = "768p"
    P1080 = "1080p"


class JobStatus(StrEnum):
    """Where a job is; the arrows between are in bot.jobs.transitions."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    RENDERING = "rendering"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    PARKED = "parked"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class FailureCode(StrEnum):
    """Why a job did not end in a clip; each has one sentence in the catalogue of `cogs`."""

    MODERATION = "moderation"
    INVALID_REQUEST = "invalid_request"
    IMAGE_REJECTED = "image_rejected"
    PROVIDER_FAILED = "provider_failed"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_ACCOUNT = "provider_account"
    TIMED_OUT = "timed_out"
    OUTCOME_UNKNOWN = "outcome_unknown"
    TASK_LOST = "task_lost"
    CLIP_LOST = "clip_lost"
    CLIP_UNUSABLE = "clip_unusable"
    LINK_REFUSED = "link_refused"
    CHANNEL_GONE = "channel_gone"
    MESSAGE_REFUSED = "message_refused"
    IMAGES_LOST = "images_lost"
    PLACE_CLOSED = "place_closed"
    QUARANTINED = "quarantined"
    BROKEN = "broken"
    NOT_BROUGHT = "not_brought"


class LinkReason(StrEnum):
    """Why people get the provider's link in place of a clip; each has one sentence in the catalogue of `cogs`."""

    UNREADABLE = "unreadable"
    BROKEN = "broken"
    OVERSIZE = "oversize"
    PLAIN_HTTP = "plain_http"


class LedgerKind(StrEnum):
    """The three ledger rows a job can have; (job_id, kind) is their primary key."""

    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a request, already checked and kept on disk.

    `name` is a file name of ours inside DATA_DIR/images, never the uploader's; `content_type` is decided by bytes.
    `spoiler` is whether it was posted as one: then all that is made of it is shown as one.
    """

    name: str
    content_type: str
    width: int
    height: int
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """What somebody asked for. None means: not asked for, the provider's default holds.

    `hidden` is whether its server has all clips shown as spoilers.
    """

    prompt: str
    resolution: Resolution | None = None
    duration_seconds: int | None = None
    optimize_prompt: bool | None = None
    first_frame: Picture | None = None
    last_frame: Picture | None = None
    hidden: bool = False

    @property
    def spoiler(self) -> bool:
        """Whether the clip is shown as a spoiler, because a picture of it is one, or its server wants it."""
        return self.hidden or any(frame is not None and frame.spoiler for frame in (self.first_frame, self.last_frame))


class Relation(StrEnum):
    """What a job is to its parent."""

    AGAIN = "again"
    REMIX = "remix"
    EXTENDS = "extends"


class AssemblyKind(StrEnum):
    """What can be put together from finished clips; OTHER is what a later release may have begun."""

    TAKES = "takes"
    BRAINSTORM = "brainstorm"
    REEL = "reel"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Who asked, and where the answer belongs; `locale` is a language that the cogs have a catalogue of."""

    interaction_id: int
    user_id: int
    guild_id: int
    channel_id: int
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Job:
    """One request and all that is known of it; `version` grows by one with every transition.

    `attempts` counts failures of one kind in a row, `strikes` how often a step was begun and the process ended before
    it did. `failure` says why a job ended; while it is under way, which kind `attempts` counts, where that is not the
    posting of messages. `take` is its number within one interaction, counted from 0, or the number that a brainstorm
    gives its takes; `assembly_id` names what its clip is a part of. `deleted_at` is when its clip was taken out of the
    channel, or was no longer kept. `cancelled_at` is when somebody stopped waiting for a job that had started, and
    `turn_at` when its turn in the line came first.
    `shown_status` and `shown` are the end and the text that its status message was last known to show.
    `provider_cost` is what its provider says it cost, in units of its own. `age_restricted` is whether its channel was.
    """

    job_id: str
    version: int
    status: JobStatus
    request: VideoRequest
    target: ReplyTarget
    provider: str
    auto_provider: bool
    price: int
    created_at: float
    due_at: float
    status_message_id: int | None = None
    result_message_id: int | None = None
    image_urls: tuple[str, ...] = ()
    task_id: str | None = None
    webhook_base: str | None = None
    webhook_hash: str | None = None
    video_url: str | None = None
    failure: FailureCode | None = None
    attempts: int = 0
    strikes: int = 0
    link_refreshed: bool = False
    submitting_at: float | None = None
    submitted_at: float | None = None
    rendered_at: float | None = None
    posting_at: float | None = None
    ended_at: float | None = None
    take: int = 0
    parent_id: str | None = None
    relation: Relation | None = None
    assembly_id: str | None = None
    deleted_at: float | None = None
    cancelled_at: float | None = None
    turn_at: float | None = None
    shown_status: JobStatus | None = None
    shown: str | None = None
    provider_cost: float | None = None
    age_restricted: bool = False

    @property
    def awaited(self) -> bool:
        """Whether somebody may wait for its clip; False once it was cancelled, even if its task goes on."""
        return self.cancelled_at is None and self.status is not JobStatus.CANCELLED

    @property
    def finished_unwanted(self) -> bool:
        """Whether it was cancelled after it had started, and its clip came all the same."""
        return self.status is JobStatus.CANCELLED and self.cancelled_at is not None and self.video_url is not None

    @property
    def kept(self) -> bool:
        """Whether it ended with a clip that is in no channel, and that its requester can still have."""
        return (self.status is JobStatus.PARKED or self.finished_unwanted) and self.deleted_at is None


@dataclass(frozen=True, slots=True)
class Assembly:
    """Something that is put together from clips, and outlives a restart as a job does; `version` as a job's.

    `state` is JSON that bot.assemblies.state reads and writes, empty where the row holds none. `due_at` is when it is
    looked at next, None when it only waits to be woken. `attempts` counts failures in a row; `ended_at` closes it for
    good.
    """

    assembly_id: str
    version: int
    kind: AssemblyKind
    target: ReplyTarget
    state: Mapping[str, Any]
    created_at: float
    due_at: float | None = None
    message_id: int | None = None
    posting_at: float | None = None
    attempts: int = 0
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class RankedClip:
    """A delivered job and the votes it has."""

    job: Job
    votes: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """One person's credits of one UTC day in one server; `resets_at` is the next midnight UTC."""

    limit: int
    used: int
    held: int
    resets_at: float

    @property
    def left(self) -> int:
        """Credits that can still be reserved; never below zero."""
        return max(0, self.limit - self.used - self.held)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act of a server's moderators: by whom, what, to whom if to anybody; `entry_id` is 0 until it is written.

    `action` is a key of the catalogue of `cogs`; `facts` fill its sentence.
    """

    guild_id: int
    at: float
    actor_id: int
    action: str
    subject_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    entry_id: int = 0


class ClipSort(StrEnum):
    """What comes first where clips are looked through."""

    VOTES = "votes"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class ClipScope:
    """Which clips: of one server, and there of one channel or one requester; None means any.

    Clips of age-restricted channels are among them only where `age_restricted`.
    """

    guild_id: int
    channel_id: int | None = None
    user_id: int | None = None
    age_restricted: bool = False


@dataclass(frozen=True, slots=True)
class HistoryFilters:
    """What of a history is wanted; empty ones want all. `words` must all stand in the prompt, in any order, whatever
    their case, marks and width."""

    words: tuple[str, ...] = ()
    statuses: frozenset[JobStatus] = frozenset()
    resolution: str | None = None
    pictures: bool | None = None
