"""How jobs reach people: the Deliverer protocol, the one dependency that points upward. `cogs` implements it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2s
from pathlib import Path
from typing import Protocol

from bot.clocks import Clock, steady_clock
from bot.embargo import Embargo
from bot.engine.budget import Budget
from bot.errors import DeliveryPostponed
from bot.models import AuditEntry, Job, LinkReason
from bot.timings import TIMINGS, Timings


@dataclass(frozen=True, slots=True)
class StatusView:
    """What the status message says beside the job itself; equal views make equal texts.

    `place` counts from 1 and is set while queued; `progress` is the provider's own percentage; `expected_at` is in
    seconds since the epoch, from measured medians (`measured`) or the provider's published average. `trying_since` is
    set, in the same seconds, while a job that no provider has taken yet is offered to one again and again.
    """

    place: int | None = None
    progress: int | None = None
    expected_at: int | None = None
    measured: bool = False
    retrying: bool = False
    trying_since: int | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished video on disk; `expires_at` is when the provider's own link is said to end.

    Width, height and seconds are 0 where the file could not be read. `original_size` is set where it was made smaller
    to fit: the bytes that the provider sent. With a `reason` there is no file, but only the link, and this is why.
    """

    path: Path
    size: int
    width: int
    height: int
    duration_seconds: float
    url: str
    expires_at: float
    original_size: int | None = None
    reason: LinkReason | None = None


