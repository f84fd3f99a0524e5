"""A stand-in for Apiframe v2, as strict as its published contract. What it accepts is in apiframe_request.

Sources: openapi.json of apiframe-ai/apiframe-nodejs-sdk @9f9b464, that SDK's src/, apiframe.ai/docs/jobs/get.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web

from sandbox.drawing.render import Renderer
from sandbox.providers.apiframe_request import MODEL, check_request
from sandbox.providers.catalogue import APIFRAME_ERRORS
from sandbox.providers.faults import EXPIRED_ENDINGS, Ending, Fault, Route
from sandbox.providers.hooks import call_back
from sandbox.providers.listing import Key, is_uuid, page
from sandbox.providers.standin import Refusal, StandIn, base_url
from sandbox.providers.tasks import Phase, Task, Wish
from sandbox.providers.uploads import UploadShelf, iso

# The specification's other door is a dashboard session; any client of the API proper uses X-API-Key.
DASHBOARD_JWT = "sandbox.dashboard.session"
CREDITS = {(768, 6): 5, (768, 10): 8, (1080, 6): 10}
IDEMPOTENCY_SECONDS = 24 * 3600
PROGRESS_SHARES = (0.25, 0.5, 0.75)
USER_ID, TEAM_ID, KEY_ID = (str(uuid.uuid5(uuid.NAMESPACE_URL, f"sandbox/{what}")) for what in ("user", "team", "key"))


@dataclass(frozen=True, slots=True)
class Replay:
    """What an Idempotency-Key stands for."""

    body: str
    task_id: str
    at: float


class Apiframe(StandIn):
    """Apiframe v2 for one key; `credits` is the balance, `webhook_copies` how often each event is sent."""

    catalogue: ClassVar[Mapping[str, Fault]] = APIFRAME_ERRORS
    routes_of: ClassVar[Mapping[tuple[str, str], Route]] = {
        ("POST", "/v2/videos/generate"): Route.SUBMIT,
        ("GET", "/v2/jobs"): Route.FETCH,
        ("POST", "/v2/uploads"): Route.UPLOAD,
    }

    def __init__(
        self,
        renderer: Renderer,
        render_seconds: float = 3.0,
        *,
        key: str = "afk_sandbox",
        credits: int = 1_000_000,
        webhook_copies: int = 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(renderer, render_seconds, clock)
        self.key = key
        self.shelf = UploadShelf(clock)
        self._granted = credits
        self._webhook_copies = webhook_copies
        self._replays: dict[str, Replay] = {}
        self._keys: dict[str, Key] = {}

    @property
    def credits(self) -> int:
        """What is left of the balance."""
        return self._granted - sum(charge.credits for charge in self.charges)

    def top_up(self, credits: int) -> None:
        """Somebody pays in, or with a negative number spends elsewhere."""
        self._granted += credits

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The paths of the contract that concern video generation."""
        router.add_post("/v2/videos/generate", self._generate)
        router.add_get("/v2/jobs", self._list)
        router.add_get("/v2/jobs/{id}", self._get)
        router.add_get("/v2/me", self._me)
        router.add_get("/v2/models", self._models)
        router.add_post("/v2/uploads", self._upload)
        router.add_get("/uploads/{name}", self.shelf.serve)

    def unknown_path(self, status: int) -> Refusal:
        """Plain words in the usual envelope."""
        return Refusal(status, {"error": "Payload too large" if status == 413 else "Not found"})

    def answer_headers(self) -> dict[str, str]:
        """The id that the SDK shows in its errors."""
        return {"x-request-id": str(uuid.uuid4())}

    def _admit(self, request: web.Request) -> bool:
        """Whether the caller came with the API key rather than a dashboard session; raises Refusal for neither."""
        if "X-API-Key" in request.headers:
            if request.headers["X-API-Key"] != self.key:
                raise Refusal(401, {"error": "Invalid API key"})
            return True
        if request.headers.get("Authorization") == f"Bearer {DASHBOARD_JWT}":
            return False
        raise Refusal(401, {"error": "API key is required"})

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        try:
            body = json.loads(await request.text())
        except (ValueError, RecursionError) as error:
            raise Refusal(400, {"error": "Invalid JSON"}) from error
        if details := check_request(body):
            raise Refusal(400, {"error": "Validation failed", "details": details})
        key = request.headers.get("Idempotency-Key")
        if key is not None and (task := self._replayed(key, body)):
            # JobAccepted has no CANCELLED.
            status = self._status(task).replace("CANCELLED", "FAILED")
            return web.json_response({"jobId": task.task_id, "status": status}, status=202)
        task = self._begin(body, base_url(request))
        if key is not None:
            self._replays[key] = Replay(json.dumps(body, sort_keys=True), task.task_id, task.submitted_at)
        return web.json_response({"jobId": task.task_id, "status": "QUEUED"}, status=202)

    def _replayed(self, key: str, body: Any) -> Task | None:
        if len(key) > 255:
            details = {"Idempotency-Key": ["String must contain at most 255 character(s)"]}
            raise Refusal(400, {"error": "Validation failed", "details": details})
        known = self._replays.get(key)
        if known is None or self.book.clock() - known.at > IDEMPOTENCY_SECONDS:
            return None
        if known.body != json.dumps(body, sort_keys=True):
            raise Refusal(409, {"error": "Idempotency key was used with a different request"})
        return self.tasks[known.task_id]

    def _begin(self, body: Mapping[str, Any], base: str) -> Task:
        params = body.get("hailuoParams", {})
        seconds, short_side = int(params.get("duration", 6)), int(params.get("resolution", "768p")[:-1])
        cost = CREDITS[short_side, seconds]
        if cost > self.credits:
            numbers = {"creditsRequired": cost, "creditsAvailable": max(0, self.credits)}
            raise Refusal(402, {"error": "Insufficient credits", **numbers})
        wish = Wish(body["prompt"], body, base, seconds, short_side, params.get("image"), params.get("end_image"))
        task = self.book.begin(wish, cost, self.faults.for_task(json.dumps(body, ensure_ascii=False)), self._announce)
        if "webhookUrl" in body:
            task.hook_status = "pending"
            self.book.spawn(self._announce_progress(task))
        return task

    def _status(self, task: Task) -> str:
        phase = task.phase(self.book.clock())
        ended = phase in (Phase.COMPLETED, Phase.FAILED)
        return task.outcome.state if ended and task.outcome.state else str(phase.value).upper()

    def _error(self, task: Task) -> str | None:
        if task.failure is None or not task.failure.text:
            return None
        refused = task.failure is not task.outcome
        return f"Provider returned an error: {task.failure.text}" if refused else task.failure.text

    def _result(self, task: Task) -> Any:
        if task.finished_at is None or task.failure is not None:
            return None
        if task.outcome.ending is Ending.WITHOUT_URL:
            return {}
        return task.clip_url if task.outcome.ending is Ending.BARE_URL else {"videoUrl": task.clip_url}

    def describe(self, task: Task) -> dict[str, Any]:
        """A job as JobList shows it."""
        return {
            "id": task.task_id,
            "status": self._status(task),
            "model": MODEL,
            "progress": task.progress(self.book.clock()),
            "result": self._result(task),
            "error": self._error(task),
            "creditCost": 0 if task.failure is not None else task.cost,
            "webhookStatus": task.hook_status,
            "createdAt": iso(task.submitted_at),
            "completedAt": iso(task.finished_at) if task.finished_at is not None else None,
            "expired": task.finished_at is not None and task.outcome.ending in EXPIRED_ENDINGS,
        }

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        if not is_uuid(request.match_info["id"]):
            raise Refusal(400, {"error": "Invalid job id"})
        task = self.tasks.get(request.match_info["id"].lower())
        if task is None:
            raise Refusal(404, {"error": "Job not found"})
        asked = {"prompt": task.wish.prompt} | dict(task.wish.body.get("hailuoParams", {}))
        return web.json_response(self.describe(task) | {"input": asked})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        for task_id in self.tasks.keys() - self._keys.keys():
            self._keys[task_id] = iso(self.tasks[task_id].submitted_at), task_id
        keys = sorted(self._keys[task_id] for task_id in self.tasks)
        return web.json_response(page(keys, lambda task_id: self.describe(self.tasks[task_id]), request.query))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        return web.json_response(await self.shelf.save(request), status=201)

    async def _me(self, request: web.Request) -> web.StreamResponse:
        with_key = self._admit(request)
        team = {"id": TEAM_ID, "name": "Sandbox", "credits": max(0, self.credits), "plan": "pro", "customerId": None}
        api_key = {"id": KEY_ID, "name": "sandbox", "prefix": self.key[:8]} if with_key else None
        user = {"id": USER_ID, "email": "owner@example.com", "role": "OWNER"}
        return web.json_response({"user": user, "team": team, "apiKey": api_key})

    async def _models(self, request: web.Request) -> web.StreamResponse:
        modality = request.query.get("modality", "video")
        if modality not in ("image", "video", "music"):
            raise Refusal(400, {"error": "Invalid query parameters", "details": {"modality": ["Invalid enum value"]}})
        entry = {
            "id": MODEL,
            "label": "Hailuo 02",
            "modality": "video",
            "pricingMode": "flat",
            "costMin": 5,
            "costMax": 10,
        }
        return web.json_response({"models": [entry] if modality == "video" else []})

    async def _announce(self, task: Task) -> None:
        job = self.describe(task)
        if task.failure is not None:
            shown = {name: job[name] for name in ("status", "error", "model")}
            await self._send(task, "failed", shown)
        else:
            names = ("status", "progress", "result", "model", "creditCost", "completedAt")
            await self._send(task, "completed", {name: job[name] for name in names})

    async def _announce_progress(self, task: Task) -> None:
        for _ in PROGRESS_SHARES:
            await asyncio.sleep(task.render_seconds / (len(PROGRESS_SHARES) + 1))
            job = self.describe(task)
            await self._send(task, "progress", {name: job[name] for name in ("status", "progress", "model")})

    async def _send(self, task: Task, event: str, shown: Mapping[str, Any]) -> None:
        body = task.wish.body
        if "webhookUrl" not in body or event not in body.get("webhookEvents", ("completed", "failed")):
            return
        assert self.book.session is not None
        payload = {"event": event, "jobId": task.task_id, **shown}
        for _ in range(self._webhook_copies):
            taken = await call_back(self.book.session, body["webhookUrl"], payload, sign_with=self.key)
        if event != "progress":
            task.hook_status = "delivered" if taken else "failed"
