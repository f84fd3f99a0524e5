"""Apiframe's jobs: how one reads, alone or on a page of the list. Pure; the source is its openapi.json 2.0.0."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from pydantic import BaseModel, ValidationError

from bot.errors import ProviderBusy
from bot.models import FailureCode
from bot.providers.base import RemoteTask, TaskState
from bot.providers.complaints import complaint_of, prompts_in
from bot.providers.fields import percent, seconds_between, task_id_of
from bot.providers.links import clip_link
from bot.providers.minimax import read_failure
from bot.providers.paging import TaskPage
from bot.providers.states import DONE, FAILED, state_word

PromptsOf = Callable[[str], Iterable[str]]


class _Job(BaseModel):
    id: str
    status: str
    # Typed in the specification, but nothing depends on them: a surprise in one must not lose the others.
    progress: object = None
    result: object = None
    input: object = None
    createdAt: object = None  # noqa: N815 - the provider's spelling
    completedAt: object = None  # noqa: N815 - the provider's spelling


class _JobList(BaseModel):
    jobs: list[object]
    nextCursor: str | None = None  # noqa: N815 - the provider's spelling
    hasMore: bool = False  # noqa: N815 - the provider's spelling


def parse_job(body: object, prompts_of: PromptsOf = lambda _task_id: ()) -> RemoteTask:
    """One job of GET /v2/jobs/{id} or of the list; a status we do not know counts as still running.

    COMPLETED without a link is finished all the same: the link may be there at the next look. `expired` says that a
    link may answer 404 by now; it is tried.
    """
    try:
        job = _Job.model_validate(body)
    except ValidationError:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable job") from None
    task_id = task_id_of(job.id)
    if task_id is None:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "a job without a usable id")
    status, seconds = state_word(job.status), seconds_between(job.createdAt, job.completedAt)
    if status in DONE:
        # {"videoUrl"} today, {"videos": []} for other models, a bare string in the older docs.
        return replace(RemoteTask.finished(task_id, clip_link(job.result), progress=100), seconds=seconds)
    if status in FAILED:
        complaint = complaint_of(body, [*prompts_of(task_id), *prompts_in(job.input)])
        failure = read_failure(complaint) or FailureCode.PROVIDER_FAILED
        detail = complaint.detail or status.upper()
        return RemoteTask(task_id, TaskState.FAILED, failure=failure, detail=detail, seconds=seconds)
    return RemoteTask(task_id, TaskState.WAITING if status == "queued" else TaskState.RUNNING, percent(job.progress))


def parse_job_list(body: object, prompts_of: PromptsOf = lambda _task_id: ()) -> TaskPage:
    """One page of GET /v2/jobs; a job that cannot be read is left out, not the page."""
    try:
        page = _JobList.model_validate(body)
    except ValidationError:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable job list") from None
    tasks = {}
    for item in page.jobs:
        try:
            task = parse_job(item, prompts_of)
        except ProviderBusy:
            continue
        tasks[task.task_id] = task
    return TaskPage(tasks, page.nextCursor if page.hasMore and page.nextCursor else None)
