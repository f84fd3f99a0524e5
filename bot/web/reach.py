"""/webhooks/reach/...: proves to whoever knows the installation's secret that an address leads to this very bot.

It is below /webhooks/, which a reverse proxy passes on anyway. It tells nothing but that.
"""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web

PATH = "/webhooks/reach"
NONCE_CHARACTERS = 32


def proof(secret: bytes, nonce: str) -> str:
    """What the bot with this secret answers to a nonce."""
    return hmac.new(secret, f"{PATH}\n{nonce}".encode(), hashlib.sha256).hexdigest()


class ReachRoutes:
    """Answers a nonce with its proof."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def routes(self) -> list[web.RouteDef]:
        """Routes for the server; to be added before those of the webhooks, which take any path below theirs."""
        return [web.get(f"{PATH}/{{nonce:[0-9a-f]{{{NONCE_CHARACTERS}}}}}", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        return web.Response(
            text=proof(self._secret, request.match_info["nonce"]), headers={"Cache-Control": "no-store"}
        )
