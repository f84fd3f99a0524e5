"""`python -m bot` on a bad day of Discord's, or of what stands before it: it waits, says so once, and comes up."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from sandbox.ports import free_port
from sandbox.servers import Sandbox
from tests.integration.test_process import SECRETS, STOP_SECONDS, Bot, Gate, House, ready_at
from tests.wire import edges
from tests.wire.faults import Fault
from tests.wire.server import Wire
from tests.wire.world import World

ME, COMMANDS, GATEWAY = "/users/@me", "/commands", "/gateway/bot"


@asynccontextmanager
async def a_house(directory: Path, *, shards: int = 1) -> AsyncIterator[House]:
    directory.mkdir(exist_ok=True)
    world = World.standard(token=SECRETS["DISCORD_TOKEN"])
    box = Sandbox(renderer=Gate(directory / "none.mp4"), key="k", token="t")
    async with Wire(world, shards=shards) as wire, box:
        house = House(wire, box, Gate(directory / "none.mp4"), directory)
        try:
            yield house
        finally:
            await house.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        yield house


def warned(bot: Bot) -> list[str]:
    return [line for line in bot.said.splitlines() if " WARNING " in line or " ERROR " in line or "Traceback" in line]


def asked(house: House, path: str) -> list[float]:
    """When a path was asked for."""
    return [request.at for request in house.wire.ledger.requests if request.path.endswith(path)]


TROUBLES: dict[str, Fault] = {
    "login, 429 of an edge": edges.turned_away(7, path=ME),
    "login, a page with 403": edges.aimed(edges.ANSWERS["403, a page"], path=ME),
    "login, a page with 401": edges.aimed(edges.ANSWERS["401, a page"], path=ME),
    "login, a page with 200": edges.aimed(edges.ANSWERS["200, a page"], path=ME),
    "login, 503": edges.aimed(edges.ANSWERS["503 before the time"], path=ME),
    "login, Cloudflare's code": Fault(path=ME, status=403, code=40333),
    "login, reset": Fault(path=ME, times=2, reset=True),  # aiohttp asks once more by itself
    "gateway's address, a page with 403": edges.aimed(edges.ANSWERS["403, a page"], path=GATEWAY),
    "gateway's address, 429 of an edge": edges.turned_away(6, path=GATEWAY),
    "gateway's address, JSON of somebody else": Fault(path=GATEWAY, status=200, body={"ok": True}),
    "gateway's address, twice": edges.turned_away(1, path=GATEWAY, times=2),
}


async def test_trouble_at_the_start_is_waited_for(tmp_path: Path) -> None:
    async def suffer(name: str, fault: Fault) -> list[str]:
        async with a_house(tmp_path / re.sub(r"\W+", "-", name)) as house:
            house.wire.faults.add(fault)
            bot = await house.start()
            await house.wire.until(lambda: "connected as" in bot.said or "cannot start" in bot.said, 60)
            code, _ = await bot.end(signal.SIGTERM)
            wrong = [] if code == 0 else [f"exit {code}"]
            wrong += [] if len(warned(bot)) == 1 else [f"warned: {warned(bot)}"]
            wrong += [] if bot.said.count("cannot be reached") == 2 else ["not said once, and once that it is over"]
            wrong += ["quotes an edge"] if "Access denied" in bot.said else []
            wrong += too_soon(house, fault)
            return [f"{name}: {what}: {bot.said[-600:]}" for what in wrong]

    places = asyncio.Semaphore(6)

    async def one(name: str, fault: Fault) -> list[str]:
        async with places:
            return await suffer(name, fault)

    assert [
        wrong for found in await asyncio.gather(*(one(*item) for item in TROUBLES.items())) for wrong in found
    ] == []


def too_soon(house: House, fault: Fault) -> list[str]:
    """Whether it was asked again before the time that the answer said."""
    wait = float(fault.headers.get("Retry-After", 5))
    earlier, later, *_ = asked(house, fault.path)[1 if fault.reset else 0 :]
    return [] if later - earlier >= wait - 0.1 else [f"asked again after {later - earlier:.1f} s"]


async def test_a_stop_comes_through_while_discord_is_waited_for(house: House) -> None:
    house.wire.faults.add(edges.turned_away(600, path=ME, times=None))
    bot = await house.start()
    await house.wire.until(lambda: "cannot be reached" in bot.said)
    code, seconds = await bot.end(signal.SIGTERM)
    assert (code, seconds < STOP_SECONDS) == (0, True)
    assert len(asked(house, ME)) == 1


async def test_a_gateway_that_turns_everybody_away_is_dialled_less_and_less_often(house: House) -> None:
    """The line itself is refused; discord.py alone would dial, and complain at length, every five seconds."""
    house.wire.gateway.closed_for = 2
    bot = await house.start()
    await house.wire.until(lambda: "connected as" in bot.said, 40)
    assert len(warned(bot)) == 1
    dialled = house.wire.gateway.record.dialled
    gaps = [later - earlier for earlier, later in pairwise(dialled)]
    assert gaps[0] >= 4.9
    assert gaps[1] >= 9.9
    assert "the gateway cannot be reached: no longer" in bot.said


# -- commands ----------------------------------------------------------------------------------------------------------

FIELDS = {
    "code": 50035,
    "message": "Invalid Form Body",
    "errors": {
        "0": {"description": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 100 or fewer"}]}}
    },
}


async def test_commands_that_are_refused_are_named_and_the_bot_goes_on(house: House) -> None:
    house.wire.faults.add(Fault(method="PUT", path=COMMANDS, times=None, status=400, body=FIELDS))
    bot = await house.start()
    await house.ready(bot)
    (told,) = warned(bot)
    assert "Discord refuses the commands" in told
    assert "description" in bot.said
    assert "Must be 100 or fewer" in bot.said
    assert "right?" not in bot.said
    await asyncio.sleep(6)
    assert len(asked(house, COMMANDS)) == 1


UNREGISTERED: dict[str, Fault] = {
    **{
        name: edges.aimed(edges.ANSWERS[name], method="PUT", path=COMMANDS)
        for name in ("403, a page", "404, a page", "503 before the time", "200, a page")
    },
    "reset": Fault(method="PUT", path=COMMANDS, times=2, reset=True),
}


@pytest.mark.parametrize("name", UNREGISTERED)
async def test_commands_are_registered_when_discord_is_well_again(house: House, name: str) -> None:
    house.wire.faults.add(UNREGISTERED[name])
    bot = await house.start()
    await house.ready(bot)
    await house.wire.until(lambda: house.wire.interactions.commands, 15)
    await house.wire.until(lambda: bot.said.count("the commands cannot be registered") == 2)
    assert len(warned(bot)) == 1


async def test_an_edge_that_turns_the_commands_away_is_left_alone_for_as_long_as_it_says(house: House) -> None:
    house.wire.faults.add(replace(edges.turned_away(6, path=COMMANDS), method="PUT"))
    bot = await house.start()
    await house.ready(bot)
    await house.wire.until(lambda: house.wire.interactions.commands, 15)
    first, second = asked(house, COMMANDS)
    assert second - first >= 6
    assert len(warned(bot)) == 2, "the commands, and the connection that waits as well"


async def test_nobody_waits_for_the_commands(house: House) -> None:
    house.wire.faults.add(Fault(method="PUT", path=COMMANDS, delay=60))
    bot = await house.start()
    await house.ready(bot)
    code, seconds = await bot.end(signal.SIGTERM)
    assert (code, seconds < STOP_SECONDS) == (0, True)
    assert house.wire.interactions.commands == []


async def test_commands_are_registered_once_for_as_long_as_they_stay_the_same(house: House) -> None:
    for name in ("first", "second"):
        bot = await house.start(name)
        await house.ready(bot)
        await bot.end(signal.SIGTERM)
        assert len(asked(house, COMMANDS)) == 1
    with closing(sqlite3.connect(house.data / "rushes.sqlite3")) as database, database:
        database.execute("UPDATE notes SET text = 'those of an older version'")
    await house.ready(await house.start("third"))
    await house.wire.until(lambda: len(asked(house, COMMANDS)) == 2)


# -- what nobody has thought of ----------------------------------------------------------------------------------------


async def test_a_line_that_ends_in_an_unknown_way_is_taken_up_again(house: House) -> None:
    """Outside of the events themselves discord.py reads as well, and ends with what it cannot."""
    bot = await house.start()
    await house.ready(bot)
    await house.wire.gateway.dispatch("RESUMED", None, None)
    await house.connected(2)
    await house.wire.until(lambda: bot.said.count("connected as") == 2, 20)
    code, _ = await bot.end(signal.SIGTERM)
    assert code == 0


async def test_shards_that_go_on_where_they_were_are_well_again(tmp_path: Path) -> None:
    """They resume their sessions: there is no READY then."""
    port = free_port()
    async with a_house(tmp_path, shards=2) as house:
        bot = await house.start(HTTP_PORT=str(port))
        await house.wire.until(lambda: "connected as" in bot.said, 30)
        gateway = house.wire.gateway
        before = len(gateway.record.identifies)
        await gateway.close()
        await house.wire.until(lambda: len(gateway.record.resumes) == 2, 20)
        async with asyncio.timeout(10):
            while (found := await ready_at(port)) != (200, []):
                assert found == (503, ["discord"])
        assert len(gateway.record.identifies) == before


async def test_readiness_counts_shards(tmp_path: Path) -> None:
    """One of two shards begins anew: the bot is not well until that one is, and then it is."""
    port = free_port()
    async with a_house(tmp_path, shards=2) as house:
        bot = await house.start(HTTP_PORT=str(port))
        await house.wire.until(lambda: "connected as" in bot.said, 30)
        assert await ready_at(port) == (200, [])
        gateway = house.wire.gateway
        first = next(session for session in gateway.sessions.values() if session.shard[0] == 0)
        lost = next(connection for connection in gateway.connections if connection.session is first)
        gateway.refusing = 1
        del gateway.sessions[first.session_id]
        await lost.socket.close(code=4000)
        await house.wire.until(lambda: not gateway.refusing, 20)
        assert await ready_at(port) == (503, ["discord"])
        await house.wire.until(lambda: len(gateway.record.identifies) == 4, 20)
        async with asyncio.timeout(10):
            while (found := await ready_at(port)) != (200, []):
                assert found == (503, ["discord"])


# -- an owner who begins -----------------------------------------------------------------------------------------------


async def test_whoever_runs_it_before_it_is_set_up_is_led(tmp_path: Path) -> None:
    bot = await Bot.start({"HTTP_PORT": str(free_port())}, tmp_path / "bot.log")
    code, _ = await bot.end()
    assert code == 1
    assert bot.said.startswith("Rushes cannot start:\nDISCORD_TOKEN is missing: set it in the environment or in .env")
    steps = [line for line in bot.said.splitlines() if re.match(r"\d\. ", line)]
    assert [step[:1] for step in steps] == list("123456")
    assert "https://discord.com/developers/applications" in steps[1]
    assert ("make doctor" in steps[-2], "make run" in steps[-1]) == (True, True)
    assert [path.name for path in tmp_path.iterdir()] == ["bot.log"]


async def test_whoever_has_a_token_that_is_refused_is_told_that_alone(house: House) -> None:
    bot = await house.start(DISCORD_TOKEN="of-another")
    code, _ = await bot.end()
    assert code == 1
    assert "DISCORD_TOKEN: Discord does not accept it." in bot.said
    assert "What to do" not in bot.said
