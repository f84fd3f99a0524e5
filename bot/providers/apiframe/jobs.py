"""Apiframe's jobs: how one reads, alone or on a page of the list. Pure; the source is its openapi.json 2.0.0."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from bot.errors import ProviderBusy
from bot.models import FailureCode
from bot.providers.base import RemoteTask, TaskState
from bot.providers.reading.fields import cost, http_url, percent, seconds_between, task_id_of
from bot.providers.reading.links import clip_link
from bot.providers.reading.states import DONE, FAILED, state_word
from bot.providers.refusals.complaints import complaint_of, prompts_in
from bot.providers.refusals.minimax import read_failure

PromptsOf = Callable[[str], Iterable[str]]


# As the specification spells them: most of what is ever read.
_UNDER_WAY = {"QUEUED": TaskState.WAITING, "PROCESSING": TaskState.RUNNING}
_RESULT = {"videoUrl"}


class _JobList(BaseModel):
    jobs: list[object]
    nextCursor: str | None = None  # noqa: N815 - the provider's spelling
    hasMore: bool = False  # noqa: N815 - the provider's spelling


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of the job list: all ids, newest first; our tasks, and which of them are not under way any more.

    `oldest` says when its last job was made; `cursor` is None on the last page.
    """

    listed: Sequence[str]
    tasks: Mapping[str, RemoteTask]
    ended: Sequence[str]
    oldest: str
    cursor: str | None


def parse_job(body: object, prompts_of: PromptsOf = lambda _task_id: ()) -> RemoteTask:
    """One job of GET /v2/jobs/{id} or of the list; a status we do not know counts as still running.

    COMPLETED without a link is finished all the same: the link may be there at the next look. `expired` says that a
    link may answer 404 by now; it is tried.
    """
    if not isinstance(body, dict) or not isinstance(status := body.get("status"), str):
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable job")
    task_id = task_id_of(body.get("id"))
    if task_id is None:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "a job without a usable id")
    # All else is typed in the specification too, but nothing depends on it: a surprise there must not lose the rest.
    return _read(task_id, status, body, prompts_of)


def _read(task_id: str, status: str, job: Mapping[str, object], prompts_of: PromptsOf) -> RemoteTask:
    """A job whose id and status are known to be usable."""
    status = state_word(status)
    if status in DONE:
        task = RemoteTask.finished(task_id, _link(job.get("result")), progress=100)
        return task._replace(seconds=_seconds(job), cost=cost(job.get("creditCost")))
    if status in FAILED:
        complaint = complaint_of(job, [*prompts_of(task_id), *prompts_in(job.get("input"))])
        failure = read_failure(complaint) or FailureCode.PROVIDER_FAILED
        detail = complaint.detail or status.upper()
        task = RemoteTask(task_id, TaskState.FAILED, failure=failure, detail=detail)
        return task._replace(seconds=_seconds(job), cost=cost(job.get("creditCost")))
    state = TaskState.WAITING if status == "queued" else TaskState.RUNNING
    return RemoteTask(task_id, state, percent(job.get("progress")))


def _seconds(job: Mapping[str, object]) -> float | None:
    return seconds_between(job.get("createdAt"), job.get("completedAt"))


def _link(result: object) -> str | None:
    """Of {"videoUrl"} today, {"videos": []} for other models, a bare string in the older docs."""
    if isinstance(result, dict) and result.keys() == _RESULT and (url := http_url(result["videoUrl"])):
        return url
    return clip_link(result)


def parse_job_list(body: object, ours: Container[str], prompts_of: PromptsOf = lambda _task_id: ()) -> JobPage:
    """One page of GET /v2/jobs: the tasks on it that are `ours`; one that cannot be read is left out, not the page."""
    try:
        page = _JobList.model_validate(body)
    except ValidationError:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable job list") from None
    tasks: dict[str, RemoteTask] = {}
    listed, ended = [], []
    for job in page.jobs:
        if not isinstance(job, dict) or not isinstance(task_id := job.get("id"), str):
            continue
        listed.append(task_id)
        if task_id not in ours or not isinstance(status := job.get("status"), str):
            continue
        if (state := _UNDER_WAY.get(status)) is not None:  # as with nearly all
            tasks[task_id] = RemoteTask(task_id, state, percent(job.get("progress")))
            continue
        tasks[task_id] = _read(task_id, status, job, prompts_of)
        if not tasks[task_id].under_way:
            ended.append(task_id)
    last = page.jobs[-1] if page.jobs else None
    oldest = str(last.get("createdAt", "")) if isinstance(last, dict) else ""
    return JobPage(listed, tasks, ended, oldest, page.nextCursor if page.hasMore and page.nextCursor else None)
