"""Memory limits as the kernel writes them, fonts, disks, and clocks of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.doctor import dates, machine
from bot.doctor.report import Level
from bot.media.drawing.fonts import Type

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("own", "files", "limit"),
    [
        ("0::/\n", {}, None),
        ("0::/\n", {"memory.max": "max\n"}, None),
        ("0::/\n", {"memory.max": "268435456\n"}, 268435456),
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": "7\n", "memory.max": "9\n"}, 7),
        ("0::/../elsewhere\n", {"memory.max": "9\n"}, 9),
        ("4:memory:/docker/x\n", {"memory/memory.limit_in_bytes": "536870912\n"}, 536870912),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}, None),
    ],
)
def test_the_smallest_limit_counts(tmp_path: Path, own: str, files: dict[str, str], limit: int | None) -> None:
    (tmp_path / "own").write_text(own)
    for name, text in files.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert machine.memory_limit(tmp_path / "cgroup", tmp_path / "own") == limit


def test_where_there_are_no_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert machine.memory_limit(tmp_path / "none", tmp_path / "neither") is None


def test_enough_memory_is_well(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text(str(512 * MIB))
    assert machine.look_at_memory(tmp_path, tmp_path / "own")[0].level is Level.OK


def test_the_font_inside_pillow_alone_draws_too_little() -> None:
    bare = Type(folders=(), shaping=False)
    (found,) = machine.look_at_fonts(lambda text: bare.spell(text) == text)
    assert found.level is Level.WARNING
    assert "Latin, Chinese, Japanese, Korean" in found.found


def test_a_directory_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    (found,) = machine.look_at_disk(tmp_path / "a" / "data", lambda _path: 2048 * MIB)
    assert (found.level, "first start makes it" in found.found) == (Level.OK, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ahead", "level"),
    [
        ({}, Level.OK),
        ({"a": 4.0}, Level.OK),
        ({"a": -6.0}, Level.WARNING),
        ({"a": 61.0}, Level.ERROR),
        ({"a": 3000.0, "b": 0.2}, Level.OK),
        ({"a": 3000.0, "b": 70.0}, Level.ERROR),
    ],
)
def test_of_several_clocks_the_nearest_is_believed(ahead: dict[str, float], level: Level) -> None:
    assert [each.level for each in dates.judge(ahead)] == [level]
