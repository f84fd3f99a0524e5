"""The log as JSON: one object on each line whatever is logged, with the job that it is about."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from typing import Any

import pytest
from pydantic import SecretStr

from bot.engine.engine import Engine
from bot.jobs.next_steps import JobStep
from bot.logs.formats import JsonLines

JOB, OTHER = "00c0ffee00c0ffee00c0", "1" * 20
FIELDS = {"time", "level", "logger", "message"}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Log:
    """A logger of its own, and what it has written."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.setFormatter(JsonLines(frozenset(JobStep)))
        self.logger = logging.Logger("bot.somewhere", logging.DEBUG)
        self.logger.addHandler(handler)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_message_is_one_object_with_the_time_in_utc(log: Log) -> None:
    log.logger.warning("%d files deleted from %s", 3, "clips")
    (line,) = log.lines
    assert RFC_3339.fullmatch(line.pop("time"))
    assert line == {"level": "WARNING", "logger": "bot.somewhere", "message": "3 files deleted from clips"}


@pytest.mark.parametrize("text", ["one\ntwo", "\r\x85\u2028\x00", '"}', "\ud800", "Рыжий кот 🦊"])
def test_nothing_in_a_message_ends_its_line(log: Log, text: str) -> None:
    log.logger.info(text)
    assert [line["message"] for line in log.lines] == [text]


def test_an_exception_is_text_on_the_same_line(log: Log) -> None:
    try:
        raise ValueError("no\nsuch thing")
    except ValueError:
        log.logger.exception("step of take %s failed", JOB)
    (line,) = log.lines
    assert set(line) == FIELDS | {"exc"}
    assert line["exc"].startswith("Traceback (most recent call last)")
    assert line["exc"].endswith("ValueError: no\nsuch thing")


@pytest.mark.parametrize(
    ("message", "job_id"),
    [
        (f"job {JOB}: queued -> submitting", JOB),
        (f"the clip of job {JOB} cannot be read", JOB),
        ("job queue: empty", None),
        (f"reel {JOB}: made", None),
    ],
)
def test_a_message_that_names_a_job_is_about_it(log: Log, message: str, job_id: str | None) -> None:
    log.logger.info(message)
    assert log.lines[0].get("job_id") == job_id


async def test_what_a_step_of_a_job_says_is_about_that_job_and_nothing_after_it(log: Log) -> None:
    async def step(key: str) -> None:
        log.logger.info("taken for %s", key)
        await asyncio.create_task(begun())
        taken.release()

    async def begun() -> None:
        log.logger.info("begun by it")
        log.logger.info(f"job {OTHER}: is another one")

    engine, taken = Engine(lambda: 1.0), asyncio.Semaphore(0)
    for kind, key in ((JobStep.TAKE, JOB), (JobStep.POLL, "apiframe"), ("assemble", JOB)):
        engine.plug(kind, step)
        engine.make_due(kind, key)
    running = asyncio.create_task(engine.run())
    for _ in range(3):
        await taken.acquire()
    await engine.stop()
    await running
    log.logger.info("stopped")
    about = [(line["message"], line.get("job_id")) for line in log.lines]
    of_job = [one for one in about if one[1] == JOB]
    assert of_job == [(f"taken for {JOB}", JOB), ("begun by it", JOB)]
    assert [message for message, job_id in about if job_id is None].count("begun by it") == 2
    assert about[-1] == ("stopped", None)


def test_a_secret_is_stars_here_too(log: Log) -> None:
    log.logger.info("token %s", SecretStr("canary"))
    assert "canary" not in json.dumps(log.lines)
