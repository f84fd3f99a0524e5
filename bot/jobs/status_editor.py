"""StatusEditor: keeps every status message in step with its job, edited only when its text changes, and seldom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.clocks import Clock
from bot.engine.keyed_locks import KeyedLocks
from bot.errors import DeliveryPostponed, DestinationGone, StorageFailed, UploadTooLarge
from bot.jobs.edit_slots import Slots
from bot.jobs.transitions import ENDED, within_reason
from bot.models import Job, JobStatus, Picture
from bot.outlet import Outlet, StatusView
from bot.storage.jobs import JobStore

log = logging.getLogger(__name__)

EDIT_SECONDS = 5.0
"""Least time between two edits of one message."""

_RETRY_SECONDS = 15.0


@dataclass(slots=True)
class _Entry:
    job: Job
    view: StatusView
    shown: object = None
    next_edit: float = 0.0
    busy: bool = False
    refused: JobStatus | None = None


class StatusEditor:
    """Remembers what each status message shows; a failing edit never disturbs the job itself."""

    def __init__(self, store: JobStore, outlet: Outlet, picture_path: Callable[[Picture], Path], clock: Clock) -> None:
        self._store = store
        self._outlet = outlet
        self._picture_path = picture_path
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._opening = KeyedLocks()
        self._unnoted: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = Slots(clock)
        self._wake: Callable[[], None] = _nobody

    def on_edited(self, listener: Callable[[], None]) -> None:
        """Call this after each edit: another one may be waiting for its place."""
        self._wake = listener

    async def open(self, job: Job, view: StatusView) -> Job:
        """Post the status message unless there is one; returns the job as stored.

        DeliveryError when that fails, StorageFailed when it cannot be noted; either may be repeated.
        """
        async with self._opening.hold(job.job_id):
            return await self._open(job, view)

    async def reopen(self, job: Job) -> Job:
        """The job with a status message, posted now if there is none yet. Raises DeliveryError."""
        return await self.open(job, StatusView())

    async def _open(self, job: Job, view: StatusView) -> Job:
        stored = await self._store.get(job.job_id)
        if stored is None or stored.status_message_id is not None or stored.deleted_at is not None:
            return stored or job
        message_id = self._unnoted.get(job.job_id)
        posted_now = message_id is None
        if message_id is None:
            request = job.request
            pictures = [self._picture_path(p) for p in (request.first_frame, request.last_frame) if p is not None]
            message_id = await self._outlet.deliverer.open_status(stored, view, pictures)
        # A message that cannot be written down now is not posted twice for that.
        self._unnoted[job.job_id] = message_id
        await self._store.set_status_message(job.job_id, message_id)
        del self._unnoted[job.job_id]
        entry = self._entries.setdefault(job.job_id, _Entry(job, view))
        if posted_now and stored.version == 1:
            # Of a job that has moved, an earlier attempt's message may be what Discord gave back: it is edited too.
            entry.shown = _text_key(stored, view)
        entry.next_edit = self._clock() + EDIT_SECONDS
        return replace(stored, status_message_id=message_id)

    def want(self, job: Job, view: StatusView) -> None:
        """Say what the message of a job ought to show from now on."""
        entry = self._entries.get(job.job_id)
        if entry is None:
            self._entries[job.job_id] = _Entry(job, view)
        elif job.version >= entry.job.version:
            entry.job, entry.view = job, view

    def clear(self, job: Job) -> None:
        """Have the message of a job whose clip was deleted hold neither its prompt nor its pictures, as soon as may be.

        After a restart too: the row says that its end has not been shown.
        """
        self.want(job, StatusView())
        self._wake()

    def flush(self) -> float | None:
        """Start the edits that are due; returns when the next one will be, or None when there is nothing to do."""
        now, soonest = self._clock(), None
        if not self._outlet.connected:
            return None
        for entry in sorted(self._entries.values(), key=lambda entry: entry.next_edit):
            if entry.busy or entry.refused is entry.job.status or entry.shown == _text_key(entry.job, entry.view):
                continue
            if entry.next_edit <= now:
                if not self._slots.take(entry.job.job_id, entry.job.target.channel_id):
                    continue
                entry.busy = True
                task = asyncio.create_task(self._edit(entry))
                self._tasks.add(task)
                task.add_done_callback(self._edited)
            else:
                soonest = min(entry.next_edit, soonest or entry.next_edit)
        full_until = self._slots.full_until()
        return soonest if full_until is None else min(full_until, soonest or full_until)

    def _edited(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake()

    async def close(self) -> None:
        """Stop editing; what is not shown yet is shown after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _edit(self, entry: _Entry) -> None:
        job, view = entry.job, entry.view
        entry.next_edit = self._clock() + EDIT_SECONDS
        try:
            stored = await self._store.get(job.job_id)
            if stored is not None and stored.status_message_id is None and stored.deleted_at is not None:
                entry.shown = _text_key(job, view)
            elif stored is None or stored.status_message_id is None:
                # Somebody else may be posting it, with other words: only what was really shown counts as shown.
                await self.open(job, view)
            else:
                if stored.deleted_at is not None:  # what was asked for last may be older than that
                    entry.job = replace(entry.job, deleted_at=stored.deleted_at)
                job = replace(job, status_message_id=stored.status_message_id, deleted_at=stored.deleted_at)
                await self._outlet.deliverer.show_status(job, view)
                entry.shown, entry.refused = _text_key(job, view), None
            if entry.shown == _text_key(job, view):
                await self._finish(job)
        except DeliveryPostponed as error:
            entry.next_edit = self._clock() + (within_reason(error.retry_after) or _RETRY_SECONDS)
        except StorageFailed as error:
            log.warning("job %s: its status message cannot be kept in step: %s", job.job_id, error)
            entry.next_edit = self._clock() + _RETRY_SECONDS
        except (DestinationGone, UploadTooLarge) as error:
            if entry.refused is None:
                log.info("job %s: its status message cannot be shown: %s", job.job_id, error)
            # Tried again when there is more to say than another percentage: places are opened again now and then.
            entry.refused, entry.shown = job.status, _text_key(job, view)
            await self._finish(job)
        except Exception:
            # The boundary: a database that is locked for long must not be asked every few seconds, nor in silence.
            log.exception("job %s: its status message is not shown", job.job_id)
            entry.next_edit = self._clock() + _RETRY_SECONDS
        finally:
            entry.busy = False
            self._slots.give_back(job.job_id, job.target.channel_id)

    async def _finish(self, job: Job) -> None:
        if job.status in ENDED or job.status is JobStatus.UNKNOWN:
            await self._store.mark_shown(job.job_id, job.status)
        last = job.status in ENDED or (job.status is JobStatus.UNKNOWN and job.task_id is None)
        entry = self._entries[job.job_id]
        if last and entry.job.version == job.version and entry.shown == _text_key(entry.job, entry.view):
            del self._entries[job.job_id]


def _nobody() -> None:
    """Nobody listens yet."""


def _text_key(job: Job, view: StatusView) -> object:
    gone = job.deleted_at is not None
    return (job.status, job.awaited, job.failure, job.provider, job.result_message_id, gone, view)
