"""One page of Apiframe's GET /v2/jobs. Pure: from described jobs and a query to the answer.

The page is keyed on (createdAt, id), both descending, so a job that is made meanwhile moves no later page.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from sandbox.providers.standin import Refusal

Key = tuple[str, str]
"""createdAt and id of a job."""

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


def _after(cursor: str) -> Key:
    try:
        created_at, job_id = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError, binascii.Error) as error:
        raise _refused("cursor", "Invalid cursor") from error
    return str(created_at), str(job_id)


def page(keys: Sequence[Key], describe: Callable[[str], Mapping[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """The page a query asks for, newest first; raises Refusal for a query the API does not take.

    `keys` are those of all jobs, oldest first. Only jobs that are looked at are described.
    """
    for name, allowed in CHOICES.items():
        if name in query and query[name] not in allowed:
            raise _refused(name, "Expected one of " + ", ".join(allowed))
    if "search" in query and not is_uuid(query["search"]):
        raise _refused("search", "Invalid uuid")
    limit = _limit(query)
    end = bisect_left(keys, _after(query["cursor"])) if "cursor" in query else len(keys)
    wanted = {"status": query.get("status"), "model": query.get("model"), "id": query.get("search", "").lower()}
    jobs = (describe(keys[place][1]) for place in range(end - 1, -1, -1))
    fitting = (job for job in jobs if all(not value or job[name] == value for name, value in wanted.items()))
    found = list(islice(fitting, limit + 1))
    shown, more = found[:limit], len(found) > limit
    last = (str(shown[-1]["createdAt"]), str(shown[-1]["id"])) if more else None
    cursor = base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if more else None
    answer: dict[str, Any] = {"jobs": shown, "nextCursor": cursor, "hasMore": more}
    if query.get("include_models") == "true":
        answer["models"] = sorted({str(describe(job_id)["model"]) for _, job_id in keys})
    return answer
