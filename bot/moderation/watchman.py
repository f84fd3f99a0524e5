"""Watchman: looks after the bot every minute, reads balances, and has told what watch.py finds wrong."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.errors import ProviderError, Refused, StorageFailed
from bot.jobs.admission import Admission
from bot.moderation.alarms import Alarms
from bot.moderation.watch import Bounds, Disk, ProviderSight, Rows, Sight, plan_findings, plan_spending
from bot.outlet import Outlet
from bot.policy.gates import OwnerLimits, caps
from bot.policy.prices import PriceTable
from bot.policy.server_rules import NO_RULES, ServerRules, read_rules
from bot.providers.routing import Router
from bot.storage.database import Database
from bot.storage.guilds.alarms import AlarmStore
from bot.storage.money.situation import Situation
from bot.storage.open_jobs import OpenJobs
from bot.storage.owner_tables import EVERYWHERE

log = logging.getLogger(__name__)

WATCH_SECONDS = 60.0
BALANCE_SECONDS = 900.0
POOR_SECONDS = 60.0
"""Between two looks at a balance that pays for no clip: whoever tops it up waits for that."""
APART_SECONDS = 5.0
RECALL_SECONDS = 3600.0
SETTLE_SECONDS = 2.0
"""How long spending is left to go on before it is looked at: many ask at once."""


class WatchStep(StrEnum):
    """The kinds of steps. The key of `balance` is a provider's name, that of `budget` a server's id."""

    WATCH = "watch"
    BALANCE = "balance"
    BUDGET = "budget"


class Bells:
    """What jobs pull when something is to be looked at sooner."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def near_cap(self, guild_id: int) -> None:
        """A reservation has come near to a cap of this server's, or of all of them."""
        at = self._clock() + SETTLE_SECONDS
        self._engine.make_due(WatchStep.WATCH, "", at)
        self._engine.make_due(WatchStep.BUDGET, str(guild_id), at)

    def turned_away(self, provider: str) -> None:
        """A provider wants no account of ours: its balance says whether that is for want of money."""
        self._engine.make_due(WatchStep.BALANCE, provider)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is looked at."""

    router: Router
    open_jobs: OpenJobs
    admission: Admission
    database: Database
    data: Path
    prices: PriceTable


class Watchman:
    """`seen` is given each look, for whoever shows figures; `clocks` are the steady one and that of the day."""

    def __init__(
        self,
        grounds: Grounds,
        bounds: Bounds,
        store: AlarmStore,
        outlet: Outlet,
        engine: Engine,
        clocks: tuple[Clock, Clock],
        seen: Callable[[Sight], None],
    ) -> None:
        self._grounds = grounds
        self._bounds = bounds
        self._store = store
        self._outlet = outlet
        self._engine = engine
        self._clock, self._wall = clocks
        self._alarms = Alarms(store, self._wall)
        self._seen = seen
        self._balances: dict[str, float] = {}
        self._asked_at: dict[str, float] = {}
        self._recall_at = 0.0

    def plug_into(self, engine: Engine) -> None:
        """Have an engine run the steps, from now on."""
        engine.plug(WatchStep.WATCH, self.watch)
        engine.plug(WatchStep.BALANCE, self.balance, long=True)
        engine.plug(WatchStep.BUDGET, self.budget, ready=lambda: self._outlet.connected)
        for provider in self._grounds.router.names:
            engine.make_due(WatchStep.BALANCE, provider)
        engine.make_due(WatchStep.WATCH, "")
        self._outlet.on_attach(lambda: engine.release([WatchStep.BUDGET]))
        self._outlet.on_attach(lambda: engine.make_due(WatchStep.WATCH, ""))

    # -- steps -------------------------------------------------------------------------------------------------------

    async def watch(self, _key: str) -> float:
        """Look at everything, and have the owner told what is wrong."""
        sight = await self._look()
        self._seen(sight)
        tell = self._outlet.deliverer.tell_owner if self._outlet.connected else None
        await self._alarms.heed(plan_findings(sight, self._bounds), tell)
        now = self._clock()
        if now >= self._recall_at:
            await self._recall()
            self._recall_at = now + RECALL_SECONDS
        return now + WATCH_SECONDS

    async def _recall(self) -> None:
        """Look at all budgets: what an earlier process did not live to tell, and what became true by changed rules."""
        try:
            servers = await self._store.capped_servers()
        except StorageFailed as error:
            log.warning("the budgets of servers could not be looked at: %s", error)
            return
        for guild_id in servers:
            self._engine.make_due(WatchStep.BUDGET, str(guild_id))

    async def balance(self, provider: str) -> float | None:
        """Read what is left on an account; that it cannot be read changes nothing."""
        now = self._clock()
        if now < (again := self._asked_at.get(provider, 0.0) + APART_SECONDS):
            return again
        self._asked_at[provider] = now
        try:
            left = await self._grounds.router[provider].balance()
        except ProviderError as error:
            log.info("the balance at %s could not be read: %s", provider, error.code)
        else:
            self._note_balance(provider, left)
        self._engine.make_due(WatchStep.WATCH, "")
        return now + (POOR_SECONDS if self._grounds.router.poor(provider) else BALANCE_SECONDS)

    def _note_balance(self, provider: str, left: float | None) -> None:
        clip = self._grounds.prices.cheapest(provider)
        if left is None:
            self._balances.pop(provider, None)
            return
        self._balances[provider] = left
        if clip is not None:
            self._grounds.router.report_balance(provider, pays=left >= clip)

    async def budget(self, guild: str) -> float | None:
        """Have a server told in its log channel how far its own budget is used up; without one, nobody is told."""
        situation = await self._grounds.admission.situation(int(guild))
        rules = _rules(situation)
        if rules is None or (channel_id := rules.log_channel) is None or not self._outlet.connected:
            return None
        deliverer = self._outlet.deliverer
        findings = plan_spending(situation, rules, OwnerLimits(0), self._wall())
        done = await self._alarms.heed(findings, lambda alarm: deliverer.post_log(int(guild), channel_id, alarm))
        return None if done else self._clock() + WATCH_SECONDS

    # -- looking -----------------------------------------------------------------------------------------------------

    async def _look(self) -> Sight:
        database = self._grounds.database
        return Sight(
            self._clock(),
            self._wall(),
            tuple(self._look_at(name) for name in self._grounds.router.names),
            tuple(caps(NO_RULES, self._bounds.limits)),
            await self._rows(),
            await asyncio.to_thread(_disk, self._grounds.data),
            database.sound,
            database.damage,
        )

    def _look_at(self, name: str) -> ProviderSight:
        router = self._grounds.router
        return ProviderSight(
            name,
            router[name].capabilities.title,
            router.opened_at(name),
            router.proven(name),
            router.turned_away(name),
            self._balances.get(name),
            self._grounds.prices.cheapest(name),
        )

    async def _rows(self) -> Rows | None:
        try:
            oldest_at = await self._grounds.open_jobs.oldest_at()
            return Rows(oldest_at, await self._grounds.admission.situation(EVERYWHERE))
        except StorageFailed as error:
            log.warning("the database could not be looked at: %s", error)
            return None


def _rules(situation: Situation) -> ServerRules | None:
    try:
        return read_rules(situation.rules)
    except Refused:
        return None


def _disk(path: Path) -> Disk | None:
    try:
        usage = shutil.disk_usage(path)
    except OSError as error:
        log.warning("the disk could not be looked at: %s", error)
        return None
    return Disk(usage.free, usage.total)
