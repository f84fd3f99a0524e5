"""One page of Apiframe's GET /v2/jobs. Pure: from described jobs and a query to the answer.

The page is keyed on (createdAt, id), both descending, so a job that is made meanwhile moves no later page.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.providers.standin import Refusal

STATUSES = ("QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED")
CHOICES = {"status": STATUSES, "scope": ("user", "team"), "include_models": ("true", "false")}
LIMIT = 20
LIMIT_MAX = 100


def is_uuid(text: str) -> bool:
    """Whether this is a UUID in its usual spelling."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _refused(name: str, message: str) -> Refusal:
    return Refusal(400, {"error": "Invalid query parameters", "details": {name: [message]}})


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(LIMIT))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LIMIT_MAX:
        raise _refused("limit", f"Expected an integer from 1 to {LIMIT_MAX}")
    return int(text)


def _key(job: Mapping[str, Any]) -> tuple[str, str]:
    return str(job["createdAt"]), str(job["id"])


def _after(cursor: str) -> tuple[str, str]:
    try:
        created_at, job_id = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError, binascii.Error) as error:
        raise _refused("cursor", "Invalid cursor") from error
    return str(created_at), str(job_id)


def page(jobs: Iterable[Mapping[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """The page a query asks for, newest first; raises Refusal for a query the API does not take."""
    for name, allowed in CHOICES.items():
        if name in query and query[name] not in allowed:
            raise _refused(name, "Expected one of " + ", ".join(allowed))
    if "search" in query and not is_uuid(query["search"]):
        raise _refused("search", "Invalid uuid")
    limit, newest = _limit(query), sorted(jobs, key=_key, reverse=True)
    wanted = {"status": query.get("status"), "model": query.get("model"), "id": query.get("search", "").lower()}
    found = [job for job in newest if all(not value or job[name] == value for name, value in wanted.items())]
    if "cursor" in query:
        after = _after(query["cursor"])
        found = [job for job in found if _key(job) < after]
    shown, more = found[:limit], len(found) > limit
    cursor = base64.urlsafe_b64encode(json.dumps(_key(shown[-1])).encode()).decode() if more else None
    answer: dict[str, Any] = {"jobs": shown, "nextCursor": cursor, "hasMore": more}
    if query.get("include_models") == "true":
        answer["models"] = sorted({str(job["model"]) for job in newest})
    return answer
