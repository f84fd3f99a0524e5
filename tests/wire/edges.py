"""What stands before Discord and answers in its own name: pages, texts and JSON that are not Discord's."""

from __future__ import annotations

from dataclasses import replace

from tests.wire.faults import Fault

PAGE = {"Content-Type": "text/html; charset=UTF-8", "Server": "cloudflare"}
TEXT = {"Content-Type": "text/plain; charset=UTF-8", "Server": "cloudflare"}
BLOCKED = "<!DOCTYPE html><title>Access denied | discord.com used Cloudflare to restrict access</title>"

ANSWERS = {
    "403, a page": Fault(status=403, body=BLOCKED, headers=PAGE),
    "403, error code: 1010": Fault(status=403, body="error code: 1010", headers=TEXT),
    "404, a page": Fault(status=404, body="<html>404 page not found</html>", headers=PAGE),
    "404, JSON without a code": Fault(status=404, body={"error": "no such upstream"}),
    "404, JSON with a code of its own": Fault(status=404, body={"code": "not_found", "message": "route not found"}),
    "403, a list of errors": Fault(status=403, body={"success": False, "errors": [{"code": 1010, "message": "no"}]}),
    "401, a page": Fault(status=401, body="<html>sign in</html>", headers=PAGE),
    "404, JSON with Discord's general code": Fault(status=404, body={"message": "404: Not Found", "code": 0}),
    "403, JSON that is cut": Fault(status=403, body='{"message": "Mis', headers={"Content-Type": "application/json"}),
    "200, a page": Fault(status=200, body="<html>please accept the terms</html>", headers=PAGE),
    "200, JSON that is cut": Fault(status=200, body='{"id": "1', headers={"Content-Type": "application/json"}),
    "503 before the time": Fault(status=503, body="<html>maintenance</html>", headers=PAGE),
}
"""None of these says anything about a channel, a message or the token."""


def turned_away(seconds: float, *, path: str = "", times: int | None = 1) -> Fault:
    """Cloudflare's 1015: no Via, no JSON, and how long it lasts."""
    headers = TEXT | {"Retry-After": f"{seconds:g}"}
    return Fault(path=path, times=times, status=429, body="error code: 1015", headers=headers)


def aimed(fault: Fault, *, method: str = "", path: str = "", match: str = "", times: int | None = 1) -> Fault:
    """The same for certain requests."""
    return replace(fault, method=method, path=path, match=match, times=times)
