"""One JSON client for all providers: the key, time limits, size limits, and what a lost connection means.

It knows no vendor's path, field or error code: it returns a Reply and the vendor's module judges the status. It
raises only where there is no reply to judge. The key goes to the provider's own address and nowhere else: redirects
are not followed, proxies of the environment are not used, cookies are not kept.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr
from pydantic_core import from_json

from bot.errors import AccountProblem, ConfigurationError, OutcomeUnknown, ProviderBusy, ProviderError
from bot.models import FailureCode
from bot.providers.reading.fields import clean_text
from bot.providers.retry_after import retry_after_of

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
"""Bytes of a reply after decompression; a page of 100 jobs is well below a tenth of it."""

CHUNK = 64 * 1024

SUBMIT = aiohttp.ClientTimeout(total=60, connect=10, sock_read=45)
FETCH = aiohttp.ClientTimeout(total=30, sock_connect=10)
UPLOAD = aiohttp.ClientTimeout(total=120, connect=10, sock_read=45)

# Failures that happen before a byte of the request is sent.
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
# Shorter secrets are placeholders ("sandbox"), and striking them out would break links that contain the word.
_SECRET_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `body` is the parsed JSON, or for an error reply that is not JSON a short text of it."""

    status: int
    retry_after: float | None
    body: object

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300


class JsonClient:
    """Sends JSON to one provider; must be made inside a running event loop unless a session is given.

    `effect` marks a request that starts something that costs money: once it may have been sent, a failure is
    OutcomeUnknown; every other failure is ProviderBusy.
    """

    def __init__(
        self,
        base_url: str,
        auth_header: str,
        auth_value: SecretStr,
        session: aiohttp.ClientSession | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        value = auth_value.get_secret_value().strip()
        if not value.isprintable() or not value.isascii():
            raise ConfigurationError(f"The key sent to {base_url} has characters that cannot be part of a key.")
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": "application/json", "Accept-Encoding": "gzip", auth_header: value}
        self._secret = value.split(" ")[-1].encode()
        self._owns_session = session is None
        self._session = session or open_session()
        self._clock = clock

    async def get(self, path: str) -> Reply:
        """Ask for something; has no effect."""
        return await self._exchange("GET", path, effect=False, timeout=FETCH)

    async def post(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        effect: bool,
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout = SUBMIT,
    ) -> Reply:
        """Send a JSON object."""
        return await self._exchange("POST", path, effect=effect, timeout=timeout, json=body, headers=headers)

    async def send_file(self, path: str, field: str, data: bytes, name: str, content_type: str) -> Reply:
        """Send one file as multipart/form-data; it costs nothing, so it counts as without effect."""
        form = aiohttp.FormData()
        form.add_field(field, data, filename=name, content_type=content_type)
        return await self._exchange("POST", path, effect=False, timeout=UPLOAD, data=form)

    async def close(self) -> None:
        """Close the session if it is our own."""
        if self._owns_session:
            await self._session.close()

    async def _exchange(
        self, method: str, path: str, *, effect: bool, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Reply:
        sent = {**headers, **self._headers} if headers else self._headers
        started = time.monotonic()
        try:
            async with self._session.request(
                method,
                self._base_url + path,
                headers=sent,
                allow_redirects=False,
                raise_for_status=False,
                **options,
            ) as response:
                raw = await _read(response)
        except _NOT_SENT as error:
            _log_failure(method, path, error)
            raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, f"no connection: {_kind(error)}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log_failure(method, path, error)
            raise _lost(effect, f"connection lost: {_kind(error)}") from None
        milliseconds = round((time.monotonic() - started) * 1000)
        return self._judge(method, path, response, raw, effect=effect, milliseconds=milliseconds)

    def _judge(
        self,
        method: str,
        path: str,
        response: aiohttp.ClientResponse,
        raw: bytes | None,
        *,
        effect: bool,
        milliseconds: int,
    ) -> Reply:
        status = response.status
        raw = self._without_secret(raw or b"")
        readable, body = _parse_json(raw)
        level = logging.DEBUG if 200 <= status < 300 else logging.INFO
        if log.isEnabledFor(level):
            trace = response.headers.get("x-request-id") or (body.get("trace_id") if isinstance(body, dict) else None)
            words = "%s %s -> %d in %d ms, trace %s"
            log.log(level, words, method, path, status, milliseconds, clean_text(trace) or "-")
        if not readable and status < 300:
            raise _lost(effect, f"unreadable reply: {clean_text(_text(raw))}")
        shown = body if readable else clean_text(_text(raw))
        retry_after = retry_after_of(response.headers, shown, self._clock())
        if 300 <= status < 400:
            raise _redirected(response, retry_after)
        if status >= 400 and not isinstance(body, dict):
            # What such an answer means is the vendor's business; that it came is what an owner looks for in the log.
            log.warning("%s %s -> %d without JSON: an edge before the provider, not the provider", method, path, status)
        return Reply(status, retry_after, shown)

    def _without_secret(self, raw: bytes) -> bytes:
        """The reply, its key struck out should the provider have repeated it ("Invalid API key: ...")."""
        return raw.replace(self._secret, b"***") if len(self._secret) >= _SECRET_LENGTH else raw


def open_session(*traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
    """A session fit for carrying keys: no proxy of the environment, no cookies; `traces` watch what it does."""
    # Connections are dropped before a Node server drops them (5 s), so that a POST never meets a closing one.
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=4),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        trace_configs=list(traces),
    )


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """The whole body, None if it is over the limit; counted after decompression, against gzip bombs."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) > BODY_LIMIT:
            response.close()
            return None
    return bytes(body)


def _parse_json(raw: bytes) -> tuple[bool, Any]:
    """Whether the bytes are JSON, and its value; NaN, Infinity, endless nesting and broken UTF-8 are not."""
    try:
        # The quick reader takes nothing that the other does not, but refuses deep nesting, a byte order mark and
        # halves of characters ("\\ud800"), all of which providers may send.
        return True, from_json(raw, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        pass
    try:
        return True, json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return False, None


def _text(raw: bytes) -> str:
    # Bytes that are not UTF-8 become lone surrogates, which clean_text drops.
    return raw.decode("utf-8-sig", errors="surrogateescape")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _redirected(response: aiohttp.ClientResponse, retry_after: float | None) -> ProviderError:
    """No documented call redirects, and whoever does it has started nothing.

    The same call for good at another address (https for http, a host that has moved) is a setting for the owner to
    change; anything else, such as a login, a challenge or a page of excuses, passes.
    """
    asked, target = urlsplit(str(response.url)), response.headers.get("Location", "")
    try:
        moved = response.status in {301, 308} and urlsplit(target).path.rstrip("/").endswith(asked.path.rstrip("/"))
    except ValueError:
        moved = False
    detail = f"redirected ({response.status}); check the API address"
    if moved:
        return AccountProblem(FailureCode.PROVIDER_ACCOUNT, detail)
    return ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, detail, retry_after=retry_after)


def _lost(effect: bool, detail: str) -> ProviderError:
    if effect:
        return OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN, detail)
    return ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, detail)


def _kind(error: BaseException) -> str:
    """The class of a failure; its text could hold addresses or headers."""
    return type(error).__name__


def _log_failure(method: str, path: str, error: BaseException) -> None:
    log.info("%s %s -> %s", method, path, _kind(error))
