"""A stand-in for AceData Cloud's Hailuo API, as strict as its published contract.

Sources: scripts/specs/d5af91f6-a7ec-4015-b0a5-d25051158470.json of AceDataCloud/SDK @0d3494c (videos),
openapi/hailuo.json of AceDataCloud/Docs (tasks), and their Python SDK's tests for failed tasks. Unfinished tasks are
shown in no document: `unfinished` picks among the forms that their own clients handle.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, ClassVar

from aiohttp import web

from sandbox.drawing.render import Renderer
from sandbox.providers.catalogue import ACEDATA_ERRORS
from sandbox.providers.faults import Ending, Fault, Route
from sandbox.providers.hooks import call_back
from sandbox.providers.pictures import is_web_url
from sandbox.providers.standin import Refusal, StandIn, base_url
from sandbox.providers.tasks import Phase, Task, Wish

MODELS = ("minimax-t2v", "minimax-i2v", "minimax-i2v-director")
FIELDS = frozenset({"action", "model", "prompt", "first_image_url", "callback_url", "async"})
TASK_FIELDS = frozenset({"action", "id", "ids"})
# The price of one generation is not published.
COST = 1
STATUS_OF_FAILURE = {"forbidden": 403, "bad_request": 400}


class Unfinished(StrEnum):
    """How a task that goes on is shown by /hailuo/tasks; JSON_TEXT is about the finished response."""

    EMPTY = "empty"
    ABSENT = "absent"
    NULL = "null"
    SUCCESS_PROCESSING = "success_processing"
    JSON_TEXT = "json_text"


def refusal(status: int, code: str, message: str) -> Refusal:
    """An error in the documented envelope."""
    return Refusal(status, {"error": {"code": code, "message": message}, "trace_id": str(uuid.uuid4())})


def bad_request(message: str) -> Refusal:
    """The error for parameters that are wrong."""
    return refusal(400, "bad_request", message)


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request; raises Refusal."""
    try:
        body = json.loads(await request.text())
    except (ValueError, RecursionError) as error:
        raise bad_request("request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise bad_request("request body is invalid.")
    return body


def check_request(body: Mapping[str, Any]) -> None:
    """Refuse what POST /hailuo/videos does not take; raises Refusal."""
    for name in sorted(set(body) - FIELDS):
        raise bad_request(f"{name} is not supported.")
    if body.get("action") != "generate":
        raise bad_request("action is invalid.")
    if body.get("model", MODELS[0]) not in MODELS:
        raise bad_request("model is invalid.")
    if not isinstance(body.get("prompt"), str) or not body["prompt"].strip():
        raise bad_request("prompt is required.")
    for name in ("first_image_url", "callback_url"):
        if body.get(name) is not None and not is_web_url(body[name]):
            raise bad_request(f"{name} is invalid.")
    if not isinstance(body.get("async", False), bool):
        raise bad_request("async is invalid.")
    if body.get("model", MODELS[0]) != MODELS[0] and body.get("first_image_url") is None:
        raise bad_request("first_image_url is required.")


class AceData(StandIn):
    """AceData's Hailuo for one token.

    `max_concurrency` is how many tasks may be in flight before 429 (documented: 5 a token; None: any number).
    """

    catalogue: ClassVar[Mapping[str, Fault]] = ACEDATA_ERRORS
    routes_of: ClassVar[Mapping[tuple[str, str], Route]] = {
        ("POST", "/hailuo/videos"): Route.SUBMIT,
        ("POST", "/hailuo/tasks"): Route.FETCH,
    }

    def __init__(
        self,
        renderer: Renderer,
        render_seconds: float = 3.0,
        *,
        token: str = "sandbox",  # noqa: S107
        unfinished: Unfinished = Unfinished.EMPTY,
        max_concurrency: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(renderer, render_seconds, clock)
        self.token = token
        self.unfinished = unfinished
        self.max_concurrency = max_concurrency

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The two paths of the contract."""
        router.add_post("/hailuo/videos", self._videos)
        router.add_post("/hailuo/tasks", self._tasks)

    def unknown_path(self, status: int) -> Refusal:
        """What the gateway says of an address it does not know."""
        return refusal(404, "no_api", "API does not exist, please make sure url is correct.")

    def _admit(self, request: web.Request) -> None:
        header = request.headers.get("Authorization", "")
        if not header:
            raise refusal(400, "no_token", "No token specified for the request.")
        if header != f"Bearer {self.token}":
            raise refusal(401, "invalid_token", "The specified token is invalid or wrong.")

    async def _videos(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        body = await read_object(request)
        check_request(body)
        if self.max_concurrency is not None and self.book.in_flight >= self.max_concurrency:
            raise refusal(429, "too_many_requests", "You have exceeded the rate limit.")
        # The contract has no size, length or last frame: the model decides them.
        wish = Wish(body["prompt"], body, base_url(request), first_url=body.get("first_image_url"))
        outcome = self.faults.for_task(json.dumps(body, ensure_ascii=False))
        task = self.book.begin(wish, COST, outcome, self._announce)
        if body.get("async") or body.get("callback_url"):
            return web.json_response({"task_id": task.task_id, "trace_id": task.trace_id})
        await task.ended.wait()
        status = STATUS_OF_FAILURE.get(task.failure.code, 500) if task.failure and not task.failure.state else 200
        return web.json_response(self.envelope(task), status=status)

    def envelope(self, task: Task) -> dict[str, Any]:
        """What a held reply, a callback and a finished task's `response` have in common."""
        ids = {"task_id": task.task_id, "trace_id": task.trace_id}
        if task.failure is not None and not task.failure.state:
            error = {"code": task.failure.code, "message": task.failure.text}
            return {"success": False, "error": error, **ids}
        state = task.outcome.state or ("succeeded" if task.finished_at is not None else "processing")
        return {"success": True, **ids, "data": [self._clip(task, state)]}

    def _clip(self, task: Task, state: str) -> dict[str, Any]:
        body = task.wish.body
        clip: dict[str, Any] = {
            "id": uuid.uuid5(uuid.NAMESPACE_OID, task.task_id).hex[:26],
            "model": body.get("model", MODELS[0]),
            "prompt": task.wish.prompt,
            "first_image_url": body.get("first_image_url"),
            "state": state,
        }
        done = task.phase(self.book.clock()) is Phase.COMPLETED
        if done and task.outcome.ending is not Ending.WITHOUT_URL:
            clip["video_url"] = task.clip_url
        return clip

    def describe(self, task: Task) -> dict[str, Any]:
        """A task as /hailuo/tasks shows it."""
        described: dict[str, Any] = {
            "_id": task.task_id.replace("-", "")[:24],
            "id": task.task_id,
            "trace_id": task.trace_id,
            "created_at": task.submitted_at,
            "started_at": task.submitted_at,
            "request": dict(task.wish.body),
        }
        if task.finished_at is None:
            return described | self._unfinished(task)
        envelope = self.envelope(task)
        described["response"] = json.dumps(envelope) if self.unfinished is Unfinished.JSON_TEXT else envelope
        # Their SDK's test of a failed task has neither of the two.
        if task.failure is None:
            described |= {"finished_at": task.finished_at, "elapsed": task.finished_at - task.submitted_at}
        return described

    def _unfinished(self, task: Task) -> dict[str, Any]:
        match self.unfinished:
            case Unfinished.ABSENT:
                return {}
            case Unfinished.NULL:
                return {"response": None}
            case Unfinished.SUCCESS_PROCESSING:
                ids = {"task_id": task.task_id, "trace_id": task.trace_id}
                return {"response": {"success": True, **ids, "data": [self._clip(task, "processing")]}}
        return {"response": {}}

    async def _tasks(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        body = await read_object(request)
        for name in sorted(set(body) - TASK_FIELDS):
            raise bad_request(f"{name} is not supported.")
        if body.get("action") == "retrieve":
            return web.json_response(self._one(body.get("id")))
        if body.get("action") != "retrieve_batch":
            raise bad_request("action is invalid.")
        ids = body.get("ids")
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise bad_request("ids is invalid.")
        items = [self.describe(self.tasks[one]) for one in ids if one in self.tasks]
        return web.json_response({"items": items, "count": len(items)})

    def _one(self, task_id: Any) -> dict[str, Any]:
        if not isinstance(task_id, str) or not task_id:
            raise bad_request("id is required.")
        if task_id not in self.tasks:
            raise refusal(404, "not_found", "Task does not exist.")
        return self.describe(self.tasks[task_id])

    async def _announce(self, task: Task) -> None:
        url = task.wish.body.get("callback_url")
        if url is None:
            return
        assert self.book.session is not None
        taken = await call_back(self.book.session, url, self.envelope(task))
        task.hook_status = "delivered" if taken else "failed"
