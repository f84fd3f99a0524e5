"""Fetching a finished clip from a provider's link into a file.

Here: one HTTP GET of an untrusted address, its limits and its errors. Which addresses may be dialled is guard.py; how
bytes become a file is part_file.py; what is inside is examining.py; when to try again is bot.jobs.delivery.fetching.
Nothing of ours goes along: no key, no cookie.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import aiohttp
from yarl import URL

from bot.errors import ClipBroken, ClipUnusable, DownloadFailed, LinkExpired, LinkRefused
from bot.media.clips.part_file import MEBIBYTE, PartFile
from bot.media.container.sniffing import HEAD, sniff
from bot.media.guard import AddressGuard, AddressRefused, is_public
from bot.models import LinkReason

log = logging.getLogger(__name__)

REDIRECTS = 3
PEEK_SECONDS = 1.0
LONGEST_RETRY_AFTER = 1800.0
"""Seconds that a file server is believed when it asks to be left alone."""

EXPIRED = frozenset({401, 403, 404, 410})
REDIRECTING = frozenset({301, 302, 303, 307, 308})


class Downloader:
    """Fetches clips over https from public addresses, and over http or https from `private_hosts_allowed`.

    Plain http reaches nothing but those exact (address, port) pairs: anybody on the way could put another file in the
    clip's place, and FFmpeg would read it. The pairs are for a stand-in or a store in the owner's own network. Times
    are seconds; `deadline` spans one fetch with its redirects, so a server that drips bytes cannot hold it for longer.
    """

    def __init__(
        self,
        private_hosts_allowed: Sequence[tuple[str, int]] = (),
        byte_cap: int = 512 * MEBIBYTE,
        *,
        deadline: float = 300.0,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
    ) -> None:
        self._guards = {
            "https": AddressGuard(private_hosts_allowed),
            "http": AddressGuard(private_hosts_allowed, public=False),
        }
        self._byte_cap = byte_cap
        self._deadline = deadline
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=connect_timeout, sock_connect=connect_timeout, sock_read=read_timeout
        )

    async def fetch(self, url: str, to: Path) -> int:
        """Write what `url` serves to `to`, unpacked where it came packed, and return its size in bytes.

        `to` appears whole or not at all, and may be anything: whether it plays is not looked at. Raises LinkExpired,
        DownloadFailed, ClipBroken (packed in a way that cannot be undone), LinkRefused, or ClipUnusable (larger than
        the cap, or public and plain http).
        """
        part = PartFile(to, self._byte_cap)
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(_parse(url), part)
        except TimeoutError:
            raise DownloadFailed("the download took too long", reason=part.broken_off) from None
        except (aiohttp.InvalidURL, UnicodeError) as error:  # the latter is a resolver's, of a name it cannot spell
            raise LinkRefused("the link is not an http or https address") from error
        except aiohttp.ClientError as error:
            broke_off = f"the download broke off: {type(error).__name__}"
            raise DownloadFailed(broke_off, reason=part.broken_off) from error
        except OSError as error:
            raise _disk_error(error, part.broken_off) from error

    async def _follow(self, url: URL, part: PartFile) -> int:
        for _ in range(REDIRECTS + 1):
            try:
                answer = await self._get(url, part)
            except aiohttp.ClientConnectorError as error:
                raise _connection_error(error, url) from error
            if isinstance(answer, int):
                return answer
            url = answer
        raise DownloadFailed(f"more than {REDIRECTS} redirects")

    async def _get(self, url: URL, part: PartFile) -> int | URL:
        """One hop: the bytes written, or the address that the server sends us on to."""
        # A session for each hop: nothing is carried from one server to the next, and http gets its narrower guard.
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(socket_factory=self._guards[url.scheme], force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                auto_decompress=False,
                trust_env=False,
                headers={"Accept-Encoding": "identity", "User-Agent": "Rushes"},
            ) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status in REDIRECTING and "Location" in response.headers:
                return _parse(response.headers["Location"], base=url)
            _check(response)
            return await self._save(response, part)

    async def _save(self, response: aiohttp.ClientResponse, part: PartFile) -> int:
        if (response.content_length or 0) > self._byte_cap:
            reason = LinkReason.OVERSIZE if sniff(await _first_bytes(response)).may_play else None
            raise ClipUnusable(f"{response.content_length} bytes announced, {self._byte_cap} allowed", reason=reason)
        try:
            encoding = response.headers.get("Content-Encoding", "")
            await asyncio.to_thread(part.open, response.content_type, encoding)
            async for chunk in response.content.iter_any():
                part.waiting += chunk
                if len(part.waiting) >= MEBIBYTE:
                    await asyncio.to_thread(part.write)
            return await asyncio.to_thread(part.publish)
        except ClipBroken as error:
            # Programs that people use can undo more packings than this one.
            video = response.content_type.startswith("video/") or part.kind.may_play
            raise ClipBroken(str(error), reason=LinkReason.BROKEN if video else None) from error
        finally:
            await asyncio.to_thread(part.discard)


def _check(response: aiohttp.ClientResponse) -> None:
    if response.status in EXPIRED:
        raise LinkExpired(f"the link answers HTTP {response.status}")
    if response.status != 200:
        asked = response.headers.get("Retry-After", "")
        wait = min(float(asked), LONGEST_RETRY_AFTER) if asked.isascii() and asked.isdigit() else None
        raise DownloadFailed(f"the link answers HTTP {response.status}", retry_after=wait)


async def _first_bytes(response: aiohttp.ClientResponse) -> bytes:
    """What there is to see at once of a body that is not going to be read."""
    try:
        async with asyncio.timeout(PEEK_SECONDS):
            return await response.content.readexactly(HEAD)
    except asyncio.IncompleteReadError as error:
        return error.partial
    except (TimeoutError, aiohttp.ClientError):
        return b""


def _parse(text: str, base: URL | None = None) -> URL:
    """Read an address that somebody else wrote; LinkRefused for one that must not be followed."""
    try:
        # Kept letter for letter where it is fit to send, for a signature covers the spelling of the path and query.
        url = URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
        url = base.join(url) if base is not None else url
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise LinkRefused("the link is not an http or https address")
    if url.user is not None or url.password is not None:
        raise LinkRefused("the link carries a user name")
    return url.with_fragment(None)


def _connection_error(error: aiohttp.ClientConnectorError, url: URL) -> ClipUnusable | DownloadFailed:
    refused = error.os_error
    if not isinstance(refused, AddressRefused):
        return DownloadFailed(f"no connection to {error.host}")
    log.warning("download refused: %s resolves to %s", error.host, refused.address)
    if url.scheme == "http" and is_public(ip_address(refused.address)):
        return ClipUnusable("the link is plain http", reason=LinkReason.PLAIN_HTTP)
    return LinkRefused("the link leads to an address that this bot must not reach")


def _disk_error(error: OSError, reason: LinkReason | None) -> DownloadFailed:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DownloadFailed("no space left on the disk for the clip", reason=reason)
    return DownloadFailed(f"the clip could not be written: {error.strerror or type(error).__name__}", reason=reason)
