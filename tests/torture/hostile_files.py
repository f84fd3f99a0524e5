"""Links that answer badly at first, files that are odd and play, links that people must be given in place of a clip.

What is behind a link for good, and what leads into a private network, is in hostile_clip.
"""

from __future__ import annotations

import gzip
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.providers.tasks import Task
from tests.torture.hostile_clip import FOREVER, READY, asked_in_vain, linked
from tests.torture.hostile_middleman import Trick
from tests.torture.hostile_provider import Json
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage

PAGE = b"<!DOCTYPE html><html><title>502 Bad Gateway</title></html>"
JSON = b'{"success": false, "error": {"code": "no_such_key"}}'
PUBLIC = "http://93.184.215.14"
"""Never dialled: plain http reaches nothing but what the owner allows."""

Spoil = Callable[[bytes], bytes]


def _latest(stage: Stage) -> Task:
    return list(stage.box.apiframe.tasks.values())[-1]


def latest_clip(stage: Stage) -> Path:
    """The file that the latest task was given."""
    path = _latest(stage).clip
    assert path is not None
    return path


def serves(stage: Stage, spoil: Spoil = lambda data: data, encoding: str = "") -> Trick:
    """The clip of the latest task, or what is made of it."""

    async def trick(request: web.Request) -> web.StreamResponse:
        return await stage.apiframe.say(spoil(latest_clip(stage).read_bytes()), encoding=encoding)(request)

    return trick


def comes_right(bad: Callable[[Stage], Trick], times: int = 3) -> Callable[[Stage], object]:
    """The clip is at the middleman, who answers badly so many times, and then as he should."""

    def arrange(stage: Stage) -> None:
        linked(lambda at: at.apiframe.link("clip.mp4"), bad, times)(stage)
        stage.apiframe.play("GET /clip", serves(stage), 99)

    return arrange


def odd(spoil: Spoil, encoding: str = "") -> Callable[[Stage], object]:
    """The clip is at the middleman, and was changed on the way."""
    return comes_right(lambda stage: serves(stage, spoil, encoding), 99)


