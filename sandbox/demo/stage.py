"""The stage for the demo and for playing: the real application, both stand-ins, and one simulated Discord channel."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import discord
import simcord

from bot.app import App, open_app
from bot.settings import Settings, load_settings
from sandbox.drawing.render import FRAME_RATE, SHORT_SIDE
from sandbox.ports import free_port
from sandbox.servers import Sandbox

POLL_SECONDS = (1.0, 2.0)
"""POLL_MIN_SECONDS and POLL_MAX_SECONDS here: a stand-in renders in seconds what takes a provider minutes."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a scene needs; the bot's jobs run outside SimCord's control, in real time."""

    box: Sandbox
    app: App
    env: simcord.Env
    channel: simcord.ChannelHandle
    ada: simcord.MemberActor
    ben: simcord.MemberActor
    mia: simcord.MemberActor
    log: simcord.ChannelHandle


@asynccontextmanager
async def open_stage(
    data_dir: Path, *, render_seconds: float, frame_rate: int = FRAME_RATE, short_side: int = SHORT_SIDE
) -> AsyncIterator[Stage]:
    """Open it all; nothing outside this machine is spoken to, and no variable of the environment is read."""
    async with AsyncExitStack() as stack:
        sandbox = Sandbox(render_seconds=render_seconds, frame_rate=frame_rate, short_side=short_side)
        box = await stack.enter_async_context(sandbox)
        app = await stack.enter_async_context(open_app(settings_for(box, data_dir)))
        bot = app.new_bot(shard_count=1)
        env = await stack.enter_async_context(simcord.run(bot, shard_count=1))
        await keep_time(env)
        if bot.user is not None:
            await bot.user.edit(username="Rushes")
        guild = env.create_guild("The Cutting Room")
        channel = guild.create_text_channel("brainstorm", topic="Ideas become clips here")
        log = guild.create_text_channel("mod-log", topic="What moderators did, and what failed")
        rights = discord.Permissions(manage_guild=True, manage_messages=True)
        moderators = guild.create_role("Moderators", permissions=rights)
        guild.create_role("Makers")
        ada, ben = (guild.add_member(env.create_user(name)) for name in ("ada", "ben"))
        mia = guild.add_member(env.create_user("mia"), roles=[moderators])
        yield Stage(box, app, env, channel, ada, ben, mia, log)


async def keep_time(env: simcord.Env) -> None:
    """Bring SimCord's clock up to ours: its world begins at a fixed date and moves only when it is told to."""
    behind = time.time() - env.now().timestamp()
    if behind > 0:
        await env.advance_time(behind)


def settings_for(box: Sandbox, data_dir: Path, **overrides: object) -> Settings:
    """Settings that point the bot at the stand-ins."""
    port = free_port()
    chosen: dict[str, object] = {
        "discord_token": "simulated",
        "data_dir": data_dir,
        "database_url": None,
        "apiframe_api_key": box.apiframe.key,
        "apiframe_api_url": box.apiframe.url,
        "acedata_api_token": box.acedata.token,
        "acedata_api_url": box.acedata.url,
        "poll_min_seconds": POLL_SECONDS[0],
        "poll_max_seconds": POLL_SECONDS[1],
        "job_timeout_seconds": 120.0,
        "quota_daily_credits": 10,
        "public_url": f"http://127.0.0.1:{port}",
        "http_host": "127.0.0.1",
        "http_port": port,
        "private_hosts_allowed": f"{_host_port(box.apiframe.url)},{_host_port(box.acedata.url)}",
    }
    return load_settings(_env_file=None, **(chosen | overrides))


def _host_port(url: str) -> str:
    return url.removeprefix("http://")
