"""`python -m tests.torture.crash_child`: starts bots for the crash runs, each a forked process of its own.

A bot's modules take longer to load than a whole run, so they are loaded once here, and every bot is a fork that then
calls `bot.__main__.main()` with variables and a directory of its own. This is the one place where the bot is touched
from outside: a child may be told to end itself at a failpoint, to wait less, or to go without a safeguard.

One order per line comes in on stdin, as crash_nursery.Launch; {"key", "pid"} and later {"key", "status"} go out.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import discord.state

import bot.__main__
import bot.app
import bot.client.connection
import cogs.admin
import cogs.brainstorm.builder
import cogs.core.posting
import cogs.gallery
import cogs.help
import cogs.reel.builder
import cogs.takes.builder
import cogs.video.delivery.deliverer  # loaded for the forks, as are the others
from bot.models import Job
from bot.providers.acedata import client as acedata
from bot.storage import jobs as store
from bot.timings import Backoff, Timings
from tests.stepping import DONE, Moment, SteppingPolicy, Watcher

Json = dict[str, Any]

HURRIED = Timings(
    edit=0.2,
    overview=0.2,
    edits_apart=0.0,
    remember=0.05,
    reserving=4.0,
    abandoned=6.0,
    backoff=Backoff(first=0.2, cap=1.0),
)
"""Shorter waits between two edits and between two tries, and for jobs that an earlier process may have asked for."""


def hurry() -> None:
    """Shorten how long discord.py waits for more servers, which has no part in what is tried out."""
    original = discord.state.ConnectionState.__init__

    def begin(self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **({"guild_ready_timeout": 0.05} | options))

    discord.state.ConnectionState.__init__ = begin  # type: ignore[method-assign]


def arm(order: Json) -> None:
    """Die at the n-th passing of a moment, or take down what is passed."""
    if order["trace"] is not None:
        trace = Path(order["trace"]).open("a", buffering=1)  # noqa: SIM115
        step(lambda moment: print(*moment, sep="\t", file=trace))
    elif order["moment"] is not None:
        wanted, left = Moment(*order["moment"]), order["passing"]

        def die(moment: Moment) -> None:
            nonlocal left
            if moment == wanted:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        step(die, wanted.place if wanted.side == DONE else None)


def step(watcher: Watcher, exact: str | None = None) -> None:
    """Step every task of the loops that are made from now on."""
    asyncio.set_event_loop_policy(SteppingPolicy(watcher, exact))


# -- safeguards switched off, for the negative controls ---------------------------------------------------------------


async def _no_earlier(_self: object, _job: Job) -> None:
    """Looking for an earlier attempt's message finds none."""


def without_history() -> None:
    """A clip that is delivered again is not looked for in the channel."""
    cogs.video.delivery.deliverer.ChannelDeliverer._earlier = _no_earlier  # type: ignore[assignment]


async def _none_of_ours(*_arguments: object) -> None:
    """Looking for a message of ours finds none."""


def without_search() -> None:
    """What is put together is posted without a look at whether it is there already."""
    for module in (cogs.core.posting, cogs.reel.builder, cogs.takes.builder, cogs.video.delivery.deliverer):
        module.find_own = _none_of_ours  # type: ignore[attr-defined]


def without_caution() -> None:
    """A provider without idempotency keys is taken for one that has them."""
    object.__setattr__(acedata.CAPABILITIES, "idempotent", True)


def slow_store() -> None:
    """Between reading a job and moving it there is time for somebody else to move it."""
    original = store.JobStore.transition

    async def later(self: Any, job: Job, **changes: Any) -> Job:
        await asyncio.sleep(0.3)
        return await original(self, job, **changes)

    store.JobStore.transition = later  # type: ignore[method-assign]


def without_compare_and_set() -> None:
    """A job is moved whatever has become of it since it was read."""
    original = store.JobStore.transition

    async def blindly(self: Any, job: Job, **changes: Any) -> Job:
        fresh = await self.get(job.job_id)
        return await original(self, fresh, **changes)

    store.JobStore.transition = blindly  # type: ignore[method-assign]


CHANGES = {
    "history": without_history,
    "search": without_search,
    "caution": without_caution,
    "compare_and_set": without_compare_and_set,
    "haste": slow_store,
}


# -- processes --------------------------------------------------------------------------------------------------------


def live(order: Json) -> NoReturn:
    """Be a bot from here on."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(order["directory"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(order["variables"])
    status = 70
    try:
        hurry()
        for name in order["without"]:
            CHANGES[name]()
        arm(order)
        status = bot.__main__.main([], HURRIED)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def say(**words: object) -> None:
    """One line out."""
    os.write(1, (json.dumps(words) + "\n").encode())


def bury(children: dict[int, int]) -> None:
    """Report every child that has ended."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        say(key=children.pop(pid), status=os.waitstatus_to_exitcode(status))


def serve() -> None:
    """Start what is asked for until stdin ends; then end what is left."""
    ears, mouth = os.pipe()
    os.set_blocking(mouth, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(mouth)
    children: dict[int, int] = {}
    rest = b""
    while True:
        ready, _, _ = select.select([0, ears], [], [])
        if ears in ready:
            os.read(ears, 4096)
            bury(children)
        if 0 not in ready:
            continue
        data = os.read(0, 65536)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            order = json.loads(line)
            pid = os.fork()
            if pid == 0:
                os.close(ears)
                os.close(mouth)
                live(order)
            children[pid] = order["key"]
            say(key=order["key"], pid=pid)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    serve()
