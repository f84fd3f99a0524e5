"""`python -m tests.torture.hostile_child`: the real bot, in a world that can be bent: its clock, its names, its dials.

Only what lies outside the bot is replaced. Every connection that it begins is written to DIALS, and one to an address
that DIALS_ALLOWED does not name is refused before a packet leaves; CLOCK is a file with the seconds that the wall
clock is wrong by; NAMES maps host names to the addresses that a resolver gives, one after the other. SILENCE_SECONDS
shortens how long discord.py bears a silent gateway, and SIGUSR1 makes the process keep memory.
"""

from __future__ import annotations

import ctypes
import json
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import discord.state

MIB = 1024 * 1024
HOARD_MIB = 40
PR_SET_PDEATHSIG = 1


def watch_dials(log: Path, allowed: frozenset[tuple[str, int]]) -> None:
    """Write down each connection that is begun, and let only the allowed ones through."""
    file = log.open("a", buffering=1)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.connect" or arguments[0].family not in {socket.AF_INET, socket.AF_INET6}:
            return
        host, port = arguments[1][:2]
        file.write(f"{host} {port}\n")
        if (str(host), int(port)) not in allowed:
            raise ConnectionRefusedError("the test lets nothing through to this address")

    sys.addaudithook(hook)


def bend_clock(path: Path) -> None:
    """Let the wall clock be wrong by the number in a file; the monotonic clock stays right, as it does in life."""
    right = time.time

    def bent() -> float:
        try:
            return right() + float(path.read_text() or 0)
        except (OSError, ValueError):
            return right()

    time.time = bent


def name_hosts(names: dict[str, list[str]]) -> None:
    """Answer for some names in place of the resolver; the last address of a name is given for ever."""
    ask: Callable[..., Any] = socket.getaddrinfo

    def answer(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in names:
            return ask(host, port, *rest, **more)
        known = names[name]
        return ask(known.pop(0) if len(known) > 1 else known[0], port, *rest, **more)

    socket.getaddrinfo = answer


def hurry(seconds: float) -> None:
    """Bear a silent gateway for so long, not for 60 s, and wait as long, not 30 s, for the answer to a goodbye."""
    original, timeout = discord.state.ConnectionState.__init__, aiohttp.ClientWSTimeout

    def begin(self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **(options | {"heartbeat_timeout": seconds}))

    discord.state.ConnectionState.__init__ = begin  # type: ignore[method-assign]
    aiohttp.ClientWSTimeout = lambda **_: timeout(ws_close=seconds)  # type: ignore[assignment,misc]


def hoard_when_told() -> None:
    """Keep so much memory for good at each SIGUSR1, as a leak would; for the negative control of the measurement."""
    kept: list[bytes] = []
    signal.signal(signal.SIGUSR1, lambda *_: kept.append(b"x" * (HOARD_MIB * MIB)))


def die_with_parent() -> None:
    """End at once when the test that started this process does, however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))


def main() -> None:
    """Bend the world as the environment says, and run the bot in it."""
    die_with_parent()
    bend_clock(Path(os.environ["CLOCK"]))
    name_hosts(json.loads(os.environ.get("NAMES", "{}")))
    hoard_when_told()
    if "SILENCE_SECONDS" in os.environ:
        hurry(float(os.environ["SILENCE_SECONDS"]))
    pairs = (item.rpartition(":") for item in os.environ["DIALS_ALLOWED"].split(","))
    watch_dials(Path(os.environ["DIALS"]), frozenset((host, int(port)) for host, _, port in pairs))
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
