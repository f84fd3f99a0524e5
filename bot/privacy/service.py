"""Privacy: what cogs may tell people of what is kept, and do about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Refused
from bot.media.retention import KEEP_SECONDS
from bot.privacy.erasing import Eraser
from bot.privacy.exporting import Exporter, Package
from bot.privacy.retention import AUDIT_DAYS, LEDGER_DAYS, USAGE_DAYS
from bot.privacy.servers import GRACE_DAYS, Presence
from bot.storage.privacy.erasing import ErasingStore
from bot.storage.privacy.erasures import ErasureStore
from bot.storage.privacy.exporting import ExportStore


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how many days what is kept; `files` are clips, pictures, and clips that wait to be fetched."""

    prompts: int
    files: int = int(KEEP_SECONDS // (24 * 3600))
    credits: int = LEDGER_DAYS
    usage: int = USAGE_DAYS
    log: int = AUDIT_DAYS
    servers: int = GRACE_DAYS


@dataclass(frozen=True, slots=True)
class Stock:
    """How much there is of a member."""

    requests: int
    servers: int


class Privacy:
    """One for all servers: what is known of a member does not end at the door of one."""

    def __init__(
        self,
        eraser: Eraser,
        erasures: ErasureStore,
        erasing: ErasingStore,
        export: ExportStore,
        exporter: Exporter,
        presence: Presence,
        keeping: Keeping,
    ) -> None:
        self._eraser = eraser
        self._erasures = erasures
        self._erasing = erasing
        self._export = export
        self._exporter = exporter
        self.presence = presence
        self.keeping = keeping

    async def stock(self, user_id: int) -> Stock:
        """What an erasure would take. Refused("erasure_underway") where one is at it already."""
        if await self._erasures.of_member(user_id):
            raise Refused("erasure_underway")
        guilds = await self._erasing.guilds_of(user_id)
        return Stock(await self._export.count(user_id, guilds), len(guilds))

    async def erase(self, user_id: int, interaction_id: int) -> None:
        """Begin to erase a member. Refused("erasure_underway") where that has been begun before."""
        if not await self._eraser.member(user_id, interaction_id):
            raise Refused("erasure_underway")

    async def export(self, user_id: int, limit: int) -> Package:
        """All that is kept of a member, as a file of at most `limit` bytes. Raises Refused."""
        return await self._exporter.pack(user_id, limit)
