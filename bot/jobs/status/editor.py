"""StatusEditor: keeps every status message in step with its job, edited only when its text changes, and seldom.

What a message shows is remembered in its job's row, so that a restart edits nothing that is right already.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.engine.keyed_locks import KeyedLocks
from bot.errors import DeliveryPostponed, DestinationGone, StorageFailed, UploadTooLarge
from bot.jobs.next_steps import JobStep
from bot.jobs.status.forecast import StatusForecast
from bot.jobs.status.shown import settled, text_key, view_in
from bot.jobs.status.slots import Slots
from bot.jobs.transitions import ENDED
from bot.models import Job, JobStatus, Picture
from bot.outlet import Outlet, StatusView
from bot.storage.jobs import JobStore, Shown
from bot.timings import LONGEST_WAIT_SECONDS, Timings, within_reason

log = logging.getLogger(__name__)

REMEMBER = "remember"

_FULL_SECONDS = 0.5


class StatusEditor:
    """Takes the `show` step of a job; a failing edit never disturbs the job itself."""

    def __init__(
        self,
        store: JobStore,
        outlet: Outlet,
        picture_path: Callable[[Picture], Path],
        forecast: StatusForecast,
        engine: Engine,
        clock: Clock,
        timings: Timings,
    ) -> None:
        self._store = store
        self._outlet = outlet
        self._picture_path = picture_path
        self._forecast = forecast
        self._engine = engine
        self._clock = clock
        self._timings = timings
        self._slots = Slots(clock)
        self._opening = KeyedLocks()
        self._unnoted: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._turns: dict[str, float] = {}
        self._refused: dict[str, JobStatus] = {}
        self._shown: dict[str, Shown] = {}

    def plug_into(self, engine: Engine) -> None:
        """Have an engine run the steps."""
        engine.plug(JobStep.SHOW, self.show, ready=lambda: self._outlet.connected)
        engine.plug(REMEMBER, self._remember)

    # -- opening -----------------------------------------------------------------------------------------------------

    async def open(self, job: Job, view: StatusView) -> Job:
        """Post the status message unless there is one; returns the job as stored.

        DeliveryError when that fails, StorageFailed when it cannot be noted; either may be repeated.
        """
        async with self._opening.hold(job.job_id):
            return await self._open(job, view)

    async def reopen(self, job: Job) -> Job:
        """The job with a status message, posted now if there is none yet. Raises DeliveryError or StorageFailed."""
        return await self.open(job, await self._forecast.view(job))

    async def _open(self, job: Job, view: StatusView) -> Job:
        stored = await self._store.get(job.job_id)
        if stored is None or stored.status_message_id is not None or stored.deleted_at is not None:
            return stored or job
        message_id = self._unnoted.get(job.job_id)
        posted_now = message_id is None
        if message_id is None:
            message_id = await self._outlet.deliverer.open_status(stored, view, self._pictures(stored))
        # A message that cannot be written down now is not posted twice for that.
        self._unnoted[job.job_id] = message_id
        await self._store.set_status_message(job.job_id, message_id)
        del self._unnoted[job.job_id]
        if posted_now and stored.version == 1:
            # Of a job that has moved, an earlier attempt's message may be what Discord gave back: it is edited too.
            self._note(stored, text_key(stored, view))
        self._not_before[job.job_id] = self._clock() + self._timings.edit
        return replace(stored, status_message_id=message_id)

    def _pictures(self, job: Job) -> Sequence[Path]:
        frames = (job.request.first_frame, job.request.last_frame)
        return [self._picture_path(picture) for picture in frames if picture is not None]

    # -- keeping in step ---------------------------------------------------------------------------------------------

    async def show(self, job_id: str) -> float | None:
        """Bring a message up to date, if it is not and its turn has come; gives when to look at it again."""
        not_before = self._not_before.get(job_id, 0.0)
        if 0 < not_before - self._clock() <= LONGEST_WAIT_SECONDS:  # further ahead, the clock was another one
            return not_before
        job = await self._store.get(job_id)
        if job is None:
            return None
        known = self._shown[job_id].key if job_id in self._shown else job.shown
        view = settled(await self._forecast.view(job), view_in(known), self._clock())
        key = text_key(job, view)
        if key == known:
            self._turns.pop(job_id, None)
            self._note(job, key)
            return self._over(job, view)
        if self._refused.get(job_id) is job.status:
            # Tried again when there is more to say than another percentage: places are opened again now and then.
            return None
        turn = self._turn(job)
        if turn is not None:
            return turn
        try:
            return await self._edit(job, view, key)
        finally:
            self._slots.give_back(job_id, job.target.channel_id)

    def _turn(self, job: Job) -> float | None:
        """When the message may be edited; None now, and then a place among those under way is taken."""
        now, channel = self._clock(), job.target.channel_id
        if job.job_id not in self._turns:
            self._turns[job.job_id] = self._outlet.edits.book(channel)
        if self._turns[job.job_id] > now:
            return self._turns[job.job_id]
        if not self._slots.take(job.job_id, channel):
            return self._later(job, now)
        del self._turns[job.job_id]
        self._not_before[job.job_id] = now + self._timings.edit
        return None

    def _later(self, job: Job, now: float) -> float:
        """When to ask for a place again where there is none."""
        full_until = self._slots.full_until()
        if full_until is not None:
            return full_until
        # It is the channel that has its fill: behind the others of it, or all of them would ask again and again.
        turn = self._turns[job.job_id] = max(self._outlet.edits.book(job.target.channel_id), now + _FULL_SECONDS)
        return turn

    async def _edit(self, job: Job, view: StatusView, key: str) -> float | None:
        try:
            if job.status_message_id is not None:
                async with self._opening.hold(job.job_id):
                    pass  # whoever has posted it just now notes that first, and then what follows is noted
                await self._outlet.deliverer.show_status(job, view)
            elif job.deleted_at is None:
                # Somebody else may be posting it, with other words: only what was really shown counts as shown.
                await self.open(job, view)
                return self._over(job, view) if job.job_id in self._shown else self._not_before.get(job.job_id)
            self._note(job, key)
            self._refused.pop(job.job_id, None)
        except DeliveryPostponed as error:
            return self._put_off(job, within_reason(error.retry_after) or self._timings.edit_again)
        except StorageFailed as error:
            log.warning("job %s: its status message cannot be kept in step: %s", job.job_id, error)
            return self._put_off(job, self._timings.edit_again)
        except (DestinationGone, UploadTooLarge) as error:
            if job.job_id not in self._refused:
                log.info("job %s: its status message cannot be shown: %s", job.job_id, error)
            self._refused[job.job_id] = job.status
            self._note(job, key)
        return self._over(job, view)

    def _put_off(self, job: Job, seconds: float) -> float:
        """Have nobody edit a message before some seconds have passed; the moment when they have."""
        at = self._not_before[job.job_id] = self._clock() + seconds
        return at

    def _over(self, job: Job, view: StatusView) -> float | None:
        """When to look again at a message that shows what it should; nothing is kept of one that is at its end."""
        if job.status in ENDED or (job.status is JobStatus.UNKNOWN and job.task_id is None):
            self._not_before.pop(job.job_id, None)
            self._refused.pop(job.job_id, None)
            self._turns.pop(job.job_id, None)
            return None
        return self._forecast.look_again(job, view)

    # -- remembering -------------------------------------------------------------------------------------------------

    def _note(self, job: Job, key: str) -> None:
        """Remember what is shown: in memory at once, in the row a little later, together with others."""
        end = job.status if job.status in ENDED or job.status is JobStatus.UNKNOWN else None
        same = key == job.shown and (end is None or job.shown_status is end)
        if same and job.job_id not in self._shown:
            return
        self._shown[job.job_id] = Shown(end, key, deleted=job.deleted_at is not None)
        self._engine.make_due(REMEMBER, "", self._clock() + self._timings.remember)

    async def _remember(self, _: str) -> None:
        noted = dict(self._shown)
        await self._store.mark_shown(noted)
        for job_id, entry in noted.items():
            if self._shown.get(job_id) == entry:
                del self._shown[job_id]

    async def close(self) -> None:
        """Write down what is shown, if that can be done soon; what is not, is looked at again after the next start."""
        with contextlib.suppress(TimeoutError, StorageFailed):
            async with asyncio.timeout(1.0):
                await self._remember("")
