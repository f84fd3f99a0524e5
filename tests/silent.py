"""What a deliverer has to do beside bringing clips, done by not doing it: for the channels that tests play."""

from __future__ import annotations

from bot.models import AuditEntry, Job
from bot.outlet import Alarm


class Silent:
    """Says nothing to anybody who is not waiting for a clip."""

    async def post_audit(self, entry: AuditEntry, channel_id: int) -> None:
        """See bot.outlet.Deliverer."""

    async def post_failure(self, job: Job, channel_id: int) -> None:
        """See bot.outlet.Deliverer."""

    async def tell_owner(self, alarm: Alarm) -> None:
        """See bot.outlet.Deliverer."""

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        """See bot.outlet.Deliverer."""
