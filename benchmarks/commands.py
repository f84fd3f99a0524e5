"""How soon commands are answered while jobs are in flight: a simulated Discord in front of the real bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import simcord

from benchmarks.figures import Spread, spread
from benchmarks.our_runner import PROVIDERS, Channel
from bot.app import App
from sandbox.demo.stage import keep_time


class CommandBench:
    """Types /video and /quota by turns; seconds from each interaction to its first answer are kept by command."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = {}

    async def __call__(self, app: App, channel: Channel, prompts: Sequence[str]) -> None:
        """Ask for each prompt at every provider, and for the quota each time."""
        async with simcord.run(app.new_bot(shard_count=1), shard_count=1) as env:
            await keep_time(env)
            # Messages into the channel are not what is measured here: the recording channel takes over again.
            app.services.outlet.attach(channel)
            guild = env.create_guild("The Cutting Room")
            room, ada = guild.create_text_channel("brainstorm"), guild.add_member(env.create_user("ada"))
            for prompt in prompts:
                for provider in PROVIDERS:
                    await self._type(env, room, ada, "video", prompt=prompt, provider=provider)
                    await self._type(env, room, ada, "quota")
            app.services.outlet.attach(channel)

    @property
    def spreads(self) -> dict[str, Spread]:
        """By command."""
        return {name: spread(seconds) for name, seconds in self._seconds.items()}

    @property
    def count(self) -> int:
        """How often each was typed."""
        return min(map(len, self._seconds.values()), default=0)

    async def _type(
        self, env: simcord.Env, room: simcord.ChannelHandle, member: simcord.MemberActor, name: str, **options: str
    ) -> None:
        before, began = _answers(env), time.perf_counter()
        typing = asyncio.create_task(member.slash(room, name, **options))
        while True:
            await asyncio.sleep(0.001)
            if _answers(env) > before or typing.done():
                break
        self._seconds.setdefault(name, []).append(time.perf_counter() - began)
        await typing


def _answers(env: simcord.Env) -> int:
    return sum(entry.path.endswith("/callback") for entry in env.http_requests)
