"""The providers' JSON client over real sockets: what every kind of bad connection and bad reply becomes."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import tracemalloc
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.errors import AccountProblem, OutcomeUnknown, ProviderBusy, ProviderError
from bot.providers.http import BODY_LIMIT, JsonClient, Reply, open_session
from tests.unit.providers.loopback import Answer, serve, serve_raw

KEY = "afk_a_secret_that_must_not_leak"
QUICK = aiohttp.ClientTimeout(total=0.4, connect=0.2)


async def post(url: str, *, effect: bool, timeout: aiohttp.ClientTimeout = QUICK) -> Reply:
    client = JsonClient(url, "X-API-Key", SecretStr(KEY))
    try:
        return await client.post("/v2/videos/generate", {"prompt": "a cat"}, effect=effect, timeout=timeout)
    finally:
        await client.close()


async def ask(answer: Answer, *, effect: bool = False) -> Reply:
    async with serve(answer) as url:
        return await post(url, effect=effect)


def reply_with(body: bytes | str, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        raw = body.encode() if isinstance(body, str) else body
        return web.Response(body=raw, status=status, headers=headers)

    return answer


@pytest.fixture(autouse=True)
def no_key_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG, logger="bot")
    yield
    assert KEY not in caplog.text


async def test_a_request_carries_the_key_and_nothing_else() -> None:
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        assert await request.json() == {"prompt": "a cat"}
        response = web.json_response({"jobId": "j"}, status=202)
        response.set_cookie("tracking", "yes")
        return response

    async with serve(answer) as url:
        # By name, because aiohttp's ordinary cookie jar ignores bare addresses.
        client = JsonClient(url.replace("127.0.0.1", "localhost") + "/", "X-API-Key", SecretStr(KEY + "\n"))
        for _ in range(2):
            reply = await client.post(
                "/v2/videos/generate", {"prompt": "a cat"}, effect=True, headers={"Idempotency-Key": "j"}
            )
        await client.close()
    assert reply == Reply(202, None, {"jobId": "j"})
    assert (seen[1].path, seen[1].headers["X-API-Key"]) == ("/v2/videos/generate", KEY)
    assert seen[1].headers["Idempotency-Key"] == "j"
    assert "Cookie" not in seen[1].headers


async def test_a_shared_session_stays_open() -> None:
    async with open_session() as session, serve(reply_with("{}")) as url:
        client = JsonClient(url, "X-API-Key", SecretStr(KEY), session)
        await client.get("/v2/me")
        await client.close()
        assert not session.closed


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert (await ask(reply_with("{}"))).ok


# -- before the request is sent: certainly not started -------------------------------------------------------------


@pytest.mark.parametrize("effect", [True, False])
async def test_a_closed_port_is_busy(effect: bool) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(ProviderBusy):
            await post(f"http://127.0.0.1:{free.getsockname()[1]}", effect=effect)


async def test_an_unknown_host_is_busy() -> None:
    with pytest.raises(ProviderBusy):
        await post("http://no-such-host.invalid", effect=True, timeout=aiohttp.ClientTimeout(total=10))


# -- after it was sent: unknown with effect, busy without ----------------------------------------------------------


async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 202 Accepted\r\nContent-Length: 500\r\n\r\n{"jobId":')
    await writer.drain()


async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    for _ in range(100):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        writer.write(b"X-%d: %s\r\n" % (number, b"x" * 1000))
        await writer.drain()


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("answer", [drop, break_off, babble, say_nothing, drip, endless_headers])
async def test_a_lost_connection(answer: object, effect: bool) -> None:
    async with serve_raw(answer) as url:  # type: ignore[arg-type]
        with pytest.raises(OutcomeUnknown if effect else ProviderBusy) as caught:
            await post(url, effect=effect)
    assert KEY not in f"{caught.value!r} {caught.value.detail}"


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize(
    "body",
    [b"", b"<html>maintenance</html>", b'{"a": NaN}', b"[Infinity]", b"[" * 500_000, b'{"jobId": "\xff"}', b"1" * 5000],
)
async def test_garbage_in_a_success(body: bytes, effect: bool) -> None:
    with pytest.raises(OutcomeUnknown if effect else ProviderBusy):
        await ask(reply_with(body), effect=effect)


async def test_json_counts_whatever_the_content_type() -> None:
    assert (await ask(reply_with('\ufeff{"a": 1}', headers={"Content-Type": "text/html"}))).body == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        *('"\\ud800"', '"\\ude00\\ud83d"', '"\\ud83d\\ude00"', "[" * 300 + "]" * 300, '\ufeff{"a": 1}', "1" * 4000),
        *("-0", "-0.0", "1e400", "12345678901234567890123", "9007199254740993.0", '{"a": 1, "a": 2}', ' "\x7f" '),
    ],
)
async def test_odd_json_reads_as_it_always_did(text: str) -> None:
    assert repr((await ask(reply_with(text))).body) == repr(json.loads(text.removeprefix("\ufeff")))


async def test_null_is_json() -> None:
    assert (await ask(reply_with("null"))).body is None


# -- size ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 500])
async def test_a_gzip_bomb_is_not_unpacked(status: int) -> None:
    bomb = gzip.compress(b"[" + b" " * 80 * BODY_LIMIT + b"]", 1)
    tracemalloc.start()
    try:
        if status == 200:
            with pytest.raises(ProviderBusy):
                await ask(reply_with(bomb, headers={"Content-Encoding": "gzip"}))
        else:
            assert (await ask(reply_with(bomb, status, headers={"Content-Encoding": "gzip"}))).body == ""
        assert tracemalloc.get_traced_memory()[1] < 12 * BODY_LIMIT
    finally:
        tracemalloc.stop()


async def test_a_huge_body_is_cut_off() -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(1000):
                await response.write(b" " * 64 * 1024)
                sent += 64 * 1024
        except ConnectionError:
            pass
        return response

    with pytest.raises(OutcomeUnknown):
        await ask(answer, effect=True)
    assert sent < 16 * BODY_LIMIT


async def test_a_body_at_the_limit_is_read() -> None:
    assert (await ask(reply_with(b'"' + b"x" * (BODY_LIMIT - 2) + b'"'))).ok


# -- where the key goes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    visits: list[web.Request] = []

    async def elsewhere(request: web.Request) -> web.Response:
        visits.append(request)
        return web.json_response({})

    async with serve(elsewhere) as other:
        with pytest.raises(ProviderBusy):
            await ask(reply_with("{}", status, {"Location": other}), effect=True)
        if status in {301, 308}:
            with pytest.raises(AccountProblem):
                await ask(reply_with("{}", status, {"Location": f"{other}/v2/videos/generate/"}), effect=True)
    assert visits == []


async def test_a_detour_says_when_to_come_back() -> None:
    with pytest.raises(ProviderBusy) as caught:
        await ask(reply_with("", 302, {"Location": "/maintenance", "Retry-After": "120"}), effect=True)
    assert caught.value.retry_after == 120.0


@pytest.mark.parametrize(("body", "said"), [("<html>", True), ("", True), ('{"error": "no"}', False)])
async def test_an_edge_is_named_in_the_log(caplog: pytest.LogCaptureFixture, body: str, said: bool) -> None:
    """Where the address is wrong in truth, this is what its owner finds."""
    await ask(reply_with(body, 403))
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert ["edge" in record.getMessage() for record in warnings] == [True] * said


async def test_a_key_that_is_repeated_is_struck_out() -> None:
    reply = await ask(reply_with(f'{{"error": "Invalid API key: {KEY}"}}', 401))
    assert reply.body == {"error": "Invalid API key: ***"}
    with pytest.raises(ProviderError) as caught:
        await ask(reply_with(f"<html>{KEY}"))
    assert KEY not in str(caught.value)


# -- what is passed on ---------------------------------------------------------------------------------------------


async def test_an_error_page_is_passed_on_as_short_text() -> None:
    reply = await ask(reply_with("<html>\n<h1>Bad gateway</h1>" + "x" * 1000, 502), effect=True)
    assert reply.status == 502
    assert isinstance(reply.body, str)
    assert reply.body.startswith("<html> <h1>Bad gateway</h1>")
    assert len(reply.body) == 200


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("896", 896.0), ("-1", 0.0), ("1e9", 3600.0), ("soon", None)]
)
async def test_retry_after_is_read(header: str, seconds: float | None) -> None:
    assert (await ask(reply_with("{}", 429, headers={"Retry-After": header}))).retry_after == seconds


@pytest.mark.parametrize("theirs", ["Mon, 21 Sep 2026 10:00:00 GMT", "Tue, 01 Jan 2030 10:00:00 GMT"])
async def test_a_date_in_retry_after_is_measured_by_the_clock_of_whoever_sent_it(theirs: str) -> None:
    """Ours may be a day wrong, or years, and a wait is not to be of that length, or none."""
    until = theirs.replace("10:00:00", "10:01:30")
    reply = await ask(reply_with("{}", 429, headers={"Date": theirs, "Retry-After": until}))
    assert reply.retry_after == 90.0


async def test_a_reply_is_logged_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    await ask(reply_with("{}", 503, headers={"X-Request-Id": "req-1"}))
    await ask(reply_with('{"trace_id": "trace-2\\nforged line"}', 200))
    lines = [record.getMessage() for record in caplog.records if record.name == "bot.providers.http"]
    assert lines[0].startswith("POST /v2/videos/generate -> 503 in ")
    assert lines[0].endswith("trace req-1")
    assert lines[1].endswith("trace trace-2 forged line")
