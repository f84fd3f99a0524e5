"""Reading single fields of untrusted JSON: text, links, ids, percentages.

Nothing here knows a vendor or a socket. Every function takes any JSON value and never raises.
"""

from __future__ import annotations

import math
import re
from urllib.parse import urlsplit

TEXT_LIMIT = 200
"""Characters of a provider's own words that are kept, for the log."""

URL_LIMIT = 4096
"""Longer than any signed link seen; a longer one is a mistake."""

_TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


def clean_text(value: object) -> str:
    """A provider's words on one line: control and unencodable characters gone, cut to TEXT_LIMIT."""
    if not isinstance(value, str):
        return ""
    # A cut before the loop, because the text may be as large as the reply.
    printable = (character if character.isprintable() else " " for character in value[: TEXT_LIMIT * 4])
    return " ".join("".join(printable).split())[:TEXT_LIMIT]


def http_url(value: object) -> str | None:
    """The value if it is an absolute http(s) link that can be asked for, else None.

    Where the link may lead is the download guard's business.
    """
    if not isinstance(value, str) or len(value) > URL_LIMIT:
        return None
    url = value.strip()
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a broken IPv6 host or port
        return None
    return url if usable else None


def task_id_of(value: object) -> str | None:
    """The value if it can name a task: short, and safe in a path, a log line and a database."""
    return value if isinstance(value, str) and _TASK_ID.fullmatch(value) else None


def percent(value: object) -> int | None:
    """The value as a whole percentage from 0 to 100, None if it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return None
    return int(min(100, max(0, value)))
