"""Single fields, Retry-After, and asking one by one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import AccountProblem, ConfigurationError, ProviderBusy
from bot.models import FailureCode
from bot.providers.base import RemoteTask, TaskState
from bot.providers.http import JsonClient
from bot.providers.reading.fields import URL_LIMIT, clean_text, http_url, task_id_of
from bot.providers.retry_after import RETRY_AFTER_ABSURD, RETRY_AFTER_LIMIT, parse_retry_after, retry_after_of
from bot.providers.single_queries import AT_ONCE, ask_singly

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
        ("896", 896.0),
        ("7200", 7200.0),
        ("86400", RETRY_AFTER_LIMIT),
        ("999999999", RETRY_AFTER_ABSURD),
        ("1e12", RETRY_AFTER_ABSURD),
        ("inf", RETRY_AFTER_ABSURD),
        ("-inf", 0.0),
        (date(30), 30.0),
        (date(-30), 0.0),
        (date(7200), 7200.0),
        (date(30 * 365 * 86_400), RETRY_AFTER_ABSURD),
        ("Sun, 06 Nov 99999 08:49:37 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize("ahead", [-86_400.0, 0.0, 86_400.0])
def test_a_date_counts_from_the_answers_own(ahead: float) -> None:
    """Whatever our clock says: it may be a day off."""
    headers = {"Retry-After": date(90), "Date": date(0)}
    assert retry_after_of(headers, None, NOW + ahead) == 90.0


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({}, {"error": "x", "retry_after": 30}, 30.0),
        ({}, {"error": {"code": "x", "retryAfter": 12.5}}, 12.5),
        ({}, {"error": "x", "details": {"retry-after-seconds": 3}}, 3.0),
        ({}, {"retry_after": 10**12}, RETRY_AFTER_ABSURD),
        ({}, {"retry_after": 10**400}, RETRY_AFTER_ABSURD),
        ({}, {"retry_after": float("nan")}, None),
        ({}, {"progress": 10**400, "retry_after": 4}, 4.0),
        ({}, {"retry_after": "soon"}, None),
        ({}, {"retry_after": True}, None),
        ({}, "retry_after: 5", None),
        ({"Retry-After": "7"}, {"retry_after": 30}, 7.0),
    ],
)
def test_a_body_may_say_how_long(headers: dict[str, str], body: object, seconds: float | None) -> None:
    assert retry_after_of(headers, body, NOW) == seconds


@pytest.mark.parametrize(
    "url",
    [
        "https://a.b/c.mp4?x=1&y=%20",
        "http://127.0.0.1:9101/a.mp4",
        "https://[::1]/a",
        " https://a.b/c ",
        "https://a.b/(1)'!*~;,=@.mp4?sig=a%2Fb+c==&e=1",
        "https://a.b/" + "x" * 5000,
    ],
)
def test_a_legal_link_is_kept_as_it_is(url: str) -> None:
    assert http_url(url) == url.strip()


@given(
    st.sampled_from(["http://", "https://", "ftp://", "HTTP://"]),
    st.text("ab.-:[]@1890 é", max_size=8),
    st.text("/a1?#%2fF&=[]{} é\\.:@\n", max_size=12),
)
def test_a_link_that_needs_no_change_is_told_at_once(scheme: str, host: str, rest: str) -> None:
    """With a space before it a link is taken to pieces, whatever it is."""
    assert http_url(scheme + host + rest) == http_url(" " + scheme + host + rest)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.b/my clip.mp4?t=1 2", "https://a.b/my%20clip.mp4?t=1%202"),
        ("https://a.b/影片.mp4", "https://a.b/%E5%BD%B1%E7%89%87.mp4"),
        ('https://a.b/<c>{d}|e^`"\\.mp4', "https://a.b/%3Cc%3E%7Bd%7D%7Ce%5E%60%22%5C.mp4"),
        ("https://a.b/50%.mp4", "https://a.b/50%25.mp4"),
        ("https://a.b/a\n  b.mp4", "https://a.b/a%20%20b.mp4"),
        ("HTTPS://A.b/c", "https://A.b/c"),
        ("https://例え.jp/c", "https://xn--r8jz45g.jp/c"),
    ],
)
def test_a_link_is_encoded_once(url: str, kept: str) -> None:
    assert http_url(url) == kept
    assert http_url(kept) == kept


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
        "https://a.b\\c.mp4",
        "https://good.example\\@evil.example/",
        "https:/a.b/c",
        "https://a.b:0/",
        "https://a.b:99999/",
        "https://a.b/\x00",
        "javascript:alert(1)",
        "a.b/c.mp4",
        "https://" + "é" * 300 + ".b/",
        "https://a.b/" + "é" * (URL_LIMIT // 2),
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


async def test_an_account_that_is_answered_elsewhere_is_well() -> None:
    async def ask(task_id: str) -> RemoteTask:
        if task_id == "theirs":
            raise AccountProblem(FailureCode.PROVIDER_ACCOUNT, "403 not yours")
        return RemoteTask(task_id, TaskState.WAITING)

    found = await ask_singly(["theirs", "ours"], ask)
    assert {key: task.state for key, task in found.items()} == {"theirs": TaskState.RUNNING, "ours": TaskState.WAITING}


async def test_what_was_found_goes_with_a_request_to_wait() -> None:
    async def ask(task_id: str) -> RemoteTask:
        if task_id == "b":
            raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=9.0)
        return RemoteTask(task_id, TaskState.WAITING)

    known = {"k": RemoteTask("k", TaskState.RUNNING)}
    with pytest.raises(ProviderBusy) as caught:
        await ask_singly(["a", "b"], ask, known)
    assert sorted(caught.value.found) == ["a", "k"]


async def test_no_answer_at_all_is_raised() -> None:
    async def ask(task_id: str) -> RemoteTask:
        raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE)

    with pytest.raises(ProviderBusy):
        await ask_singly(["a", "b"], ask)
    assert await ask_singly([], ask) == {}
