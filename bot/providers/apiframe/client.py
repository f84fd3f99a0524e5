"""Apiframe v2, model hailuo-02: its URLs and what is sent to them.

`build_*` and `parse_*` are pure; the class only moves bytes. How a job reads is in jobs.py, which pages of the job list
are read in job_list.py, what an error means in errors.py; how connections fail belongs to http.py. The source of every
wire fact is Apiframe's openapi.json 2.0.0 unless a comment names another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, SecretStr, ValidationError

from bot.errors import OutcomeUnknown, ProviderBusy, RequestRejected
from bot.models import FailureCode, Resolution
from bot.providers.apiframe.errors import is_own, parse_error
from bot.providers.apiframe.job_list import MODEL, PAGE, JobList
from bot.providers.apiframe.jobs import parse_job
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState
from bot.providers.http import SUBMIT, JsonClient
from bot.providers.reading.fields import amount, http_url, task_id_of
from bot.providers.refusals.prompts import Prompts
from bot.providers.single_queries import ask_singly

CAPABILITIES = Capabilities(
    name="apiframe",
    title="Apiframe",
    resolutions=frozenset(Resolution),
    durations=frozenset({6, 10}),
    last_frame=True,
    optimize_prompt=True,
    idempotent=True,
    uploads=True,
    batch=PAGE,
    average_seconds=180.0,  # Apiframe's product page of Hailuo 02
    link_seconds=24 * 3600.0,  # "default 24h retention" at Job.expired
)


class _Accepted(BaseModel):
    jobId: str  # noqa: N815 - the provider's spelling
    status: str


class _Upload(BaseModel):
    url: str


def build_submission(submission: Submission) -> dict[str, object]:
    """The body of POST /v2/videos/generate; only what was asked for, because unknown keys may be refused."""
    params: dict[str, object] = {}
    if submission.resolution is not None:
        params["resolution"] = submission.resolution.value
    # The product page does not list `duration` and 6 is its default, so only 10 is ever sent.
    if submission.duration_seconds == 10:
        params["duration"] = 10
    if submission.optimize_prompt is not None:
        params["prompt_optimizer"] = submission.optimize_prompt
    if submission.first_image_url is not None:
        params["image"] = submission.first_image_url
    if submission.last_image_url is not None:
        params["end_image"] = submission.last_image_url
    body: dict[str, object] = {"model": MODEL, "prompt": submission.prompt}
    if submission.webhook_url is not None:
        # The product page says `webhook_url`; the specification is strict, and says this.
        body |= {"webhookUrl": submission.webhook_url, "webhookEvents": ["completed", "failed"]}
    return body | {"hailuoParams": params} if params else body


def parse_accepted(body: object, prompts: Iterable[str] = ()) -> RemoteTask:
    """The task of a 202; never a finished one, because a replay of an old key gives a status without a result."""
    try:
        accepted = _Accepted.model_validate(body)
    except ValidationError:
        # An error in a 202 is one where its words are clear, and leaves all open where they are not.
        raise parse_error(202, body, None, prompts=prompts) from None
    task_id = task_id_of(accepted.jobId)
    if task_id is None:
        raise OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN, "accepted without a usable job id")
    waiting = accepted.status.upper() == "QUEUED"
    return RemoteTask(task_id, TaskState.WAITING if waiting else TaskState.RUNNING)


def parse_upload(body: object) -> str:
    """The link of a 201 of POST /v2/uploads."""
    try:
        url = http_url(_Upload.model_validate(body).url)
    except ValidationError:
        url = None
    if url is None:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "upload answered without a link")
    return url


def parse_balance(body: object) -> float:
    """The credits of the team that GET /v2/me tells of."""
    team = body.get("team") if isinstance(body, dict) else None
    credits_ = amount(team.get("credits")) if isinstance(team, dict) else None
    if credits_ is None:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "an account without a readable balance")
    return credits_


class Apiframe:
    """VideoProvider for Apiframe; must be made inside a running event loop unless a session is given."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        api_url: str,
        api_key: SecretStr,
        session: aiohttp.ClientSession | None = None,
        *,
        submit_timeout: aiohttp.ClientTimeout = SUBMIT,
    ) -> None:
        self._client = JsonClient(api_url, "X-API-Key", api_key, session)
        self._submit_timeout = submit_timeout
        self._prompts = Prompts()
        self._list = JobList(self._client, self._prompts.of)

    async def submit(self, submission: Submission) -> RemoteTask:
        """Start a task; repeated within 24 h with the same job id it gives the first one back.

        A refusal that names the webhook starts nothing: it is sent again without, and found by polling.
        """
        try:
            return await self._submit(submission)
        except RequestRejected as error:
            if submission.webhook_url is None or "webhook" not in error.detail.lower():
                raise
            return await self._submit(replace(submission, webhook_url=None))

    async def _submit(self, submission: Submission) -> RemoteTask:
        reply = await self._client.post(
            "/v2/videos/generate",
            build_submission(submission),
            effect=True,
            headers={"Idempotency-Key": submission.job_id},
            timeout=self._submit_timeout,
        )
        prompts = (submission.prompt,)
        if not reply.ok:
            raise parse_error(reply.status, reply.body, reply.retry_after, prompts=prompts)
        task = parse_accepted(reply.body, prompts)
        self._prompts.remember(task.task_id, submission.prompt)
        self._list.watch([task.task_id])
        return task

    async def fetch(self, task_ids: Sequence[str]) -> dict[str, RemoteTask]:
        """One task by its own address, several from pages of the job list, and what these lack one by one."""
        wanted = list(dict.fromkeys(task_ids))
        if len(wanted) == 1:
            return await ask_singly(wanted, self._one)
        missing = set(wanted)
        found = await self._list.find(missing)
        return await ask_singly([key for key in wanted if key in missing], self._one, found) if missing else found

    async def upload(self, image: bytes, content_type: str) -> str:
        """Store an image for an hour or two; the name is neutral, the type is sniffed by Apiframe."""
        reply = await self._client.send_file("/v2/uploads", "file", image, "frame", content_type)
        if reply.ok:
            return parse_upload(reply.body)
        error = parse_error(reply.status, reply.body, reply.retry_after, effect=False)
        if isinstance(error, RequestRejected) and error.code != FailureCode.MODERATION:
            # "No file, oversize, or unsupported file type"
            raise RequestRejected(FailureCode.IMAGE_REJECTED, error.detail)
        raise error

    async def balance(self) -> float:
        """What the team has left."""
        reply = await self._client.get("/v2/me")
        if not reply.ok:
            raise parse_error(reply.status, reply.body, reply.retry_after, effect=False)
        return parse_balance(reply.body)

    async def close(self) -> None:
        """Let go of the connections, if they are our own."""
        await self._client.close()

    async def _one(self, task_id: str) -> RemoteTask:
        reply = await self._client.get(f"/v2/jobs/{quote(task_id, safe='')}")
        if reply.status in {400, 404} and is_own(reply.body):  # not a UUID; not found, or another user's
            self._list.forget(task_id)
            return RemoteTask(task_id, TaskState.MISSING)
        if not reply.ok:
            raise parse_error(reply.status, reply.body, reply.retry_after, effect=False)
        task = parse_job(reply.body, self._prompts.of)
        if task.task_id != task_id:
            raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "answered about another job")
        if not task.under_way:
            self._list.forget(task_id)
        return task
