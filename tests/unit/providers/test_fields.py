"""Single fields, Retry-After, and asking one by one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from bot.errors import AccountProblem, ConfigurationError, ProviderBusy
from bot.models import FailureCode
from bot.providers.base import RemoteTask, TaskState
from bot.providers.fields import URL_LIMIT, clean_text, http_url, task_id_of
from bot.providers.http import JsonClient, parse_retry_after
from bot.providers.singly import AT_ONCE, ask_singly

NOW = 1_800_000_000.0


def date(offset: float) -> str:
    return format_datetime(datetime.fromtimestamp(NOW + offset, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("7", 7.0),
        (" 2.5 ", 2.5),
        ("0", 0.0),
        ("-5", 0.0),
        ("1e12", 300.0),
        ("inf", 300.0),
        (date(30), 30.0),
        (date(-30), 0.0),
        (date(86_400), 300.0),
        ("Sun, 06 Nov 99999 08:49:37 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    "url", ["https://a.b/c.mp4?x=1&y=%20", "http://127.0.0.1:9101/a.mp4", "https://[::1]/a", " https://a.b/c "]
)
def test_usable_links(url: str) -> None:
    assert http_url(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        None,
        5,
        "",
        "/a.mp4",
        "//a.b/c",
        "file:///etc/passwd",
        "https://",
        "https://[",
        "https://a.b:x/",
        "https://a b/",
        "https://a.b/\ud800",
        "https://a.b/" + "x" * URL_LIMIT,
    ],
)
def test_unusable_links(url: object) -> None:
    assert http_url(url) is None


@pytest.mark.parametrize("value", [None, 5, "", "../me", "a/b", "a b", "a\n", "ä", "x" * 129, "\ud800"])
def test_unusable_ids(value: object) -> None:
    assert task_id_of(value) is None


def test_clean_text_survives_anything() -> None:
    assert clean_text(b"x") == ""
    assert clean_text("\x00\u2028a\ud800  b\t") == "a b"
    assert len(clean_text("x" * 10_000_000)) == 200


@pytest.mark.parametrize("key", ["a\r\nX-Evil: 1", "schlüssel"])
def test_a_key_that_cannot_be_a_header_is_a_setting_to_change(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        JsonClient("https://api.example.com", "X-API-Key", SecretStr(key))
    assert key not in str(caught.value)


async def test_asking_singly_is_bounded_and_keeps_the_readable() -> None:
    under_way = most = 0

    async def ask(task_id: str) -> RemoteTask:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        if task_id == "7":
            raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, "unreadable")
        return RemoteTask(task_id, TaskState.WAITING)

    found = await ask_singly(map(str, range(20)), ask)
    assert most == AT_ONCE
    assert len(found) == 20
    assert (found["7"].state, found["7"].detail) == (TaskState.RUNNING, "unreadable")


@pytest.mark.parametrize(
    "error",
    [
        AccountProblem(FailureCode.PROVIDER_ACCOUNT),
        ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=9.0),
    ],
)
async def test_what_concerns_every_task_stops_the_asking(error: ProviderBusy | AccountProblem) -> None:
    asked = []

    async def ask(task_id: str) -> RemoteTask:
        asked.append(task_id)
        await asyncio.sleep(0)
        raise error

    with pytest.raises(type(error)):
        await ask_singly(map(str, range(100)), ask)
    assert len(asked) == AT_ONCE


async def test_no_answer_at_all_is_raised() -> None:
    async def ask(task_id: str) -> RemoteTask:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE)

    with pytest.raises(ProviderBusy):
        await ask_singly(["a", "b"], ask)
    assert await ask_singly([], ask) == {}
