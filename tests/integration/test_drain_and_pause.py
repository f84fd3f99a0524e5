"""`python -m bot pause`, `resume` and `drain` beside a bot that runs as a process of its own."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.integration.test_process import ROOT, STOP_SECONDS, House, clip, house

__all__ = ["clip", "house"]  # fixtures


class Typed:
    """One command beside the bot, which may take its time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def begin(cls, house: House, *words: str) -> Typed:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=house.data.parent,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"} | house.variables,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return cls(process)

    async def line(self) -> str:
        """The next line that it prints."""
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), STOP_SECONDS)).decode().strip()

    def interrupt(self) -> None:
        """Ctrl+C."""
        self._process.send_signal(signal.SIGINT)

    async def ended(self) -> tuple[int | None, str]:
        """(exit status, all that it has printed since)."""
        told, _ = await asyncio.wait_for(self._process.communicate(), 30)
        return self._process.returncode, told.decode().strip()


async def typed(house: House, *words: str) -> tuple[int | None, str]:
    """Type a command and wait for its end."""
    return await (await Typed.begin(house, *words)).ended()


async def answer(house: House, prompt: str) -> str:
    """What ada is told in private when she asks for a clip."""
    asked = await house.wire.interactions.command("ada", "brainstorm", "video", {"prompt": prompt})
    await house.wire.until(lambda: asked.original is not None and asked.original.content)
    assert asked.original is not None
    return str(asked.original.content)


async def test_a_pause_holds_from_the_next_request_on_and_ends_with_resume(house: House) -> None:
    code, told = await typed(house, "pause")
    assert (code, "there is no database" in told, house.data.exists()) == (1, True, False), told
    bot = await house.start()
    await house.ready(bot)
    await house.video("rendering on", "apiframe")
    await house.wire.until(lambda: house.statuses() == {"rendering": 1})

    code, told = await typed(house, "pause", "--reason", "new prices on Monday")
    assert (code, told.startswith("Everything is paused: ")) == (0, True), told
    assert "new prices on Monday" in await answer(house, "a second one")
    assert house.statuses() == {"rendering": 1}
    assert house.rows("SELECT guild_id, draining, reason, set_by FROM pauses") == [(0, 0, "new prices on Monday", None)]
    again = await typed(house, "pause")
    assert again == (0, "Everything was paused already (new prices on Monday)."
                        " To take new requests again: python -m bot resume")  # fmt: skip
    house.gate.opened.set()
    await house.wire.until(lambda: house.statuses() == {"delivered": 1})

    assert (await typed(house, "resume"))[1].startswith("The pause is over: ")
    assert (await answer(house, "a third one")).startswith("Accepted")
    assert (await typed(house, "resume"))[1].startswith("Nothing was paused everywhere: ")


async def test_a_drained_bot_takes_nothing_new_and_ends_after_its_last_clip(house: House) -> None:
    bot = await house.start()
    await house.ready(bot)
    await house.video("rendering on", "apiframe")
    await house.video("a lake", "apiframe")
    await house.wire.until(lambda: house.statuses() == {"rendering": 1, "queued": 1})

    drain = await Typed.begin(house, "drain")
    assert await drain.line() == "Nothing new is taken any more."
    assert await drain.line() == "2 clips on the way."
    assert not (await answer(house, "too late")).startswith("Accepted")
    code, told = await typed(house, "drain", "--timeout", "0.5")
    assert (code, "The drain goes on" in told) == (1, True), told
    house.gate.opened.set()
    code, told = await drain.ended()
    assert (code, told.splitlines()[-1]) == (0, "The bot has ended."), told
    assert (await bot.end())[0] == 0
    assert (house.statuses(), len(house.clips())) == ({"delivered": 2}, 2)
    shown = [str(one.components) for one in house.wire.posted("brainstorm")]
    assert len([text for text in shown if "**Delivered" in text]) == 2, "their status messages say so, too"
    assert house.rows("SELECT * FROM pauses") == []
    assert "Traceback" not in bot.said
    code, told = await typed(house, "drain")
    assert (code, told) == (0, f"No bot runs on {house.data}: there is nothing to wait for.")


async def test_a_drain_can_be_left_alone_taken_back_and_does_not_outlive_its_bot(house: House) -> None:
    assert (await typed(house, "drain"))[0] == 1, "there is no database yet"
    bot = await house.start()
    await house.ready(bot)
    await house.video("rendering on", "apiframe")
    await typed(house, "pause", "--reason", "for the night")
    drain = await Typed.begin(house, "drain")
    assert await drain.line() == "Nothing new is taken any more."
    drain.interrupt()
    code, told = await drain.ended()
    assert (code, told.splitlines()[-1].startswith("The drain goes on without this command.")) == (130, True), told
    assert (await typed(house, "resume"))[1].startswith("The pause is over, but the bot is being drained")
    await typed(house, "pause", "--reason", "for the night")
    assert await typed(house, "drain", "--cancel") == (0, "The drain is taken back: new requests are taken.")
    assert "for the night" in await answer(house, "not yet")

    await typed(house, "drain", "--timeout", "0")
    await bot.kill()
    assert house.rows("SELECT count(*) FROM pauses WHERE draining") == [(1,)]
    bot = await house.start()
    await house.connected(2)
    await house.wire.until(lambda: house.rows("SELECT guild_id, reason FROM pauses") == [(0, "for the night")])
    house.gate.opened.set()
    await house.wire.until(lambda: house.statuses() == {"delivered": 1})
    assert (await bot.end(signal.SIGTERM))[0] == 0


async def test_a_command_leaves_a_database_of_another_version_alone(house: House) -> None:
    from tests.integration.test_migrations import written_by

    house.data.mkdir()
    path: Path = house.data / "rushes.sqlite3"
    written_by(path, "0009")
    before = path.read_bytes()
    for command in ("pause", "resume", "drain"):
        code, told = await typed(house, command)
        assert (code, "of another version than this Rushes (0009" in told) == (1, True), told
    assert path.read_bytes() == before
