"""The clock of this machine against what Discord and the providers say in the `Date` of their answers."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp

from bot.clocks import Clock
from bot.doctor.report import Finding, error, fine, warning

CLOCK = "clock"
WARN_SECONDS, WRONG_SECONDS = 5.0, 60.0
_HALF = 0.5
"""A `Date` has whole seconds, cut off."""
_SET = "Let the system set its clock: timedatectl set-ntp true, or the host's own time service."


class Dates:
    """Notes, for each host that answers, by how many seconds this machine's clock is ahead."""

    def __init__(self, wall: Clock) -> None:
        self._wall = wall
        self.ahead: dict[str, float] = {}

    def trace(self) -> aiohttp.TraceConfig:
        """For the session whose answers are looked at."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._ended)
        return config

    async def _ended(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        try:
            said = parsedate_to_datetime(end.response.headers.get("Date", "")).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            return
        self.ahead[str(end.url.host)] = self._wall() - said - _HALF


def judge(ahead: dict[str, float]) -> list[Finding]:
    """What the differences mean: of several hosts the nearest is believed, since each may be wrong itself. Pure."""
    if not ahead:
        return [fine(CLOCK, "nobody answered with a date to compare it with")]
    host, seconds = min(ahead.items(), key=lambda item: abs(item[1]))
    off = abs(seconds)
    if off <= WARN_SECONDS:
        return [fine(CLOCK, f"agrees with {host}")]
    found = f"it is {off:.0f} s {'ahead of' if seconds > 0 else 'behind'} {host}"
    return [error(CLOCK, found, _SET) if off > WRONG_SECONDS else warning(CLOCK, found, _SET)]
