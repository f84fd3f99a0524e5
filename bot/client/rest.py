"""Responses over REST: whether Discord itself sent them, and how long they ask us to wait. Codes are for cogs.

An edge before Discord (Cloudflare, a proxy, a portal) answers in its own name, with pages, texts and JSON of its own;
nothing of that says anything about a channel, a message or the token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, Route

from bot.embargo import UNSAID_SECONDS, Embargo, parse_wait

BORNE_SECONDS = 30.0
"""What discord.py sleeps through by itself, which is the least it can be told; it raises RateLimited for more."""

_TOO_MANY = 429
_OF_INTERACTIONS = ("/interactions/", "/webhooks/")
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What discord.py 2.7.1 raises on cut JSON, on a 429 without `retry_after`, and on `errors` that is a list."""

Request = Callable[..., Awaitable[Any]]

_answer: ContextVar[aiohttp.ClientResponse | None] = ContextVar("answer", default=None)
"""The latest answer to this task, which discord.py drops where it stumbles over it."""


def guard(http: HTTPClient, embargo: Embargo) -> None:
    """Let this client send nothing under an embargo, and make one thing of all that nobody can read.

    Its requests then raise discord.RateLimited for a 429 that says no more than that, discord.HTTPException for other
    refusals, and aiohttp.ClientPayloadError where something else than Discord's JSON came with a good status.
    """
    ask: Request = http.request

    async def request(route: Route, **options: Any) -> Any:
        if embargo.left:
            raise discord.RateLimited(embargo.left)
        _answer.set(None)
        try:
            answer = await ask(route, **options)
        except discord.HTTPException as error:
            raise await _heeded(error, embargo) from error
        except _UNREADABLE as error:
            raise await _heeded(await _read_anew(error), embargo) from error
        if isinstance(answer, str) and answer:
            raise _garbled("text")
        return answer

    http.request = request  # type: ignore[method-assign]


def watch(embargo: Embargo) -> aiohttp.TraceConfig:
    """Sees every answer to discord.py as it comes: a page or a text with 429 means all messages of this process.

    But for answers to interactions, which have limits of their own: a block of us all is soon met by another request.
    """
    config = aiohttp.TraceConfig()

    async def ended(_session: object, _context: object, seen: aiohttp.TraceRequestEndParams) -> None:
        path = str(seen.url).removeprefix(Route.BASE)
        if not path.startswith("/") or path.startswith(_OF_INTERACTIONS):
            return
        _answer.set(seen.response)
        headers, wait = seen.response.headers, parse_wait(seen.response.headers)
        if seen.response.status != _TOO_MANY:
            return
        if seen.response.content_type != "application/json" and not headers.get("Via"):
            embargo.impose(UNSAID_SECONDS if wait is None else wait)
        elif "X-RateLimit-Global" in headers and (wait or 0.0) > BORNE_SECONDS:
            embargo.impose(wait or 0.0)

    config.on_request_end.append(ended)
    return config


def wait_of(error: BaseException | None) -> float | None:
    """The seconds that an answer asks us to wait, if it does."""
    if isinstance(error, discord.RateLimited):
        return error.retry_after
    if isinstance(error, discord.HTTPException):
        return parse_wait(error.response.headers)
    if isinstance(error, aiohttp.ClientResponseError):
        return parse_wait(error.headers or {})
    if isinstance(error, discord.GatewayNotFound):
        return wait_of(error.__cause__)
    return None


async def is_discords(error: discord.HTTPException) -> bool:
    """Whether an answer is JSON of Discord's shape. Its own 401 has code 0, by which alone nothing can be told."""
    body = await _body(error.response)
    return isinstance(body, dict) and isinstance(body.get("code"), int) and isinstance(body.get("message"), str)


async def _heeded(
    error: discord.HTTPException | aiohttp.ClientError, embargo: Embargo
) -> discord.DiscordException | aiohttp.ClientError:
    """What to raise for a refusal, once an embargo is noted; one with a code of Discord's says more than a number."""
    if not isinstance(error, discord.HTTPException) or error.status != _TOO_MANY or error.code:
        return error
    wait = wait_of(error)
    if wait is None:
        body = await _body(error.response)
        wait = parse_wait({"Retry-After": str(body.get("retry_after") if isinstance(body, dict) else None)})
    seconds = UNSAID_SECONDS if wait is None else wait
    if not error.response.headers.get("Via"):
        embargo.impose(seconds)
    return discord.RateLimited(max(seconds, embargo.left))


async def _read_anew(stumbled: Exception) -> discord.HTTPException | aiohttp.ClientError:
    """The refusal that discord.py could not make an exception of."""
    answer = _answer.get()
    if answer is None or answer.status < 400:
        return _garbled(type(stumbled).__name__)
    body = await _body(answer)
    code = body.get("code") if isinstance(body, dict) else None
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(answer.status, discord.HTTPException)
    return kind(answer, {"code": code if isinstance(code, int) else 0, "message": ""})


async def _body(answer: object) -> object:
    """An answer as JSON; discord.py has read it already, and keeps of it only what it understands."""
    assert isinstance(answer, aiohttp.ClientResponse)
    try:
        return await answer.json(content_type="application/json")
    except (ValueError, aiohttp.ClientError):
        return None


def _garbled(what: str) -> aiohttp.ClientPayloadError:
    return aiohttp.ClientPayloadError(f"not Discord's JSON: {what}")
