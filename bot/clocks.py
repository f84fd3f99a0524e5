"""Two clocks: one for how long things take, one for what day it is. Both count seconds since the epoch, UTC.

Due times and timeouts are measured with the steady one: a clock that somebody sets must neither give up every task nor
let every job wait. Which day quotas count for is decided by the wall clock alone.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.files import write_whole

log = logging.getLogger(__name__)

Clock = Callable[[], float]

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_ROUNDING_SECONDS = 1.0
_WORTH_A_WORD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What the steady clock says when the machine's own counter says 0, in one run of the machine; and when."""

    boot: str
    offset: float
    begun: float


def steady_clock(kept: Path | None = None, *, wall: Clock = time.time, ticks: Clock | None = None) -> Clock:
    """Right at the first start, and from then on deaf to anybody who sets the system's clock.

    With `kept`, a small file, that holds for later processes too, until the machine itself is started again: rows
    that an earlier process has written are measured with the clock they were written by. `wall` and `ticks` are the
    system's two clocks. Blocks on the disk.
    """
    count = ticks or _ticks
    known = None if kept is None else _read(kept)
    boot, now = _boot_id(), count()
    if known is not None and boot and known.boot == boot and known.offset + now >= known.begun - _ROUNDING_SECONDS:
        offset = known.offset
        if abs(wrong := wall() - offset - now) > _WORTH_A_WORD_SECONDS:
            log.warning("the system's clock was set by %.0f s: times shown will be wrong by that until a reboot", wrong)
    else:
        offset = wall() - now
        if kept is not None:
            _keep(kept, _Anchor(boot, offset, offset + now))
    return lambda: offset + count()


def _ticks() -> float:
    """The machine's counter; it goes on while the machine sleeps, where the system has one that does."""
    which = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if which is None else time.clock_gettime(which)


def _boot_id() -> str:
    """What tells one run of this machine from another; empty where the system does not say."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def _read(path: Path) -> _Anchor | None:
    try:
        found = json.loads(path.read_bytes())
        return _Anchor(str(found["boot"]), float(found["offset"]), float(found["begun"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        log.warning("%s cannot be read: the clock begins anew", path.name)
        return None


def _keep(path: Path, anchor: _Anchor) -> None:
    try:
        write_whole(path, json.dumps(asdict(anchor)).encode())
    except OSError as error:
        # Everything but the next start is well without it.
        log.warning("%s cannot be written: %s", path.name, error.strerror)
