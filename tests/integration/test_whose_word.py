"""What comes back over REST, as discord.py and a real socket have it: whose word it is, and how long it holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

import aiohttp
import discord
import pytest

from bot.client import rest
from bot.embargo import UNSAID_SECONDS, Embargo
from bot.errors import DeliveryError, DeliveryPostponed, DestinationGone, MessageGone, UploadTooLarge
from cogs.core.codes import CODES, FEW, LONGEST_WAIT_SECONDS, Meaning
from cogs.core.posting import translated
from tests.wire import edges
from tests.wire.faults import Fault
from tests.wire.server import Wire

DISCORDS_OWN = {"Via": "1.1 google"}


@dataclass
class Line:
    """A client whose REST is guarded, and where it speaks."""

    wire: Wire
    client: discord.Client
    embargo: Embargo
    clock: list[float]

    def channel(self, name: str = "brainstorm") -> discord.PartialMessageable:
        return self.client.get_partial_messageable(self.wire.world.channel(name).channel_id)

    def requests(self) -> int:
        return len(self.wire.ledger.requests)


@pytest.fixture
async def line(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    monkeypatch.setattr(discord.http.Route, "BASE", wire.api_url)
    clock = [1000.0]
    embargo = Embargo(lambda: clock[0])
    client = discord.Client(
        intents=discord.Intents.none(), max_ratelimit_timeout=rest.BORNE_SECONDS, http_trace=rest.watch(embargo)
    )
    rest.guard(client.http, embargo)
    async with client:
        await client.login(wire.world.token)
        yield Line(wire, client, embargo, clock)


async def said(call: Awaitable[object], about: str | None = None) -> DeliveryError:
    """What a call becomes for the rest of the house."""
    with pytest.raises(DeliveryError) as found, translated(about):
        await call
    return found.value


CALLS: dict[str, Callable[[Line, discord.Message], Awaitable[object]]] = {
    "post": lambda line, _: line.channel().send("two", nonce="n"),
    "edit": lambda _, message: message.edit(content="two"),
    "look": lambda line, message: line.channel().fetch_message(message.id),
    "pin": lambda _, message: message.pin(),
    "delete": lambda _, message: message.delete(),
}


@pytest.mark.parametrize("call", CALLS)
async def test_an_edge_says_nothing_about_a_message(line: Line, call: str) -> None:
    message = await line.channel().send("one")
    for name, fault in edges.ANSWERS.items():
        line.wire.faults.add(edges.aimed(fault, path="/messages"))
        found = await said(CALLS[call](line, message), about=f"{call} {name}")
        assert type(found) is DeliveryPostponed, name
        assert "denied" not in str(found), name
        assert line.wire.faults.waiting == (), name
    assert line.embargo.left == 0


async def test_an_edge_never_makes_a_message_one_that_is_refused_for_good(line: Line) -> None:
    line.wire.faults.add(edges.aimed(edges.ANSWERS["404, a page"], path="/messages", times=None))
    for _ in range(3 * FEW):
        assert type(await said(line.channel().send("x"), about="x")) is DeliveryPostponed


# -- how long it holds -------------------------------------------------------------------------------------------------


async def test_whoever_is_turned_away_sends_nothing_until_then(line: Line) -> None:
    line.wire.faults.add(edges.turned_away(896, path="/messages"))
    first = await said(line.channel().send("x"))
    assert isinstance(first, DeliveryPostponed)
    assert first.retry_after == pytest.approx(896)
    before = line.requests()
    line.clock[0] += 100
    for call in (line.channel("lounge").send("y"), line.client.fetch_user(1), line.channel().fetch_message(1)):
        later = await said(call)
        assert isinstance(later, DeliveryPostponed)
        assert later.retry_after == pytest.approx(796)
    assert line.requests() == before
    line.clock[0] += 797
    assert (await line.channel().send("z")).content == "z"


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault(status=429, body="slow down", headers=edges.TEXT), UNSAID_SECONDS),
        (Fault(status=429, body="slow down", headers=edges.TEXT | {"Retry-After": "soon"}), UNSAID_SECONDS),
        (Fault(status=429, body="slow down", headers=edges.TEXT | {"Retry-After": "nan"}), UNSAID_SECONDS),
        (Fault(status=429, body={"message": "You are being blocked", "retry_after": 120.0, "global": True}), 120),
        (Fault(status=429, body={"message": "Too many", "retry_after": 1}, headers={"Retry-After": "300"}), 300),
        (Fault(status=429, body={"message": "no number"}, headers=DISCORDS_OWN | {"Retry-After": "90"}), 90),
        (Fault(status=429, body={"message": "Limited", "retry_after": 600.0}, headers=DISCORDS_OWN), 600),
        (Fault(status=503, body="later", headers=edges.TEXT | {"Retry-After": "240"}), 240),
        (edges.turned_away(7 * 3600), LONGEST_WAIT_SECONDS),
    ],
    ids=str,
)
async def test_a_wait_is_believed_whoever_asks_for_it(line: Line, fault: Fault, seconds: float) -> None:
    line.wire.faults.add(edges.aimed(fault, path="/messages"))
    begun = monotonic()
    found = await said(line.channel().send("x"))
    assert isinstance(found, DeliveryPostponed)
    assert found.retry_after == pytest.approx(seconds)
    assert monotonic() - begun < rest.BORNE_SECONDS / 3


async def test_one_route_that_is_limited_holds_nobody_else_back(line: Line) -> None:
    slow = Fault(status=429, body={"message": "Limited", "retry_after": 600.0}, headers=DISCORDS_OWN)
    line.wire.faults.add(edges.aimed(slow, path="/messages"))
    await said(line.channel().send("x"))
    assert line.embargo.left == 0
    assert (await line.channel("lounge").send("y")).content == "y"


async def test_a_global_limit_of_minutes_holds_everybody_back(line: Line) -> None:
    headers = DISCORDS_OWN | {"Retry-After": "600", "X-RateLimit-Global": "true"}
    body = {"message": "Limited", "retry_after": 600.0, "global": True}
    line.wire.faults.add(Fault(path="/messages", status=429, body=body, headers=headers))
    await said(line.channel().send("x"))
    before = line.requests()
    await said(line.channel("lounge").send("y"))
    assert line.embargo.left == pytest.approx(600)
    assert line.requests() == before


@pytest.mark.parametrize("path", ["/interactions/1/t/callback", "/webhooks/1/t/messages/@original"])
async def test_a_receipt_that_is_turned_away_holds_no_clip_back(line: Line, path: str) -> None:
    session = line.client.http._HTTPClient__session  # type: ignore[attr-defined]
    line.wire.faults.add(edges.turned_away(50))
    async with session.post(f"{line.wire.api_url}{path}") as answer:
        assert answer.status == 429
    assert line.embargo.left == 0


async def test_a_file_server_that_is_busy_is_not_discord(line: Line) -> None:
    session = line.client.http._HTTPClient__session  # type: ignore[attr-defined]
    line.wire.faults.add(edges.turned_away(50))
    async with session.get(f"{line.wire.world.base_url}/attachments/1/2/clip.mp4") as answer:
        assert answer.status == 429
    assert line.embargo.left == 0


# -- Discord's own word ------------------------------------------------------------------------------------------------


KINDS: dict[Meaning, type[DeliveryError]] = {
    Meaning.PASSING: DeliveryPostponed,
    Meaning.PLACE: DestinationGone,
    Meaning.MESSAGE: MessageGone,
    Meaning.SMALLER: UploadTooLarge,
    Meaning.ANSWER: MessageGone,
}


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_every_code_means_what_the_table_says(line: Line, status: int) -> None:
    for code, (meaning, _) in CODES.items():
        line.wire.faults.add(Fault(path="/messages", status=status, code=code))
        found = await said(line.channel().send("x"), about=f"{code}")
        assert type(found) is KINDS[meaning], code
        assert not isinstance(found, DestinationGone) or found.code == code


async def test_no_code_counts_where_discord_is_broken(line: Line) -> None:
    line.wire.faults.add(Fault(path="/messages", status=503, code=10003))
    assert type(await said(line.channel().send("x"))) is DeliveryPostponed


@pytest.mark.parametrize("headers", [{}, DISCORDS_OWN])
async def test_a_code_says_more_than_a_number(line: Line, headers: dict[str, str]) -> None:
    """Discord sends 30046 with 429 and without `retry_after`, over which discord.py stumbles."""
    line.wire.faults.add(Fault(path="/messages", status=429, code=30046, headers=headers))
    found = await said(line.channel().send("x"))
    assert isinstance(found, MessageGone)
    assert (found.code, line.embargo.left) == (30046, 0)


async def test_a_code_that_nobody_has_judged_is_borne_a_few_times(line: Line) -> None:
    line.wire.faults.add(Fault(path="/messages", times=None, status=400, code=99999))
    found = [await said(line.channel().send("x"), about="one") for _ in range(FEW)]
    assert [isinstance(error, MessageGone) for error in found] == [False] * (FEW - 1) + [True]
    assert not isinstance(await said(line.channel().send("x"), about="another"), MessageGone)


async def test_a_message_that_is_taken_after_all_has_met_nothing(line: Line) -> None:
    for _ in range(2):
        line.wire.faults.add(Fault(path="/messages", times=FEW - 1, status=400, code=99999))
        for _ in range(FEW - 1):
            assert not isinstance(await said(line.channel().send("x"), about="this"), MessageGone)
        with translated("this"):
            await line.channel().send("x")


@pytest.mark.parametrize(
    ("fault", "own"),
    [
        (Fault(status=401, body={"message": "401: Unauthorized", "code": 0}), True),
        (edges.ANSWERS["401, a page"], False),
        (Fault(status=401, body={"message": "Unauthorized"}), False),
        (Fault(status=401, body='{"message": "401: Unauthorized", "code": 0}', headers=edges.PAGE), False),
    ],
)
async def test_only_discord_refuses_a_token(line: Line, fault: Fault, own: bool) -> None:
    line.wire.faults.add(edges.aimed(fault, path="/messages"))
    with pytest.raises(discord.HTTPException) as found:
        await line.channel().send("x")
    assert await rest.is_discords(found.value) is own


async def test_a_broken_line_is_weather(line: Line) -> None:
    line.wire.faults.add(Fault(path="/messages", reset=True))
    with pytest.raises(aiohttp.ClientError):
        await line.channel().send("x")
