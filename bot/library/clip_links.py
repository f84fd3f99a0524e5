"""A provider's link as it may be shown in a message. Pure; downloads use the link as the provider wrote it."""

from __future__ import annotations

import re
from urllib.parse import quote

LONGEST = 1350
"""Characters of a link that leave room in a message for who it is for, why it is there, and some of the prompt."""

_PARTS = re.compile(r"(https?)://([^/?#\\]+)((?:[/?#].*)?)", re.DOTALL | re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9._-]+(:[0-9]{1,5})?|\[[0-9a-f:.]+\](:[0-9]{1,5})?", re.IGNORECASE)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

_KEPT = "/?#:@!$&'*+,;=%~"
"""Signs that stay, beside letters and digits. All others would end the link, or be read as Discord's own marks."""


def shown_link(url: str | None) -> str | None:
    """The link with everything percent-encoded that would tear a message apart; None for one that is not shown.

    That is one that is no web address, hides its host behind a user name, or is too long.
    """
    found = _PARTS.fullmatch((url or "").strip())
    if found is None:
        return None
    scheme, host, rest = found.groups()
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
        rest = quote(_STRAY_PERCENT.sub("%25", rest), safe=_KEPT)
    except UnicodeError:
        return None
    link = f"{scheme.lower()}://{host}{rest}"
    return link if _HOST.fullmatch(host) and len(link) <= LONGEST else None
