"""Where a finished task's clip is: every shape in which a result has been seen or may come. Pure; no vendor here.

Names that hold other links (a picture, a cover, what was asked for) are never looked at.
"""

from __future__ import annotations

from bot.providers.reading.fields import http_url
from bot.providers.refusals.complaints import unpacked

_DEPTH = 6
_ITEMS = 20

# In the order in which they are believed; compared without case, "_" and "-".
_LINKS = ("videourl", "url", "downloadurl", "fileurl", "mp4url", "mp4")
_HOLDERS = ("video", "videos", "result", "results", "output", "outputs", "data", "file", "files", "content", "items")


def clip_link(result: object, depth: int = 0) -> str | None:
    """The first usable link to a clip in a result: a bare string, an object, or a list of either, nested or not."""
    if depth > _DEPTH:
        return None
    result = unpacked(result)
    if isinstance(result, str):
        return http_url(result)
    if isinstance(result, list):
        return next((url for url in (clip_link(item, depth + 1) for item in result[:_ITEMS]) if url), None)
    if not isinstance(result, dict):
        return None
    named = {str(key).lower().replace("_", "").replace("-", ""): value for key, value in result.items()}
    if str(named.get("type", "")).lower().startswith(("image", "audio", "text")):
        return None
    found = (clip_link(named[name], depth + 1) for name in (*_LINKS, *_HOLDERS) if name in named)
    return next((url for url in found if url), None)