def in_vain() -> list[Trouble]:
    """Answers that bring nothing, and one that does."""

    def says(body: bytes, status: int = 200, kind: str = "text/html", encoding: str = "") -> Callable[[Stage], Trick]:
        return lambda stage: stage.apiframe.say(body, status, kind, encoding)

    def half(stage: Stage) -> Trick:
        return serves(stage, lambda data: data[: len(data) // 2])

    troubles = {
        "403 three times": comes_right(says(b"expired", 403)),
        "404 three times": comes_right(says(b"", 404)),
        "410 twice": comes_right(says(b"", 410), 2),
        "401 with JSON twice": comes_right(says(JSON, 401, "application/json"), 2),
        "an HTML page with status 200, twice": comes_right(says(PAGE), 2),
        "JSON with status 200, twice": comes_right(says(JSON, kind="application/json"), 2),
        "an HTML page that is called a video, once": comes_right(says(PAGE, kind="video/mp4"), 1),
        "empty, once": comes_right(says(b""), 1),
        "half of it as if it were all, twice": comes_right(half, 2),
        "brotli that nobody asked for, once": comes_right(says(b"\x0b\xff" * 900, kind="video/mp4", encoding="br"), 1),
        "503 once": comes_right(says(PAGE, 503), 1),
    }
    cheap = {"404 three times", "an HTML page with status 200, twice"}
    return [
        Trouble(
            f"Clip: {name}, then as it should be",
            arrange,
            words=READY,
            # What heals sooner is over before the status is written anew.
            act=said_meanwhile if "three" in name else held_meanwhile,
            cheap=name in cheap,
        )
        for name, arrange in troubles.items()
    ]


async def said_meanwhile(stage: Stage, trouble: Trouble) -> Story:
    """The status says that the clip is asked for, the credits are held, and the clip comes."""
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    said = await stage.told(prompt, "I keep asking")
    story = await judged(stage, trouble, prompt)
    story.seen = f"{said.strip().splitlines()[0]} / {story.seen}"
    return story


async def held_meanwhile(stage: Stage, trouble: Trouble) -> Story:
    """The credits are held while it is asked for again, and the clip comes."""
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    await asked_in_vain(stage, prompt, 1)
    held = stage.entries(prompt)
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if "release" not in held else [f"while it was asked again the ledger said {held}"]
    return story


def without_link() -> list[Trouble]:
    """Tasks that have ended well, and do not say where their clips are."""

    def nameless(times: int) -> Callable[[Stage], object]:
        def arrange(stage: Stage) -> None:
            left = [times]

            def alter(job: Json) -> Json:
                if job.get("status") != "COMPLETED" or left[0] == 0:
                    return job
                left[0] -= 1
                return job | {"result": {}}

            stage.apiframe.alter = alter

        return arrange

    name = "Apiframe: COMPLETED without a URL"
    restarted: dict[str, Any] = {"alone": True, "measured": False}
    return [
        Trouble(f"{name} three times, then with it", nameless(3), words=READY, cheap=True),
        Trouble(f"{name}, for good", nameless(FOREVER), "failed", "no longer works", act=a_day_later, **restarted),
        Trouble("Clip: a link to a file", linked(lambda _stage: "file:///etc/passwd"), "failed", "no longer works",
                act=a_day_later, **restarted),
    ]  # fmt: skip


async def a_day_later(stage: Stage, trouble: Trouble) -> Story:
    """It is looked at for ten minutes, which this table has no time for, or until a day after it was submitted.

    When that was is read by the next process.
    """
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    looks = stage.box.apiframe.requests
    before = len(looks)
    await stage.until(lambda: len(looks) > before + 10, "some looks")
    held, status = stage.entries(prompt), (stage.job(prompt) or ("", ""))[1]
    await stage.child.end(signal.SIGTERM)
    with closing(sqlite3.connect(stage.data / "rushes.sqlite3", timeout=5.0)) as database, database:
        database.execute("UPDATE jobs SET submitted_at = submitted_at - 90000 WHERE prompt = ?", (prompt,))
    await stage.start()
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if (held, status) == (["hold"], "rendering") else [f"while it was looked at: {status}, {held}"]
    return story


def files() -> list[Trouble]:
    """Files that play, whatever our own reading of them says."""

    def headers(number: bytes) -> Spoil:
        def spoil(data: bytes) -> bytes:
            changed = bytearray(data)
            for name in (b"mvhd", b"mdhd"):
                at = data.index(name) + 4 + 16
                changed[at : at + 4] = number
            return bytes(changed)

        return spoil

    troubles = {
        "in gzip that nobody asked for": odd(gzip.compress, "gzip"),
        "in gzip, and nothing says so": odd(gzip.compress),
        "called gzip, and plain": odd(lambda data: data, "gzip"),
        "a byte behind its last box": odd(lambda data: data + b"\0"),
        "a page behind its last box": odd(lambda data: data + PAGE),
        "without ftyp": odd(lambda data: data.replace(b"ftyp", b"free", 1)),
        "a length of 0 in its headers": odd(headers(bytes(4))),
        "a length of all ones in its headers": odd(headers(b"\xff" * 4)),
    }
    cheap = {"in gzip that nobody asked for", "without ftyp"}
    return [
        Trouble(f"Clip: {name}", arrange, words=READY, act=as_a_file, cheap=name in cheap)
        for name, arrange in troubles.items()
    ]


async def as_a_file(stage: Stage, trouble: Trouble) -> Story:
    """It is posted as the video that it is."""
    prompt = f"a scene with {trouble.name}"
    await stage.video(prompt)
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if stage.clips(prompt)[0].attachments else ["there is no file in the message"]
    return story


def links() -> list[Trouble]:
    """Links that are not fetched, and what people get of them."""
    http = "not encrypted (http, not https)"
    marks = f"{PUBLIC}/a(b)<c>[d](https://evil.example)|`.mp4"
    shown = f"{PUBLIC}/a%28b%29%3Cc%3E%5Bd%5D%28https://evil.example%29%7C%60.mp4"
    unplayable = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x10moov" + bytes(8) + b"\0\0\0\x10mdat" + bytes(8)
    plain = Trouble("Clip: a plain-http link", linked(lambda _: f"{PUBLIC}/clip.mp4"), words=http, act=linked_to,
                    cheap=True)  # fmt: skip
    return [
        plain,
        replace(plain, name="Clip: a plain-http link full of marks", arrange=linked(lambda _: marks),
                act=shown_as(shown), cheap=False),
        Trouble("Clip: a plain-http link of 3,000 characters", linked(lambda _: f"{PUBLIC}/{'a' * 3000}"), "failed",
                "not a video that plays"),
        Trouble("Clip: a link of 3,000 characters to a clip that can be fetched", _long_and_good, words=READY),
        Trouble("Clip: whole, and no player plays it", odd(lambda _: unplayable), words="could not read",
                act=linked_to),
        Trouble("Clip: a picture", odd(lambda _: b"\x89PNG\r\n\x1a\n\0\0" + bytes(600)), "failed",
                "not a video that plays"),
    ]  # fmt: skip


def _long_and_good(stage: Stage) -> None:
    linked(lambda at: at.apiframe.link(f"clip.mp4?x={'a' * 3000}"))(stage)
    stage.apiframe.play("GET /clip", serves(stage), 99)


async def linked_to(stage: Stage, trouble: Trouble) -> Story:
    """People get the provider's link, in angle brackets, and nothing is fetched from where it leads."""
    return await shown_as("")(stage, trouble)


def shown_as(link: str) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    """The same, with this link."""

    async def act(stage: Stage, trouble: Trouble) -> Story:
        prompt = f"a scene with {trouble.name}"
        await stage.video(prompt)
        story = await judged(stage, trouble, prompt)
        text = str(stage.clips(prompt)[0].payload.get("content", ""))
        story.wrong += [] if f"](<{link}" in text and text.count("](") == 1 else [f"the link is not in {text!r}"]
        story.wrong += [f"dialled {dial}" for dial in stage.strange_dials()]
        return story

    return act


def troubles() -> list[Trouble]:
    """All of them."""
    return [*in_vain(), *without_link(), *files(), *links()]
