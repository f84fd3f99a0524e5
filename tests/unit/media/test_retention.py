"""Which files are deleted, and which are kept although they are old or many."""

from __future__ import annotations

import os
from pathlib import Path

from bot.media.retention import KEEP_SECONDS, sweep

NOW = 1_790_000_000.0


def put(directory: Path, name: str, age: float, size: int = 100) -> None:
    (directory / name).write_bytes(b"x" * size)
    os.utime(directory / name, (NOW - age, NOW - age))


def left(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_old_files_go_unless_their_job_is_open(tmp_path: Path) -> None:
    put(tmp_path, "aa-first.png", KEEP_SECONDS + 1)
    put(tmp_path, "bb.mp4", KEEP_SECONDS + 1)
    put(tmp_path, "cc.mp4", KEEP_SECONDS - 1)
    assert sweep(tmp_path, {"bb"}, NOW, precious={"aa"}) == 1
    assert left(tmp_path) == {"bb.mp4", "cc.mp4"}


def test_beyond_the_limit_the_oldest_go_but_nobody_is_robbed_of_what_was_promised(tmp_path: Path) -> None:
    for number, name in enumerate(["aa.mp4", "bb.mp4", "cc-fit.mp4", "dd.mp4", "ee.mp4"]):
        put(tmp_path, name, 1000 - number)
    assert sweep(tmp_path, {"bb"}, NOW, precious={"aa"}, keep_bytes=300) == 2
    assert left(tmp_path) == {"aa.mp4", "bb.mp4", "ee.mp4"}


def test_a_directory_inside_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    assert sweep(tmp_path, (), NOW + 10 * KEEP_SECONDS) == 0
