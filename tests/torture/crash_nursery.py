"""Nursery: bots as processes, asked for by what they are to do. The process that forks them is crash_child."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.stepping import Moment

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Launch:
    """What a bot is to do: die at the `passing`-th `moment`, or keep a `trace` of moments; `without` names what
    crash_child changes in it."""

    variables: dict[str, str]
    directory: str
    log: str
    moment: Moment | None = None
    passing: int = 1
    trace: str | None = None
    without: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Child:
    """One bot's process; `status` is its exit status, negative for a signal, once `ended` is set."""

    pid: int = 0
    status: int | None = None
    born: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
        return not self.ended.is_set()

    async def end(self, number: signal.Signals, seconds: float = 30.0) -> int:
        """Send a signal unless it has ended, and wait for its exit status; TimeoutError when it stays."""
        if self.alive:
            # It may have died by itself, and the word of it still be on its way here.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
        await asyncio.wait_for(self.ended.wait(), seconds)
        assert self.status is not None
        return self.status


class Nursery:
    """`async with Nursery() as nursery: child = await nursery.start(order)`."""

    def __init__(self) -> None:
        self._keys = itertools.count(1)
        self._children: dict[int, Child] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.torture.crash_child"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        if self._reading is not None:
            await self._reading

    async def start(self, order: Launch) -> Child:
        """A bot that has just been forked."""
        assert self._process is not None
        assert self._process.stdin is not None
        key = next(self._keys)
        child = self._children[key] = Child()
        self._process.stdin.write((json.dumps({"key": key} | asdict(order)) + "\n").encode())
        await self._process.stdin.drain()
        await child.born.wait()
        return child

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            words: dict[str, Any] = json.loads(line)
            if "pid" in words:
                child = self._children[words["key"]]
                child.pid = words["pid"]
                child.born.set()
            else:
                child = self._children.pop(words["key"])
                child.status = words["status"]
                child.ended.set()
