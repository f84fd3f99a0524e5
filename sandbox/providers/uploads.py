"""Apiframe's short-lived picture store: taking multipart uploads and serving them again. Nothing about jobs.

Video and audio, which the real one takes too, are refused: no Hailuo model has a field for them.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.providers.pictures import FORMATS, MAX_BYTES, PictureRefused, sniff
from sandbox.providers.standin import Refusal, base_url

LIFE_SECONDS = 2 * 3600


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored picture, until `expires_at`."""

    data: bytes
    content_type: str
    expires_at: float


def iso(moment: float) -> str:
    """A time as JavaScript writes it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refused(message: str) -> Refusal:
    return Refusal(400, {"error": "Validation failed", "details": {"file": [message]}})


async def _file_of(request: web.Request) -> bytes:
    """The bytes of the part named `file`; raises Refusal."""
    if not request.content_type.startswith("multipart/"):
        raise _refused("No file uploaded")
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            data = bytearray()
            while chunk := await part.read_chunk(1 << 16):
                data += chunk
                if len(data) > MAX_BYTES:
                    raise _refused("File exceeds 25 MB")
            return bytes(data)
    raise _refused("No file uploaded")


class UploadShelf:
    """Everything uploaded to one stand-in."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.uploads: dict[str, Upload] = {}
        self._clock = clock

    async def save(self, request: web.Request) -> dict[str, Any]:
        """Keep the file of a request and describe it; the type is decided by its bytes. Raises Refusal."""
        data = await _file_of(request)
        try:
            content_type, ending = FORMATS[await asyncio.to_thread(sniff, data)]
        except PictureRefused as error:
            raise _refused("Unsupported file type") from error
        upload_id, expires_at = str(uuid.uuid4()), self._clock() + LIFE_SECONDS
        self.uploads[f"{upload_id}.{ending}"] = Upload(data, content_type, expires_at)
        return {
            "id": upload_id,
            "url": f"{base_url(request)}/uploads/{upload_id}.{ending}",
            "kind": "image",
            "contentType": content_type,
            "byteSize": len(data),
            "expiresAt": iso(expires_at),
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The bytes again, as long as they live."""
        upload = self.uploads.get(request.match_info["name"])
        if upload is None or upload.expires_at < self._clock():
            return web.Response(status=404, text="not found")
        return web.Response(body=upload.data, content_type=upload.content_type)
