"""Reading single fields of untrusted JSON: text, links, ids, percentages.

Nothing here knows a vendor or a socket. Every function takes any JSON value and never raises.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

TEXT_LIMIT = 200
"""Characters of a provider's own words that are kept, for the log."""

URL_LIMIT = 16_384
"""Signed links have been seen with 4,000 characters; one longer than this is a mistake."""

MOST_COST = 1e6
MOST_AMOUNT = 1e12

# A link in which nothing could need a change; all but the strangest are of this kind.
_PLAIN = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*/(?:[A-Za-z0-9/?#!$&'()*+,;=:@._~-]|%[0-9A-Fa-f]{2})*")
_BREAKS = re.compile(r"[\t\r\n]")
_CONTROLS = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
_NETLOC = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=:@\[\]-]+")
_LEGAL = "/:?#[]@!$&'()*+,;=-._~"  # RFC 3986
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


def clean_text(value: object) -> str:
    """A provider's words on one line: control and unencodable characters gone, cut to TEXT_LIMIT."""
    if not isinstance(value, str):
        return ""
    # A cut before the loop, because the text may be as large as the reply.
    printable = (character if character.isprintable() else " " for character in value[: TEXT_LIMIT * 4])
    return " ".join("".join(printable).split())[:TEXT_LIMIT]


def http_url(value: object) -> str | None:
    """The value as an absolute http(s) link that can be asked for, else None.

    Spaces, letters beyond ASCII and what else may not stand in a link are percent-encoded; what is legal stays as it
    is, because a signature may cover it. Where the link may lead is the download guard's business.
    """
    if not isinstance(value, str) or len(value) > URL_LIMIT:
        return None
    if _PLAIN.fullmatch(value):
        return value
    url = _BREAKS.sub("", value.strip())
    try:
        parts = urlsplit(url)
        host = _host(parts.netloc)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        if not usable or host is None or not _CONTROLS.isdisjoint(url):
            return None
        # What stands before the path is exact; the rest is kept but for what is not allowed in it.
        url = parts.scheme + "://" + host + _encoded(url.split("://", 1)[1][len(parts.netloc) :])
    except ValueError:  # a broken IPv6 host or port, or half a character
        return None
    return url if len(url) <= URL_LIMIT else None


def _host(netloc: str) -> str | None:
    if netloc.isascii():
        return netloc if _NETLOC.fullmatch(netloc) else None
    name, colon, port = netloc.partition(":")
    coded = name.encode("idna").decode()
    return f"{coded}{colon}{port}" if _NETLOC.fullmatch(coded + colon + port) else None


def _encoded(rest: str) -> str:
    return _LONE_PERCENT.sub("%25", quote(rest, safe="%" + _LEGAL))


def task_id_of(value: object) -> str | None:
    """The value if it can name a task: short, and safe in a path, a log line and a database."""
    return value if isinstance(value, str) and _TASK_ID.fullmatch(value) else None


def percent(value: object) -> int | None:
    """The value as a whole percentage from 0 to 100, None if it is no number."""
    if type(value) is int and 0 <= value <= 100:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(min(100, max(0, value)))


def amount(value: object) -> float | None:
    """The value if it is a number of credits that anybody could have or owe; None for text, NaN and wild ones."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MOST_AMOUNT <= value <= MOST_AMOUNT:
        return None
    return float(value)


def cost(value: object) -> float | None:
    """The value if it can be what one clip has cost, in credits."""
    found = amount(value)
    return found if found is not None and 0 <= found <= MOST_COST else None


def seconds_between(begun: object, ended: object) -> float | None:
    """How long it took from one moment to another, each as ISO 8601 or in seconds; None if that makes no sense."""
    first, last = _moment(begun), _moment(ended)
    if first is None or last is None or not 0 < last - first < math.inf:
        return None
    return last - first


def _moment(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return None
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
