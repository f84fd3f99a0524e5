"""Reading what a client sent: JSON, or multipart with payload_json and files. Nothing here judges it."""

from __future__ import annotations

import json
import mimetypes
import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from aiohttp import BodyPartReader, web
from PIL import Image

from tests.wire.refusals import invalid_json

FILE_FIELD = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in."""

    filename: str
    data: bytes
    content_type: str | None = None

    @property
    def kind(self) -> str:
        """Its content type: what was said, else by its name."""
        return self.content_type or mimetypes.guess_type(self.filename)[0] or "application/octet-stream"

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height of a picture."""
        if not self.kind.startswith("image/"):
            return None
        try:
            with Image.open(BytesIO(self.data)) as picture:
                return picture.size
        except Exception:  # noqa: BLE001 - whatever is wrong with a hostile picture, Discord shows it without a size
            return None


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carried; `payload` is any JSON, {} without one. Files are keyed by their number in the form."""

    payload: Any = field(default_factory=dict)
    files: dict[int, Upload] = field(default_factory=dict)


async def read_body(request: web.Request) -> Body:
    """The body of a request; raises Refusal 50109."""
    if request.content_type.startswith("multipart/"):
        return await _read_form(request)
    return Body(_parse(await request.read()))


async def _read_form(request: web.Request) -> Body:
    payload: Any = {}
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise invalid_json()
        data = bytes(await part.read())
        found = FILE_FIELD.fullmatch(part.name or "")
        if part.name == "payload_json":
            payload = _parse(data)
        elif found is not None:
            said = part.headers.get("Content-Type")
            files[int(found[1])] = Upload(
                part.filename or "unknown", data, None if said == "application/octet-stream" else said
            )
    return Body(payload, files)


def _parse(data: bytes) -> Any:
    if not data:
        return {}
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise invalid_json() from None
