"""MemberEraser: one page after the other of the erasure of a member. What is written down in between is in course.py.

Messages go before the rows that know them, files before the rows that name them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.clocks import Clock
from bot.errors import Refused
from bot.jobs.service import JobService
from bot.library.library import Library
from bot.models import Job
from bot.outlet import Outlet, Traces
from bot.policy.aliases import Aliases
from bot.policy.gates import struck_until
from bot.policy.quotas import day_of
from bot.policy.server_rules import read_rules
from bot.privacy.course import Course, Place, Stage, read_course, write_course
from bot.privacy.shared import SharedWork
from bot.storage.money.reservations import Reservations
from bot.storage.money.situation import Situation
from bot.storage.privacy.erasing import PAGE, ErasingStore, Whose
from bot.storage.privacy.erasures import Erasure, ErasureStore
from bot.storage.privacy.unnaming import UnnamingStore
from bot.timings import Timings

MOST_SWEPT = 20_000
"""Messages of one channel that are looked through: 200 questions to Discord. Older ones are found only if known."""

MOST_LOOKS = 20
"""At boards that are to be redrawn: some minutes."""


@dataclass(frozen=True, slots=True)
class ErasingParts:
    """What erasing stands on; `wall` says which day it is."""

    erasures: ErasureStore
    store: ErasingStore
    unnaming: UnnamingStore
    reservations: Reservations
    jobs: JobService
    library: Library
    shared: SharedWork
    outlet: Outlet
    alias: Aliases
    clock: Clock
    wall: Clock
    timings: Timings


class MemberEraser:
    """The Pages of members."""

    def __init__(self, parts: ErasingParts) -> None:
        self._parts = parts

    async def __call__(self, erasure: Erasure) -> float | None:
        """See bot.privacy.erasing.Pages."""
        course = read_course(erasure.cursor)
        stages = {
            Stage.STOP: self._stop,
            Stage.ASSEMBLIES: self._assemblies,
            Stage.MESSAGES: self._messages,
            Stage.SWEEP: self._sweep,
            Stage.ROWS: self._rows,
            Stage.BOARDS: self._boards,
        }
        if course.stage not in stages:
            return await self._rest(erasure, course)
        following = await stages[course.stage](erasure, course)
        await self._parts.erasures.note(erasure, cursor=write_course(following))
        # What has started needs its time, and so do boards that are redrawn.
        waits = following.stage in {Stage.STOP, Stage.BOARDS}
        return self._parts.clock() + (self._parts.timings.erasing if waits else 0.0)

    def _whose(self, erasure: Erasure, course: Course, guild_id: int) -> Whose:
        return Whose(guild_id, erasure.user_id, erasure.asked_at, course.ended)

    # -- stages ------------------------------------------------------------------------------------------------------

    async def _stop(self, erasure: Erasure, course: Course) -> Course:
        under_way = await self._parts.store.under_way(erasure.user_id, erasure.guild_id, erasure.asked_at)
        for job in under_way:
            await self._parts.jobs.let_go(job)
        guilds = await self._parts.store.guilds_of(erasure.user_id)
        fresh = replace(course, ended=self._parts.clock(), guilds=tuple(guilds), doomed=(), threads=(), places=())
        return fresh.with_places(await self._logs(erasure.user_id, guilds)).on(Stage.ASSEMBLIES)

    async def _logs(self, user_id: int, guilds: Iterable[int]) -> list[Place]:
        """The log channels of servers in which the member has made or done something, or had it done to them."""
        store, found = self._parts.store, []
        for guild_id in sorted({*guilds, *await store.guilds_of_acts(user_id)}):
            channels: set[int | None] = set(await store.log_channels(guild_id))
            with contextlib.suppress(Refused):  # what a newer version wrote
                channels.add(read_rules((await self._situation(guild_id)).rules).log_channel)
            found += [Place(guild_id, channel_id, 0) for channel_id in channels if channel_id is not None]
        return found

    async def _situation(self, guild_id: int, *user_ids: int) -> Situation:
        day, now = day_of(self._parts.wall()), self._parts.clock()
        return await self._parts.reservations.situation(guild_id, user_ids, day=day, at=now)

    async def _assemblies(self, erasure: Erasure, course: Course) -> Course:
        page = await self._parts.store.assemblies_after(course.seen)
        if not page:
            return course.on(Stage.MESSAGES)
        traces = [
            trace
            for guild_id in course.guilds
            for trace in await self._parts.store.traces(self._whose(erasure, course, guild_id))
        ]
        job_ids = {trace.job_id for trace in traces}
        old = [one for one in page if one.created_at <= erasure.asked_at]
        parted = await self._parts.shared.part_with(old, erasure.user_id, job_ids)
        course = replace(
            course,
            doomed=(*course.doomed, *parted.doomed),
            threads=(*course.threads, *parted.threads),
            boards=tuple(dict.fromkeys((*course.boards, *parted.boards))),
            seen=page[-1].assembly_id,
        )
        return course.with_places(parted.places)

    async def _messages(self, erasure: Erasure, course: Course) -> Course:
        if course.at >= len(course.guilds):
            return course.on(Stage.SWEEP)
        guild_id = course.guilds[course.at]
        page = await self._parts.store.hide(self._whose(erasure, course, guild_id), course.after, self._parts.clock())
        for job in page:
            await self._parts.library.discard(job.job_id)
            for message_id in {job.status_message_id, job.result_message_id} - {None}:
                await self._delete(job, message_id)
        target = [job.target for job in page]
        course = course.with_places(Place(guild_id, one.channel_id, one.interaction_id) for one in target)
        if len(page) < PAGE:
            return course.next()
        return replace(course, after=(page[-1].created_at, page[-1].job_id))

    async def _delete(self, job: Job, message_id: int | None) -> None:
        if message_id is not None:
            sweeper = self._parts.outlet.sweeper
            await sweeper.delete(job.target.guild_id, job.target.channel_id, message_id)

    async def _sweep(self, erasure: Erasure, course: Course) -> Course:
        sweeper = self._parts.outlet.sweeper
        if course.at >= len(course.places):
            await sweeper.sweep_private(erasure.user_id, course.until)
            return course.on(Stage.ROWS)
        place = course.places[course.at]
        left = await self._parts.store.traces(self._whose(erasure, course, place.guild_id))
        traces = Traces(
            erasure.user_id,
            place.since,
            course.until,
            frozenset(trace.job_id for trace in left) | frozenset(course.doomed),
            frozenset(trace.result_message_id for trace in left if trace.result_message_id is not None)
            | frozenset(course.threads),
            frozenset(board.message_id for board in course.boards),
        )
        found = await sweeper.sweep(place.guild_id, place.channel_id, traces, course.before)
        swept = course.swept + found.messages
        if found.before is None or swept >= MOST_SWEPT:
            return course.next()
        return replace(course, before=found.before, swept=swept)

    async def _rows(self, erasure: Erasure, course: Course) -> Course:
        store = self._parts.store
        for guild_id in course.guilds:
            await self._keep_waiting(erasure.user_id, guild_id)
            while job_ids := await store.some_ended(self._whose(erasure, course, guild_id)):
                for job_id in job_ids:
                    await self._parts.library.discard(job_id)
                await store.delete_jobs(job_ids)
        for start in range(0, len(course.doomed), PAGE):
            await store.delete_assemblies(course.doomed[start : start + PAGE])
        for guild_id in course.guilds:
            if await store.any_left(self._whose(erasure, course, guild_id)):
                return course.on(Stage.STOP)
        return course.on(Stage.BOARDS if course.boards else Stage.REST)

    async def _keep_waiting(self, user_id: int, guild_id: int) -> None:
        """Whoever has to wait since a provider's filter stopped their clips has to do so without these clips, too."""
        situation = await self._situation(guild_id, user_id)
        until = struck_until(situation.members[user_id], read_rules(situation.rules))
        if until is not None:
            await self._parts.unnaming.block(guild_id, self._parts.alias(user_id), situation.at, until)

    async def _boards(self, erasure: Erasure, course: Course) -> Course:
        """See to it that the boards of others are redrawn; one that is not after some looks is deleted instead."""
        sweeper, last = self._parts.outlet.sweeper, course.swept >= MOST_LOOKS
        traces = Traces(erasure.user_id, 0, course.until)
        left = [board for board in course.boards if await sweeper.shows(*board, traces)]
        if last:
            for board in left:
                await sweeper.delete(*board)
        if last or not left:
            return course.on(Stage.REST)
        return replace(course, boards=tuple(left), swept=course.swept + 1)

    async def _rest(self, erasure: Erasure, course: Course) -> float:
        """What stays without a name, and at last the erasure itself."""
        unnaming, user_id = self._parts.unnaming, erasure.user_id
        alias, today = self._parts.alias(user_id), day_of(self._parts.wall())
        for guild_id in await self._parts.store.guilds_of(user_id):
            while await unnaming.credits(guild_id, user_id, alias, today):
                pass
        while await unnaming.usage(user_id) or await unnaming.votes(user_id):
            pass
        await unnaming.acts(user_id)
        entry: int | None = 0
        while entry is not None:
            entry = await unnaming.audit_after(entry, user_id)
        await self._parts.erasures.note(erasure, cursor="", user_id=alias)
        return self._parts.clock()
