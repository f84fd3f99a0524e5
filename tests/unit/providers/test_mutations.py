"""Whatever a provider sends: parsers raise ProviderError and nothing else, and every link can be asked for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ProviderError
from bot.providers.acedata import client as acedata
from bot.providers.acedata.errors import parse_error as acedata_error
from bot.providers.apiframe import client as apiframe
from bot.providers.apiframe import jobs as apiframe_jobs
from bot.providers.apiframe.errors import parse_error as apiframe_error
from bot.providers.base import RemoteTask, TaskState
from bot.providers.reading.fields import TEXT_LIMIT
from tests.unit.providers import samples

# Lone surrogates are legal in JSON ("\ud800") and poison for logs and databases.
TEXT = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["", "COMPLETED", "FAILED", "succeeded", "failed", "http://", "https://[", "https://a.b/c", "\ud800", "1" * 5000]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
KEYS = [
    "id",
    "jobId",
    "task_id",
    "status",
    "state",
    "result",
    "error",
    "success",
    "data",
    "response",
    "items",
    "expired",
]


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, the whole first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, item in inner for path in paths(item, (*here, key)))]


@st.composite
def mutated(draw: st.DrawFn, seeds: list[Any]) -> Any:
    """A documented sample with up to three places replaced, removed, or added to."""
    value = copy.deepcopy(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(paths(value)))
        if not path:
            if draw(st.booleans()) and isinstance(value, dict):
                value[draw(st.sampled_from(KEYS))] = draw(ANY_JSON)
            else:
                value = draw(ANY_JSON)
            continue
        parent = value
        for key in path[:-1]:
            parent = parent[key]
        if draw(st.booleans()):
            parent[path[-1]] = draw(ANY_JSON)
        else:
            del parent[path[-1]]
    return value


APIFRAME = [
    samples.AF_ACCEPTED,
    samples.AF_COMPLETED,
    samples.AF_COMPLETED_OLD,
    samples.AF_FAILED,
    samples.AF_LIST,
    samples.AF_UPLOAD,
    *(body for _, body in samples.AF_ERRORS),
]
ACEDATA = [
    samples.AD_ASYNC,
    samples.AD_HELD,
    samples.AD_GUIDE_ERROR,
    samples.ad_task(samples.AD_HELD),
    samples.ad_task({}),
    {"items": [samples.ad_task(samples.AD_HELD), samples.ad_task(samples.AD_GUIDE_ERROR)], "count": 2},
]


def check(task: RemoteTask) -> None:
    """What must hold of every task, whatever it was read from."""
    if task.video_url is not None:
        assert task.state is TaskState.SUCCEEDED
        assert urlsplit(task.video_url).scheme in {"http", "https"}
        assert urlsplit(task.video_url).hostname
        task.video_url.encode("ascii")
    linkless = task.state is TaskState.SUCCEEDED and task.video_url is None
    assert (task.failure is not None) == (task.state is TaskState.FAILED or linkless)
    assert task.progress is None or 0 <= task.progress <= 100
    assert len(task.detail) <= TEXT_LIMIT
    f"{task.task_id}{task.detail}".encode()


class Everybody:
    """A place where every task is ours."""

    def __contains__(self, _task_id: object) -> bool:
        return True


def parse_any_list(body: Any) -> apiframe_jobs.JobPage:
    return apiframe_jobs.parse_job_list(body, Everybody())


def tasks_of(parse: Callable[[Any], Any], body: Any) -> list[RemoteTask]:
    """What a parser makes of it; ProviderError is an answer too."""
    try:
        read = parse(body)
    except ProviderError as error:
        error.detail.encode()
        return []
    if isinstance(read, apiframe_jobs.JobPage):
        return list(read.tasks.values())
    if isinstance(read, dict):
        return list(read.values())
    return [read] if isinstance(read, RemoteTask) else []


@pytest.mark.parametrize(
    "parse", [apiframe.parse_accepted, apiframe_jobs.parse_job, parse_any_list, apiframe.parse_upload]
)
@settings(max_examples=100, deadline=None)
@given(body=mutated(APIFRAME))
def test_apiframe(parse: Callable[[Any], Any], body: Any) -> None:
    for task in tasks_of(parse, body):
        check(task)


@pytest.mark.parametrize("parse", [acedata.parse_submitted, acedata.parse_task, acedata.parse_batch])
@settings(max_examples=100, deadline=None)
@given(body=mutated(ACEDATA))
def test_acedata(parse: Callable[[Any], Any], body: Any) -> None:
    for task in tasks_of(parse, body):
        check(task)


@settings(max_examples=100, deadline=None)
@given(body=mutated(APIFRAME + ACEDATA), status=st.integers(100, 599), effect=st.booleans())
def test_errors_are_always_provider_errors(body: Any, status: int, effect: bool) -> None:
    for error in (
        apiframe_error(status, body, None, effect=effect),
        acedata_error(status, body, None, effect=effect),
    ):
        assert isinstance(error, ProviderError)
        assert len(error.detail) <= TEXT_LIMIT + 10
        str(error).encode()