class AlarmName(StrEnum):
    """What the owner, or those who manage a server, are told unasked; each has one sentence in the catalogue of `cogs`.

    Those of caps are the names in bot.policy.gates with what has become of them.
    """

    ACCOUNT_PROBLEM = "account_problem"
    PROVIDER_DOWN = "provider_down"
    BALANCE_LOW = "balance_low"
    BALANCE_USED_UP = "balance_used_up"
    JOBS_STUCK = "jobs_stuck"
    DISK_LOW = "disk_low"
    DATABASE_DAMAGED = "database_damaged"
    ALL_DAY_NEAR = "all_day_near"
    ALL_DAY_REACHED = "all_day_reached"
    ALL_MONTH_NEAR = "all_month_near"
    ALL_MONTH_REACHED = "all_month_reached"
    SERVER_DAY_NEAR = "server_day_near"
    SERVER_DAY_REACHED = "server_day_reached"
    SERVER_MONTH_NEAR = "server_month_near"
    SERVER_MONTH_REACHED = "server_month_reached"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something to be told; `facts` fill its sentence, those whose names end in `_at` with moments.

    `key` is the same for every try to tell it, and another one when it is told anew.
    """

    name: AlarmName
    facts: Mapping[str, object] = field(default_factory=dict)
    key: str = ""

    def nonce(self, place: int) -> str:
        """By what Discord knows a repeat in one place: 25 letters at most, and each place by itself."""
        return f"a-{blake2s(f'{self.key} {place}'.encode(), digest_size=11).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Traces:
    """What tells that a message is about a member who is being erased.

    `since` and `until` are ids: no message is older than the first, and one that is newer than the second and merely
    names the member is about something else. `ids` are those of jobs and assemblies, `messages` those of clips, and of
    threads; `spared` are messages that are seen to otherwise.
    """

    user_id: int
    since: int
    until: int
    ids: frozenset[str] = frozenset()
    messages: frozenset[int] = frozenset()
    spared: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Swept:
    """How many messages were looked at, and before which the next look begins; None at the end."""

    messages: int
    before: int | None


class Deliverer(Protocol):
    """Posts into Discord. Methods raise errors.DeliveryError and nothing else."""

    async def open_status(self, job: Job, view: StatusView, pictures: Sequence[Path]) -> int:
        """Post the status message with copies of the request's pictures; returns its id. Safe to repeat."""

    async def show_status(self, job: Job, view: StatusView) -> None:
        """Bring the status message up to date."""

    async def picture_urls(self, job: Job) -> tuple[str, ...]:
        """Fresh addresses of the pictures attached to the status message, first frame first."""

    def upload_limit(self, job: Job) -> int:
        """Bytes that the job's channel takes as one file, as far as is known."""

    async def save_clip(self, job: Job, path: Path) -> None:
        """Write the clip that a delivered job's message brought to `path`; DestinationGone when it is not there."""

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """Post the video as a new message; returns its id. With `resumed`, look for an earlier attempt's message first.

        UploadTooLarge when the channel does not take a file of this size.
        """

    async def post_link(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """Post the provider's link in place of a file that is too large or not there; returns the message id."""

    async def find_clip(self, job: Job) -> int | None:
        """The id of the message that an earlier attempt brought the clip with, or None."""

    async def tell_requester(self, job: Job) -> None:
        """Tell the requester in private that the clip is kept, since its channel cannot be reached."""

    async def post_audit(self, entry: AuditEntry, channel_id: int) -> None:
        """Post a line about an act of a server's moderators into this channel of it."""

    async def post_failure(self, job: Job, channel_id: int) -> None:
        """Post a line about a job without a clip in its channel into this channel of its server."""

    async def tell_owner(self, alarm: Alarm) -> None:
        """Tell the bot's owner in private what is wrong and what to do; DestinationGone where they take no message."""

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        """Post into a server's own log channel."""


class Sweeper(Protocol):
    """Takes messages about somebody back, who is erased. What is gone, or closed to the bot, is passed over: methods
    raise errors.DeliveryPostponed and nothing else."""

    async def delete(self, guild_id: int, channel_id: int, message_id: int) -> None:
        """Delete a message of the bot's own."""

    async def unname_thread(self, thread_id: int) -> None:
        """Give a thread of the bot's own a name that says nothing."""

    async def sweep(self, guild_id: int, channel_id: int, traces: Traces, before: int | None) -> Swept:
        """Look through a page of a channel's history, newest first, and delete the bot's own messages with traces."""

    async def shows(self, guild_id: int, channel_id: int, message_id: int, traces: Traces) -> bool:
        """Whether a message is there and has traces."""

    async def sweep_private(self, user_id: int, until: int) -> None:
        """Delete what the bot has written to the member in private up to then."""


class Outlet:
    """Where the deliverer is plugged in: a bot that was never connected has none, and jobs wait.

    `shards_down` are those whose connection to the gateway is lost: their events do not come in. Messages go out over
    another connection, so that clips are delivered meanwhile; but no command is received. `embargo` is when nothing may
    go out at all, `edits` whose turn it is to edit a message of a channel: Discord takes five in five seconds.
    """

    def __init__(self, clock: Clock | None = None, timings: Timings = TIMINGS) -> None:
        clock = clock or steady_clock()
        self._deliverer: Deliverer | None = None
        self._sweeper: Sweeper | None = None
        self.embargo = Embargo(clock)
        self.edits = Budget(clock, apart=timings.edits_apart)
        self.shards_down: set[int] = set()
        self._on_attach: list[Callable[[], None]] = []

    def on_attach(self, listener: Callable[[], None]) -> None:
        """Be told when a deliverer is plugged in."""
        self._on_attach.append(listener)

    def attach(self, deliverer: Deliverer, sweeper: Sweeper | None = None) -> None:
        """Deliver, and take back, through these from now on."""
        self._deliverer, self._sweeper = deliverer, sweeper
        for listener in self._on_attach:
            listener()

    def detach(self, deliverer: Deliverer) -> None:
        """Stop delivering through this one; a later one that took over stays."""
        if self._deliverer is deliverer:
            self._deliverer = self._sweeper = None
            self.shards_down.clear()

    @property
    def connected(self) -> bool:
        """Whether anything can be delivered just now."""
        return self._deliverer is not None

    @property
    def deliverer(self) -> Deliverer:
        """The deliverer in force; DeliveryPostponed without one."""
        if self._deliverer is None:
            raise DeliveryPostponed("not connected to Discord")
        return self._deliverer

    @property
    def sweeper(self) -> Sweeper:
        """The sweeper in force; DeliveryPostponed without one."""
        if self._sweeper is None:
            raise DeliveryPostponed("not connected to Discord")
        return self._sweeper
