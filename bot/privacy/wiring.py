"""Puts together what is kept of people and how it goes. What a part does is in the part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.assemblies.assembler import Assembler
from bot.assemblies.reel import ReelMaker
from bot.engine.engine import Engine
from bot.jobs.service import JobService
from bot.jobs.wiring import Foundation
from bot.library.library import Library
from bot.policy.aliases import Aliases
from bot.privacy.erasing import Eraser
from bot.privacy.exporting import Exporter
from bot.privacy.members import ErasingParts, MemberEraser
from bot.privacy.retention import RETAIN, Retention
from bot.privacy.servers import Presence, ServerEraser
from bot.privacy.service import Keeping, Privacy
from bot.privacy.shared import SharedWork
from bot.storage.database import Database
from bot.storage.privacy.erasing import ErasingStore
from bot.storage.privacy.erasures import ErasureStore
from bot.storage.privacy.exporting import ExportStore
from bot.storage.privacy.retention import RetentionStore
from bot.storage.privacy.servers import ServerStore
from bot.storage.privacy.unnaming import UnnamingStore


@dataclass(frozen=True, slots=True)
class PrivacyGround:
    """What it stands on, beside the foundation of the jobs; `directory` is where an export is written."""

    base: Foundation
    jobs: JobService
    library: Library
    assembler: Assembler
    reels: ReelMaker
    database: Database
    alias: Aliases
    directory: Path
    keep_prompts_days: int


@dataclass(frozen=True, slots=True)
class PrivacyRoom:
    """The room, put together."""

    service: Privacy
    eraser: Eraser
    retention: Retention
    engine: Engine

    async def recall(self) -> None:
        """Go on with what an earlier process has begun, and clear up for the first time."""
        await self.eraser.recall()
        self.engine.make_due(RETAIN, "")


def assemble_privacy(ground: PrivacyGround) -> PrivacyRoom:
    """Everything, plugged into the engine."""
    base, database, days = ground.base, ground.database, ground.keep_prompts_days
    erasures, erasing, export = ErasureStore(database), ErasingStore(database), ExportStore(database)
    parts = ErasingParts(
        erasures,
        erasing,
        UnnamingStore(database),
        base.reservations,
        ground.jobs,
        ground.library,
        SharedWork(ground.assembler, ground.library, ground.reels, base.outlet),
        base.outlet,
        ground.alias,
        base.clock,
        base.wall,
        base.timings,
    )
    ways = MemberEraser(parts), ServerEraser(parts)
    eraser = Eraser(erasures, *ways, base.engine, base.outlet, base.clock, base.timings)
    presence, clocks = Presence(ServerStore(database), base.clock), (base.clock, base.wall)
    rows = RetentionStore(database)
    retention = Retention(rows, presence, eraser, base.engine, clocks, keep_prompts_days=days)
    exporter = Exporter(export, erasing, base.clips, base.pictures, ground.directory)
    service = Privacy(eraser, erasures, erasing, export, exporter, presence, Keeping(days))
    return PrivacyRoom(service, eraser, retention, base.engine)
