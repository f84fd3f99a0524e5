"""Aliases: the numbers under which members who were erased stay known to the caps of the day, and to blocks. Pure.

Nobody can tell from one whose it is without the installation's secret; and no id of Discord's is negative.
"""

from __future__ import annotations

import hashlib
import hmac


class Aliases:
    """The alias of each user id; the same as long as the secret is."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __call__(self, user_id: int) -> int:
        """A negative number of 62 bits; that of an alias is itself."""
        if user_id < 0:
            return user_id
        digest = hmac.digest(self._secret, b"erased member %d" % user_id, hashlib.sha256)
        return -1 - (int.from_bytes(digest[:8], "big") >> 2)
