"""Whether PUBLIC_URL leads to this bot: to the one that runs, or to a small server that stands in for it meanwhile."""

from __future__ import annotations

import errno
import hmac
import secrets
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import aiohttp

from bot.doctor.connecting import reason
from bot.doctor.report import Finding, error, fine
from bot.errors import ConfigurationError
from bot.settings import Settings
from bot.web.reach import NONCE_CHARACTERS, PATH, ReachRoutes, proof
from bot.web.server import WebServer

REACH = "public address"
_MOST_BYTES = 1024
HEALTHY = '{"status": "ok"}'
"""What /healthz of a bot answers."""
_NEAR = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask what listens everywhere
_PROXY = "Let the reverse proxy pass /webhooks/ and /pictures/ to HTTP_HOST and HTTP_PORT"
_OUTSIDE = "some routers do not let a machine reach itself by its public address: then try the address from outside"
_RESTART = "Restart the bot, so that it has these settings; if another program has the port, change HTTP_PORT."


async def look(settings: Settings, session: aiohttp.ClientSession) -> list[Finding]:
    """Fetch a number that nobody can guess by way of PUBLIC_URL; what answers must know a secret of this bot."""
    async with AsyncExitStack() as stack:
        own = secrets.token_bytes(32)
        server = WebServer(settings.http_host, settings.http_port, ReachRoutes(own).routes())
        try:
            await server.start()
            stack.push_async_callback(server.stop)
        except ConfigurationError as failure:
            if _errno(failure) != errno.EADDRINUSE:
                return [error(REACH, str(failure), "HTTP_HOST must be an address of this machine, such as 0.0.0.0.")]
            return [await _ask_the_running(settings, session)]
        where = f"{settings.http_host}:{settings.http_port}"
        if settings.public_url is None:
            return [fine(REACH, f"PUBLIC_URL is not set: the bot asks providers itself; {where} is free for it")]
        if settings.http_port == 0:
            return [error(REACH, "HTTP_PORT is 0: no proxy can know the port of the next start", "Set HTTP_PORT.")]
        trouble = await _fetch(session, settings.public_url, own)
        return [trouble or fine(REACH, f"PUBLIC_URL leads here (tried with a server of the doctor's own on {where})")]


async def _ask_the_running(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    where = f"{settings.http_host}:{settings.http_port}"
    kept = settings.data_dir / "secret"
    secret = kept.read_bytes() if kept.is_file() else b""
    if not secret:
        said = f"another program listens on {where}: no bot has run with this DATA_DIR yet"
        return error(REACH, said, "Stop that program, or change HTTP_PORT.")
    if settings.public_url is None:
        return await _ask_for_health(session, where)
    trouble = await _fetch(session, settings.public_url, secret)
    return trouble or fine(REACH, "PUBLIC_URL leads to the bot that runs (asked that one)")


async def _ask_for_health(session: aiohttp.ClientSession, where: str) -> Finding:
    host, _, port = where.rpartition(":")
    near = _NEAR.get(host, host)
    _, text = await _get(session, f"http://{f'[{near}]' if ':' in near else near}:{port}/healthz")
    if text == HEALTHY:
        return fine(REACH, "PUBLIC_URL is not set: the bot, which runs, asks providers itself")
    return error(REACH, f"another program listens on {where}", "Stop that program, or change HTTP_PORT.")


async def _fetch(session: aiohttp.ClientSession, public_url: str, secret: bytes) -> Finding | None:
    """What is wrong where the answer is not ours."""
    nonce = secrets.token_hex(NONCE_CHARACTERS // 2)
    host = urlsplit(public_url).hostname
    status, text = await _get(session, f"{public_url}{PATH}/{nonce}")
    if status == 0:
        return error(REACH, f"PUBLIC_URL: {host} cannot be reached ({text})", f"{_PROXY}; {_OUTSIDE}.")
    if 300 <= status < 400:
        return error(REACH, f"PUBLIC_URL: {host} sends us elsewhere ({status})", "Set PUBLIC_URL to where it leads.")
    if status != 200:
        return error(REACH, f"PUBLIC_URL: {host} answers {status} in place of this bot", f"{_PROXY}. {_RESTART}")
    if not hmac.compare_digest(text.encode(), proof(secret, nonce).encode()):
        return error(REACH, f"PUBLIC_URL: something else than this bot answers at {host}", f"{_PROXY}. {_RESTART}")
    return None


async def _get(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    """Status and text; 0 and the reason where nothing came."""
    try:
        async with session.get(url, allow_redirects=False) as reply:
            raw = await reply.content.read(_MOST_BYTES)
            return reply.status, raw.decode("utf-8", "replace")
    except (aiohttp.ClientError, OSError) as failure:
        return 0, reason(failure)


def _errno(failure: ConfigurationError) -> int | None:
    return failure.__cause__.errno if isinstance(failure.__cause__, OSError) else None
