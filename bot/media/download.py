"""Fetching a finished clip from a provider's link into a file.

Here: one HTTP GET of an untrusted address, its limits and its errors. Which addresses may be dialled is guard.py; what
is inside the file is mp4.py; when to try again is the pipeline's. Nothing of ours goes along: no key, no cookie.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import aiohttp
from yarl import URL

from bot.errors import ClipUnusable, DownloadFailed, LinkExpired
from bot.files import publish
from bot.media.guard import AddressGuard, AddressRefused

log = logging.getLogger(__name__)

MEBIBYTE = 1024 * 1024
REDIRECTS = 3
EXPIRED = frozenset({401, 403, 404, 410})
REDIRECTING = frozenset({301, 302, 303, 307, 308})


class Downloader:
    """Fetches clips over https from public addresses, and over http or https from `private_hosts_allowed`.

    Plain http reaches nothing but those exact (address, port) pairs: providers link by https, the pairs are for a
    stand-in or a store in the owner's own network. Times are seconds; `deadline` spans one fetch with its redirects,
    so a server that drips bytes cannot hold it for longer.
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
        """Write what `url` serves to `to` and return its size in bytes.

        `to` appears whole or not at all. Raises LinkExpired, DownloadFailed (the same link may work later) or
        ClipUnusable (trying again cannot help: too big, or a link this bot must not follow).
        """
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(_parse(url), to)
        except TimeoutError:
            raise DownloadFailed("the download took too long") from None
        except aiohttp.ClientConnectorError as error:
            raise _connection_error(error) from error
        except (aiohttp.InvalidURL, UnicodeError) as error:  # the latter is a resolver's, of a name it cannot spell
            raise ClipUnusable("the link is not an http or https address") from error
        except aiohttp.ClientError as error:
            raise DownloadFailed(f"the download broke off: {type(error).__name__}") from error
        except OSError as error:
            raise _disk_error(error) from error

    async def _follow(self, url: URL, to: Path) -> int:
        for _ in range(REDIRECTS + 1):
            answer = await self._get(url, to)
            if isinstance(answer, int):
                return answer
            url = answer
        raise DownloadFailed(f"more than {REDIRECTS} redirects")

    async def _get(self, url: URL, to: Path) -> int | URL:
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
            self._check(response)
            return await self._save(response.content, to)

    def _check(self, response: aiohttp.ClientResponse) -> None:
        if response.status in EXPIRED:
            raise LinkExpired(f"the link answers HTTP {response.status}")
        if response.status != 200:
            raise DownloadFailed(f"the link answers HTTP {response.status}")
        if (response.content_length or 0) > self._byte_cap:
            raise ClipUnusable(f"{response.content_length} bytes announced, {self._byte_cap} allowed")

    async def _save(self, body: aiohttp.StreamReader, to: Path) -> int:
        part = _PartFile(to)
        try:
            async for chunk in body.iter_any():
                part.waiting += chunk
                if part.size > self._byte_cap:
                    raise ClipUnusable(f"more than the {self._byte_cap} bytes allowed")
                if len(part.waiting) >= MEBIBYTE:
                    await asyncio.to_thread(part.write)
            await asyncio.to_thread(part.publish)
        finally:
            await asyncio.to_thread(part.discard)
        return part.size


class _PartFile:
    """A file on its way: `waiting` gathers bytes, so that a thread is asked once per mebibyte and not per packet."""

    def __init__(self, to: Path) -> None:
        self._to = to
        to.parent.mkdir(parents=True, exist_ok=True)
        self._part = to.with_name(to.name + ".part")
        self._file: BinaryIO = self._part.open("wb")
        self._written = 0
        self.waiting = bytearray()

    @property
    def size(self) -> int:
        """Bytes received so far, written or waiting."""
        return self._written + len(self.waiting)

    def write(self) -> None:
        """Put the waiting bytes into the file."""
        self._file.write(self.waiting)
        self._written += len(self.waiting)
        self.waiting.clear()

    def publish(self) -> None:
        """Write the rest, make it survive a power cut, and give the file its name."""
        self.write()
        self._file.close()
        publish(self._part, self._to)

    def discard(self) -> None:
        """Close the file and remove what was not published; does nothing more after publish()."""
        try:
            self._file.close()
        except OSError:
            # A full disk refuses the buffered rest once more; the file is going away anyway.
            log.debug("closing %s failed", self._part.name)
        self._part.unlink(missing_ok=True)


def _parse(text: str, base: URL | None = None) -> URL:
    """Read an address that somebody else wrote; ClipUnusable for one that must not be followed."""
    try:
        # Kept letter for letter where it is fit to send, for a signature covers the spelling of the path and query.
        url = URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
        url = base.join(url) if base is not None else url
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise ClipUnusable("the link is not an http or https address")
    if url.user is not None or url.password is not None:
        raise ClipUnusable("the link carries a user name")
    return url.with_fragment(None)


def _connection_error(error: aiohttp.ClientConnectorError) -> ClipUnusable | DownloadFailed:
    if isinstance(error.os_error, AddressRefused):
        log.warning("download refused: %s resolves to %s", error.host, error.os_error.address)
        return ClipUnusable("the link leads to an address that this bot must not reach")
    return DownloadFailed(f"no connection to {error.host}")


def _disk_error(error: OSError) -> DownloadFailed:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DownloadFailed("no space left on the disk for the clip")
    return DownloadFailed(f"the clip could not be written: {error.strerror or type(error).__name__}")
