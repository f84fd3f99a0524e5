"""Signed links under which a provider may fetch a picture from us, for a while.

Pure: making a link and checking one. Serving the file is bot.web.pictures; it lives above, while the pipeline needs
links, and so they are here.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Callable

PATH = "/pictures"
SIGNATURE_CHARACTERS = 40
"""160 bits of HMAC-SHA256 in hexadecimal."""


class PictureLinks:
    """Makes and checks links `<public_url>/pictures/<name>/<expires>/<signature>`.

    `secret` signs (32 random bytes that outlive a restart); `clock` gives seconds since the epoch. Equal inputs make
    equal links, so that a submission repeated after a crash is the same request to the provider.
    """

    def __init__(self, secret: bytes, public_url: str, clock: Callable[[], float]) -> None:
        if len(secret) < 16:
            raise ValueError("the secret for picture links must have at least 16 bytes")
        self._secret = secret
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    def link(self, picture_name: str, expires_at: float) -> str:
        """The link of a picture of ours, good until `expires_at`, seconds since the epoch."""
        return self.signed(self.unsigned(picture_name, expires_at))

    def unsigned(self, picture_name: str, expires_at: float) -> str:
        """The same address without what opens it, for keeping; `signed` completes it."""
        return f"{self._public_url}{PATH}/{picture_name}/{math.ceil(expires_at)}"

    def signed(self, address: str) -> str:
        """An address of `unsigned`, perhaps made when our public address was another, as a link that holds."""
        _, name, expires = address.rsplit("/", 2)
        return f"{address}/{self._sign(name, expires)}"

    def check(self, picture_name: str, expires: str, signature: str) -> bool:
        """Whether these parts of a path are a link made here that still holds; takes equal time for all forgeries."""
        genuine = hmac.compare_digest(
            self._sign(picture_name, expires).encode(), signature.encode("utf-8", "surrogatepass")
        )
        # Only a genuine `expires` is read as a number: then it is one that link() wrote.
        return genuine and self._clock() < int(expires)

    def _sign(self, picture_name: str, expires: str) -> str:
        message = f"{PATH}\n{picture_name}\n{expires}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:SIGNATURE_CHARACTERS]
